"""The record's pages for the eye: drawings that do nothing, and what a browser and axe-core say of a page."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pages import browser, look, missing
from support.stories import RUN, honest, notebook, write

from smartroute_runbook.present.charts import bundle
from smartroute_runbook.present.markup import table_html, view_html
from smartroute_runbook.present.vector import svg
from smartroute_runbook.record.drawing import drawing
from smartroute_runbook.record.html import body_html
from smartroute_runbook.record.report import report
from smartroute_runbook.record.sealed_page import sealed_page
from smartroute_runbook.record.signing import signing_key
from smartroute_runbook.record.styles import written_once
from smartroute_runbook.views import Bars, Lines, Note, Series, Table, View

ENGINES = ("Athena", "Redshift")
DAYS = tuple(f"2026-10-{day:02d}" for day in range(1, 32))
CHARTS = (
    Bars("Queries a day", "UTC day", "queries", (Series("queries", DAYS, tuple(map(float, range(31)))),)),
    Bars(
        "Warm latency", "query", "ms",
        tuple(Series(name, ("stops", "headsigns"), (3.0, 9.0), (3.0, 9.0), (5.0, 14.0)) for name in ENGINES),
    ),
    Lines(
        "Break-even", "queries a day", "US$ a month",
        (Series("Athena", (10, 1000), (2.0, 90.0), (1.0, 50.0), (4.0, 120.0)),),
        (("2 x ra3.xlplus", 1610.0), ("1 x ra3.xlplus", 805.0)), log_x=True, log_y=True,
    ),
)  # fmt: skip
WIDE = Table(
    ("table", "partition", "control rows", "candidate rows", "verdict", "first", "last", "digest", "seconds"),
    tuple(("vehicles", f"year=2026/hour={n}", 16_600, 16_600, "equal", "x" * 9, "y", "ab" * 32, 0.25) for n in DAYS),
    tones=("bad", "warn", "good"),
    note="Each partition on both sides.",
)  # fmt: skip


def cell(*outputs, source="show(x)"):
    shown = [nbformat.v4.new_output("display_data", data) for data in outputs]
    return nbformat.v4.new_code_cell(source, outputs=shown)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_chart_is_drawn_in_the_page_with_its_figures_once(chart):
    table = table_html(Table(("x", "y"), (("a", 1),)))
    page = body_html(nbformat.v4.new_notebook(cells=[cell(bundle(chart), {"text/html": table})]))
    assert page.count("<svg") == 1
    assert f'aria-label="{chart.title}. ' in page
    assert "<img" not in page
    assert "<pre>" not in page.replace("<pre><span></span>", "")  # the text of the chart is its table, which follows
    assert page.count("<table") == 1
    assert len(page) < 20_000


def test_a_drawing_keeps_shapes_and_words_and_nothing_that_acts():
    shown = drawing(
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()" width="9" style="background:url(//h/p)">'
        '<script>x()</script><style>@import "//h"</style><a href="javascript:x()"><text>in a link</text></a>'
        '<image href="//h/p.png"/>'
        '<use href="#a"/><foreignObject><p>x</p></foreignObject><animate attributeName="x"/>'
        '<rect fill="url(//h/p)" stroke="red" width="1" onclick="x()"/><text x="1">a &lt;b&gt; &amp; c</text></svg>',
        'a "name"',
    )
    assert shown == (
        '<svg width="9" role="img" aria-label="a &quot;name&quot;"><rect stroke="red" width="1" />'
        '<text x="1">a &lt;b&gt; &amp; c</text></svg>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "no drawing", "<svg", "<p>x</p>", "<html><svg/></html>", "<svg>" * 30 + "</svg>" * 30 + "x",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "<svg>&a;</svg>", "<svg>\0</svg>", "<svg/>" + " " * 600_000,
    ],
)  # fmt: skip
def test_what_is_no_drawing_is_not_shown_as_one(text):
    assert drawing(text) is None
    page = body_html(nbformat.v4.new_notebook(cells=[cell({"image/svg+xml": text, "text/plain": "its words"})]))
    assert "its words" in page
    assert "<svg" not in page


@given(st.text())
def test_no_text_of_a_chart_becomes_markup(text):
    chart = Bars(text, text, text, (Series(text, (text,), (1.0,)), Series("b", (), ())), ((text, 2.0),))
    assert drawing(svg(chart)) is not None
    assert set(drawing(svg(chart)).split("<")[1:]) & {"script>", "b>"} == set()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A record's pages: the run's, its evidence, and a sealed notebook with every kind of output."""
    folder = tmp_path_factory.mktemp("pages")
    signing_key(folder / "key.pem")
    story = honest(rehearsal=True)
    story.keep(
        "week1.cluster.plan", {"changes": [{"action": "create", "after": {"Statement": [{"Action": "x" * 90}]}}]}
    )
    run = write(story, folder, folder / "key.pem")
    report(run)
    view = View(
        "Proof", (WIDE, Note("- all **equal**\n- `sealed`", "good"), Table(("", "value"), (("rows", 1),))), "good"
    )
    outputs = [bundle(chart) for chart in CHARTS] + [{"text/html": view_html(view)}]
    cells = [nbformat.v4.new_markdown_cell("# Week 1\n\n| | |\n|---|---|\n| reads | `lake` |")]
    cells += [cell(output, source="x = 1\nshow(x)  # " + "long " * 40) for output in outputs]
    cells.append(cell({"text/plain": "no break " + "z" * 300}))
    executed = nbformat.from_dict({**notebook("1"), "cells": cells})
    entry = json.loads(
        next(p for p in sorted((run / "journal").iterdir()) if b'"sealed"' in p.read_bytes()).read_text()
    )
    opened = json.loads((run / "journal" / "000001.json").read_text())["body"]
    (run / "week1.html").chmod(0o644)
    (run / "week1.html").write_text(sealed_page(executed, entry["body"], RUN, opened))
    failure = {"name": "ProofFailed", "cell": "proof", "message": "vehicles differs <in> 3 partitions " + "y" * 90}
    body = {**entry["body"], "status": "failed", "failure": failure, "started": None, "finished": None}
    (run / "failed.html").write_text(sealed_page(executed, body, RUN, opened, ["week1"]))
    return run


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """The pages of a run that says what is not so: problems, reasons, a gate taken back."""
    folder = tmp_path_factory.mktemp("doubtful")
    signing_key(folder / "key.pem")
    story = honest()
    story.add("revoked", gate="week2.loaded", signer="Grace Hopper", note="the figures were another day's " * 9)
    story.drop("gate", gate="week3.compared")
    run = write(story, folder, folder / "key.pem")
    report(run)
    return run


def test_the_run_s_id_and_page_numbers_stand_on_paper(pages):
    for name in ("index", "evidence", "week1"):
        text = (pages / f"{name}.html").read_text()
        assert f'content: "{RUN}"' in text
        assert "counter(page)" in text
        assert "RUN_ID" not in text
        assert "<th></th>" not in text


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize("name", ["index", "evidence", "week1", "failed"])
def test_axe_has_nothing_serious_and_nothing_is_cut(chromium, pages, name):
    seen = look(chromium, pages / f"{name}.html")
    assert seen.faults == []
    assert seen.minor == []


@pytest.mark.skipif(bool(missing()), reason=missing())
@pytest.mark.parametrize("name", ["index", "evidence"])
def test_the_pages_of_a_doubtful_run_are_as_good(chromium, doubtful, name):
    seen = look(chromium, doubtful / f"{name}.html")
    assert (seen.faults, seen.minor) == ([], [])


CELL = "padding: 4px 10px; border-bottom: 1px solid rgba(0, 0, 0, 0.1)"


def test_styles_are_written_once_and_what_the_sheet_looks_for_stays():
    rows = "".join(f'<td class="n" style="{CELL}; text-align: right;">{n}</td><td style="{CELL}">x</td>' for n in "123")
    html, sheet = written_once(f'<p title="a > b" style="{CELL}">text</p>{rows}<td style="color: red;">y</td>')
    assert sheet.count(CELL) == 1
    assert html.count('class="n y0" style="text-align: right;"') == 3
    assert html.count('<td class="y0">x</td>') == 3
    assert f'<p title="a > b" style="{CELL}">' in html  # no tag that can be read for certain
    assert '<td style="color: red;">y</td>' in html


@given(st.lists(st.sampled_from([CELL, "color: red", "width: 9px", f"{CELL}; opacity: 0.5", ""]), max_size=30))
def test_no_word_and_no_declaration_is_lost(styles):
    before = "".join(f'<span style="{style}">word{n}</span>' for n, style in enumerate(styles))
    html, sheet = written_once(before)
    rules = dict(re.findall(r"^\.(y\d+)[.y\d]*\{(.*)\}$", sheet, re.MULTILINE))
    found = re.findall(r'<span(?: class="(\w+)")?(?: style="([^"]*)")?>word(\d+)</span>', html)
    assert [int(n) for _, _, n in found] == list(range(len(styles)))
    for name, kept, n in found:
        said = {one.strip() for one in f"{rules.get(name, '')};{kept}".split(";")} - {""}
        assert said == {one.strip() for one in styles[int(n)].split(";")} - {""}
