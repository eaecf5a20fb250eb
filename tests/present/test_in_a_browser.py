"""What Chromium makes of it: an output is a screen high at most, and what is folded opens by keyboard."""

from __future__ import annotations

import shutil

import pytest

from smartroute_runbook.present.levels import levelled
from smartroute_runbook.present.markup import titled_fold, view_html
from smartroute_runbook.runs.steps import Change, Proposal
from smartroute_runbook.views import Code, Folded, Note, Table, View

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "google-chrome"))), reason="no Chromium on this machine"
)
SCREEN = 760
"""Of 900 pixels, what JupyterLab's bars leave."""
WIDE = Table(
    ("query", "why", "rows", "seconds"),
    tuple(
        (f"query_{n}", "Every row on both sides equally often, in the promised order. " * 3, n, 0.1) for n in range(60)
    ),
    "Answers",
    "As measured.",
    tuple("warn" if n % 3 else "plain" for n in range(60)),
)
VIEWS = {
    "many tables": View("t", (WIDE, WIDE, WIDE, Note("read this. " * 80, "warn"))),
    "sql": View("t", tuple(Code(f"SELECT {n}\n" * 40) for n in range(9))),
    "a plan of 300 changes": Proposal(
        "s", tuple(Change(f"day {n}", "create", None, {"rows": n, "source": "ab" * 32}, "new") for n in range(300))
    ).view(),
    "a policy": Proposal(
        "s", (Change("role", "modify", {"a": ["x"] * 80}, {"a": [f"y{n}" for n in range(80)]}, "why " * 40),)
    ).view(),
}


@pytest.fixture(scope="module")
def page():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def shown(page, view, width=1060):
    style = "body{font:14px system-ui;margin:0}table{font-size:12px}pre{font-size:13px}"
    page.set_content(f'<style>{style}</style><div id="x" style="width:{width}px">{view_html(levelled(view))}</div>')
    return page.locator("#x")


@pytest.mark.parametrize("name", VIEWS)
def test_an_output_is_a_screen_high_at_most(page, name):
    assert shown(page, VIEWS[name]).bounding_box()["height"] <= SCREEN


STAMP, ID = "2026-11-29 15:12:27 UTC", "arn:aws:iam::123456789012:role/smartroute-redshift-copy"
TABLES = {
    "ten times": (("at", *(f"time {n}" for n in range(9))), (STAMP,) * 10),
    "what will move": (
        ("table", "columns", "days", "partitions", "files", "bytes", "rows", "first day", "last day", "kept"),
        ("crowding_metrics", 17, 46, 1_104, 1_104, "1.34 GB", 398_312, "2026-09-21", "2026-11-28", "2026-11-28"),
    ),
    "switches": (
        ("at", "to", "outcome", "seconds", "requests", "failed", "wrong", "users", "left at", "why"),
        (STAMP, "redshift", "switched", 12.25, 1_340, 0, 0, "1 of 40 waited", "redshift", "every query answered. " * 4),
    ),
    "names": (("what", "who", "why"), (ID, ID, f"{ID} is not what was said of {ID}")),
    "many numbers": (tuple(f"p{n}" for n in range(14)), tuple(1_234.5 * n for n in range(14))),
}


@pytest.mark.parametrize("width", [912, 1060])  # a page of the record; a notebook
@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_no_wider_than_its_page(page, name, width):
    columns, row = TABLES[name]
    box = shown(page, View("t", (Table(columns, (row, row), tones=("warn", "plain")),)), width)
    assert box.evaluate("x => x.scrollWidth") <= width


def test_many_folds_stand_behind_one_and_a_lone_one_behind_the_title(page):
    folds = tuple(Folded(f"alarm {n}", (Code(f"threshold {n}"),)) for n in range(12))
    box = shown(page, View("t", folds))
    assert box.locator("summary:visible").count() == 1
    assert "threshold 11" in box.text_content()
    page.set_content(titled_fold("week4.alarms: applied", folds[0], "good"))
    assert page.locator("summary").inner_text().split() == ["✓", "week4.alarms:", "applied"]


@pytest.mark.parametrize("name", VIEWS)
def test_a_narrow_window_scrolls_nothing_sideways_but_tables(page, name):
    box = shown(page, VIEWS[name], width=420)
    wide = box.evaluate(
        "x => [...x.querySelectorAll('pre, details > summary')].filter(e => e.scrollWidth > 421).length"
    )
    assert wide == 0


def test_what_is_folded_opens_by_keyboard_alone(page):
    box = shown(page, VIEWS["sql"])
    assert box.locator("details[open]").count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert box.locator("details[open]").count() == 1
