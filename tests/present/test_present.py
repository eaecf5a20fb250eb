"""What a result looks like: HTML that survives sanitising, numbers lined up, charts with a picture and a table."""

from __future__ import annotations

import io
import itertools
import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters import clean_html
from rich.console import Console

from smartroute_runbook.environment.detect import in_notebook
from smartroute_runbook.errors import SignatureMissing, UsageError
from smartroute_runbook.present import Progress, charts, plain_text, print_view, show
from smartroute_runbook.present.axes import Categories, Linear, Logarithmic
from smartroute_runbook.present.formats import cells, chart_table, clock, duration, shown_rows
from smartroute_runbook.present.forms import form
from smartroute_runbook.present.markup import inline, note_html, table_html, view_html
from smartroute_runbook.present.palette import DASHES
from smartroute_runbook.present.show import interactive
from smartroute_runbook.present.vector import alt_text, svg
from smartroute_runbook.runs.gate import Gate, Terms
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.plan import after_gate, gate_evidence, gate_items, gate_shown_by, plan
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.runs.switching import Attempt, Switches
from smartroute_runbook.views import Bars, Lines, Note, Series, Table, View

TABLE = Table(
    ("table", "rows", "seconds", "price", "year", "checked", "share"),
    (
        ("vehicles", 380232, 12.3456, Decimal("1086.00"), 2026, True, "12.5 %"),
        ("delay_metrics", 612, 0.5, Decimal("0.07"), 2025, None, "100 %"),
    ),
    note="Compressed bytes.",
    tones=("plain", "bad"),
)
LINES = Lines(
    "Cost",
    "queries a day",
    "USD a month",
    (Series("Athena", (1, 10), (1.0, 10.0), (0.5, 8.0), (2.0, 12.0)), Series("Redshift", (1, 10), (5.0, 5.0))),
    marks=(("trigger", 4.0),),
    log_x=True,
    log_y=True,
)
BARS = Bars("Latency", "query", "ms", (Series("Redshift", ("a", "b"), (3.0, 4.0)),))


def test_numbers_have_separators_and_their_column_s_decimals():
    texts, right = cells(TABLE)
    assert texts[0] == ["vehicles", "380,232", "12.346", "1,086.00", "2026", "yes", "12.5 %"]
    assert texts[1][5] == "–"  # noqa: RUF001
    assert right == [False, True, True, True, True, False, True]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.5, "0.5 s"),
        (0.0421, "0.042 s"),
        (42.2, "42 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (0, "0 s"),
        (172_800, "48 h 00 min"),
        (5_972_260, "2 months"),
        (400_000, "5 days"),
    ],
)
def test_durations_read_as_people_say_them(seconds, said):
    assert duration(seconds) == said


def test_moments_are_told_in_utc():
    assert clock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05 UTC"


@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=True), st.text(max_size=20), st.none(), st.booleans())))
def test_any_column_can_be_shown(values):
    table = Table(("x",), tuple((value,) for value in values))
    assert table_html(table).count("<tr") == min(len(values), 40) + 1
    plain_text(View("t", (table,)))


@given(st.text(max_size=60))
def test_no_text_can_become_markup(text):
    html = inline(text)
    for tag in ("<code>", "</code>", "<b>", '<b style="font-weight: inherit">', "</b>"):
        html = html.replace(tag, "")
    assert "<" not in html
    assert ">" not in html


def test_the_html_survives_the_strictest_sanitiser_in_order():
    view = View("Verdict", (TABLE, Note("Do:\n- **sign**\n- run `week2`", "warn")), "bad")
    strict = clean_html(view_html(view)).replace("&lt;tbody&gt;", "").replace("&lt;/tbody&gt;", "")
    assert "&lt;" not in strict
    words = ["Verdict", "rows", "380,232", "delay_metrics", "Compressed bytes.", "<b>sign</b>", "<code>week2</code>"]
    places = [strict.index(word) for word in words]
    assert places == sorted(places)


def test_a_column_without_a_name_is_no_empty_head():
    html = table_html(Table(("", "point"), (("x", "y"),)))
    assert html.count('role="columnheader"') == 1
    assert "opacity" not in html.split("point")[0]


def test_a_tone_is_told_by_a_mark_too():
    assert "✕" in view_html(View("Broken", (), "bad"))
    assert "✓" in plain_text(View("Fine", (), "good"))
    assert "!" in note_html(Note("careful", "warn"))


def test_dollar_signs_are_no_mathematics():
    assert inline("$5 and $6").count('<b style="font-weight: inherit">$</b>') == 2
    assert inline("$5") == "$5"


def test_a_long_table_is_cut_but_never_its_findings():
    tones = tuple("bad" if n == 900 else "plain" for n in range(1000))
    chosen, cut = shown_rows(Table(("n",), tuple((n,) for n in range(1000)), tones=tones))
    assert len(chosen) == 40
    assert 900 in chosen
    assert "40 of 1,000" in cut


def test_a_chart_has_axes_units_dashes_and_fixed_colours():
    drawn = charts.figure(LINES)
    lines = [trace for trace in drawn["data"] if trace.get("name")]
    assert [line["line"]["color"] for line in lines] == list(charts.PALETTE[:2])
    assert len({line["line"]["dash"] for line in lines}) == 2
    assert drawn["layout"]["yaxis"]["title"]["text"] == "USD a month"
    assert drawn["layout"]["annotations"][0]["text"] == "trigger: 4"
    (bar,) = charts.figure(BARS)["data"]
    assert bar["marker"]["color"] == charts.PALETTE[1]  # Redshift keeps its colour when it is alone


@pytest.mark.parametrize("log_y", [True, False])
def test_labels_of_marks_stand_beside_the_plot_and_apart(log_y):
    close = tuple((f"{n} x ra3.xlplus", 1000.0 + 5 * n) for n in range(4))
    labels = charts.figure(replace(LINES, marks=close, log_y=log_y))["layout"]["annotations"]
    assert all(one["x"] > 1 and one["xanchor"] == "left" for one in labels)
    high = math.log10(1015) if log_y else 1015.0
    low = math.log10(0.5) if log_y else 0.0
    heights = [one["y"] for one in labels]
    assert all(b - a >= 15 / 210 * (high - low) * 0.99 for a, b in itertools.pairwise(heights))


@pytest.mark.parametrize("count", [1, 4, 6, 12])
def test_names_below_bars_are_broken_at_their_joints_only(count):
    names = tuple(f"reliability_ranking_of_{n}" for n in range(count))
    axis = charts.figure(Bars("t", "query", "ms", (Series("Redshift", names, (1.0,) * count),)))["layout"]["xaxis"]
    shown = axis.get("ticktext", names)
    assert [text.replace("<br>", "") for text in shown] == list(names)
    assert all(line.endswith("_") for text in shown for line in text.split("<br>")[:-1])


def test_a_logarithmic_axis_has_more_than_one_label_whatever_its_values():
    few = Lines("t", "pairs", "seconds", (Series("Athena", (20, 26), (1.6, 4.2)),), (("agreed", 30.0),), log_y=True)
    axis = charts.figure(few)["layout"]["yaxis"]
    inside = [text for value, text in zip(axis["tickvals"], axis["ticktext"], strict=True) if 1.6 <= value <= 30]
    assert inside == ["2", "5", "10", "20"]
    wide = charts.figure(replace(few, marks=(("agreed", 3000.0),)))["layout"]["yaxis"]
    assert wide["dtick"] == 1


def test_a_curve_has_no_dots_and_a_single_point_is_a_large_one():
    curve, today = Series("Athena", tuple(range(30)), tuple(map(float, range(30)))), Series("today", (3,), (3.0,))
    line, point = charts.figure(Lines("t", "x", "y", (curve, today)))["data"]
    assert line["mode"] == "lines"
    assert point["marker"]["size"] > 9
    assert svg(Lines("t", "x", "y", (curve, today))).count("<circle") == 1


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((1.5, 1.43, 0.39), ["1.50", "1.43", "0.39"]),
        ((0.5, 0.25), ["0.50", "0.25"]),
        ((1.0, 20.0), ["1", "20"]),
        ((0.123456,), ["0.123"]),
        ((12.3456, 0.5), ["12.346", "0.500"]),
    ],
)
def test_a_column_has_no_decimals_that_none_of_its_values_has(values, shown):
    texts, right = cells(Table(("seconds",), tuple((value,) for value in values)))
    assert [row[0] for row in texts] == shown
    assert right == [True]


def test_the_table_beside_a_chart_holds_its_numbers():
    table = chart_table(LINES)
    assert table.columns == ("queries a day", "Athena", "Redshift")
    assert table.rows == ((1, 1.0, 5.0), (10, 10.0, 5.0))
    assert "USD a month" in table.note
    long = Lines("l", "x", "y", (Series("s", tuple(range(500)), tuple(map(float, range(500)))),))
    assert len(chart_table(long).rows) <= 16
    assert chart_table(long).rows[-1] == (499, 499.0)


def test_a_chart_is_a_live_figure_and_a_drawing_without_a_browser():
    data = charts.bundle(BARS)
    assert set(data) == {"application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"}
    config = data["application/vnd.plotly.v1+json"]["config"]
    assert not any(config[button] for button in ("displayModeBar", "showSendToCloud"))  # nothing is uploaded
    assert "Latency" in data["text/plain"]


def test_a_drawing_has_words_dashes_marks_and_fixed_colours():
    drawn = ElementTree.fromstring(svg(LINES))
    assert drawn.get("role") == "img"
    assert alt_text(LINES) == drawn.get("aria-label")
    assert alt_text(LINES) == (
        "Cost. Lines: USD a month by queries a day; Athena: 1 to 10; Redshift: 5 to 5; trigger: 4."
    )
    tag = "{http://www.w3.org/2000/svg}"
    texts = {text.text for text in drawn.iter(f"{tag}text")}
    assert {"Cost", "USD a month", "queries a day", "Athena", "Redshift", "trigger: 4"} <= texts
    lines = list(drawn.iter(f"{tag}polyline"))
    assert [line.get("stroke-dasharray") for line in lines] == [None, DASHES[1]]
    (bars,) = [one for one in ElementTree.fromstring(svg(BARS)).iter(f"{tag}g") if one.get("class") == "series1"]
    assert bars.get("color") == charts.PALETTE[1]  # Redshift keeps its colour when it is alone


def test_a_long_title_stands_whole_above_its_chart():
    title = "Redshift costs less from 3,200 queries a day on: today 140, at a gigabyte a query and two nodes that run"
    chart = Lines(title, "x", "y", (Series("a", (1, 2), (3.0, 4.0)),))
    tag = "{http://www.w3.org/2000/svg}"
    drawn = ElementTree.fromstring(svg(chart))
    lines = [text.text for text in drawn.iter(f"{tag}text") if text.get("font-size") == "15"]
    assert " ".join(lines) == title
    assert max(map(len, lines)) <= 80
    layout = charts.figure(chart)["layout"]
    live = layout["title"]["text"].split("<br>")
    assert " ".join(live) == title
    assert max(map(len, live)) <= 56  # what a page has at 200 %
    assert "width" not in layout  # as wide as its page


FIGURES = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    st.lists(st.tuples(st.text(max_size=30), FIGURES, FIGURES), max_size=60), st.booleans(), st.booleans(), st.text()
)
def test_any_figures_are_drawn_inside_the_drawing(points, log_x, log_y, title):
    names, values, places = (tuple(column) for column in zip(*points, strict=True)) if points else ((), (), ())
    marks = ((title, 3.0),)
    for chart in (
        Bars(
            title, title, "y", (Series("a", names, values, values, values), Series("b", names[:1], values[:1])), marks
        ),
        Lines(title, "x", title, (Series(title, tuple(sorted(places)), values),), marks, log_x, log_y),
        Lines(title, "x", title, (Series(title, names, values),), marks),
    ):
        drawn = ElementTree.fromstring(svg(chart))
        for one in drawn.iter():
            for axis, end in (("x", 760), ("x1", 760), ("x2", 760), ("cx", 760), ("y1", 400), ("cy", 400)):
                assert 0 <= float(one.get(axis, 0)) <= end


def test_an_axis_ends_at_round_values_and_names_have_room():
    assert [text for _, text in Linear.over([3.0, 118.0], 0, 100).ticks()] == ["0", "25", "50", "75", "100", "125"]
    assert [text for _, text in Logarithmic.over([0.02, 700.0], 0, 100).ticks()][:2] == ["0.01", "0.1"]
    days = Categories(tuple(f"2026-10-{day:02d}" for day in range(1, 32)), 0, 640)
    assert [name for name, _ in days.labels()] == [f"2026-10-{day:02d}" for day in range(1, 32, 4)]
    queries = Categories(("average_delay_per_route", "crowding"), 0, 240)
    assert queries.labels()[0][1] == ["average_delay_", "per_route"]


@dataclass(frozen=True)
class Thing:
    def view(self) -> View:
        return View("A thing", (TABLE, BARS))


def test_in_a_terminal_show_prints(capsys):
    assert not in_notebook()
    assert not interactive()
    show(Thing())
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("A thing", "380,232", "Latency"))
    with pytest.raises(TypeError, match="no view"):
        show(object())


def test_colours_stay_out_of_plain_text():
    out = io.StringIO()
    print_view(Thing().view(), Console(file=out, force_terminal=True, width=100))
    assert "\x1b[" in out.getvalue()
    assert "\x1b" not in plain_text(Thing().view())


@dataclass
class Screen:
    lines: list[str] = field(default_factory=list)

    def put(self, note: Note, final: bool) -> None:
        self.lines.append(note.text)


def test_progress_never_floods(monkeypatch):
    screen = Screen()
    monkeypatch.setattr("smartroute_runbook.present.progress._TerminalSink", lambda: screen)
    with Progress("Copying", 100_000, "rows") as line:
        for _ in range(100_000):
            line.advance()
    assert 2 <= len(screen.lines) < 20
    assert "100,000 of 100,000 rows" in screen.lines[-1]
    assert "took" in screen.lines[-1]


def test_what_ended_well_is_not_called_zero_of_a_hundred_percent():
    """A snapshot that was available when it was first asked said "0 of 100 %" behind a green mark."""
    assert Progress("Snapshot", 100, "%").line(final=True) == "**Snapshot**: took less than 0.01 s"


def test_the_line_shows_share_rate_and_time_left(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("smartroute_runbook.present.progress.time.monotonic", lambda: now[0])
    line = Progress("Copying", 1000, "rows")
    now[0] += 1
    line.update(50)
    assert line.line() == "**Copying**: 5% · 50 of 1,000 rows · 50 rows/s · about 19 s left"


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate("week1.decision", Journal(FolderStore(tmp_path), "r/journal"), {"week1.costs": "ab" * 32}, needed=2)


def parts(box):
    *ticks, signer, note, line, buttons = box.children
    return ticks, signer, note, line, *buttons.children[:3]  # the last one is seen by nobody


def test_the_form_signs_only_what_is_complete_and_asks_each_person_anew(gate):
    states = []
    ticks, signer, note, line, sign, _, revoke = parts(form(gate, lambda: states.append(gate.status().state)))
    assert sign.disabled
    assert "0 of 6 ticked · name missing" in line.value
    for tick in ticks:
        tick.value = True
    assert sign.disabled
    signer.value = "Ada Lovelace"
    assert not sign.disabled
    sign.click()
    assert states == ["partly"]
    assert not any(tick.value for tick in ticks)
    assert sign.disabled
    for tick in ticks:
        tick.value = True
    signer.value = "Grace Hopper"
    sign.click()
    assert states == ["partly", "signed"]
    assert all(tick.disabled for tick in ticks)
    assert [control.layout.display for control in (ticks[0], signer, sign, revoke)] == ["none", "none", "none", ""]
    revoke.click()  # asks for name and note first
    assert signer.layout.display == ""
    assert revoke.disabled
    signer.value, note.value = "Ada Lovelace", "signed too early"
    assert not revoke.disabled
    revoke.click()
    assert states[-1] == "unsigned"
    assert not any(tick.disabled for tick in ticks)


def test_not_to_sign_is_a_decision_that_is_kept_with_its_reason(gate):
    _, signer, note, line, sign, no, _ = parts(form(gate))
    signer.value = "Ada Lovelace"
    assert no.disabled
    note.value = "the audit names 3 duplicates that nobody explained"
    no.click()
    assert "Kept: not signed by Ada Lovelace" in line.value
    assert sign.disabled
    status = gate.status()
    assert status.state == "unsigned"
    assert "not signed by Ada Lovelace" in status.reason
    assert "3 duplicates" in plain_text(gate.view())
    with pytest.raises(SignatureMissing, match="3 duplicates"):
        gate.require()
    with pytest.raises(UsageError, match="without a reason"):
        gate.decline("Ada", " ")


def test_enter_signs_when_everything_is_there(tmp_path):
    gate = Gate("week2.loaded", Journal(FolderStore(tmp_path), "r/journal"), {})
    ticks, signer, *_ = parts(form(gate))
    signer.value = "Ada Lovelace"
    signer._handle_custom_msg({"event": "submit"}, [])
    assert gate.status().state == "unsigned"
    for tick in ticks:
        tick.value = True
    signer._handle_custom_msg({"event": "submit"}, [])
    assert gate.status().state == "signed"


def test_a_click_waits_until_the_page_has_sent_what_was_typed(tmp_path, monkeypatch):
    """ipywidgets sends a click past what is still typed; ``test_in_jupyterlab`` does it with a real page."""
    import asyncio

    from smartroute_runbook.present import settled

    monkeypatch.setattr(settled, "in_notebook", lambda: True)
    gate = Gate("week2.loaded", Journal(FolderStore(tmp_path), "r/journal"), {})
    box = form(gate)
    ticks, signer, _, _, sign, *_ = parts(box)
    bell = box.children[-1].children[-1]

    async def person() -> None:
        for tick in ticks:
            tick.value = True
        signer.value = "Ada"
        sign.click()
        assert bell.playing
        assert gate.status().state == "unsigned"
        signer.value = "Ada Lovelace"
        bell.value += 1  # what the page does when it is asked
        assert not bell.playing

    asyncio.run(person())
    assert [one.signer for one in gate.status().signatures] == ["Ada Lovelace"]


def test_a_slow_page_signs_nothing_with_the_beginning_of_a_name(tmp_path, monkeypatch):
    import asyncio

    from smartroute_runbook.present import settled

    monkeypatch.setattr(settled, "in_notebook", lambda: True)
    monkeypatch.setattr(settled, "PATIENCE", 0.01)
    gate = Gate("week2.loaded", Journal(FolderStore(tmp_path), "r/journal"), {})
    ticks, signer, _, line, sign, *_ = parts(form(gate))

    async def person() -> None:
        for tick in ticks:
            tick.value = True
        signer.value = "Ada"
        sign.click()
        await asyncio.sleep(0.05)
        assert gate.status().state == "unsigned"  # it was signed by "Ada"
        assert "Nothing is done yet" in line.value
        assert "name 'Ada'" in line.value
        signer.value = "Ada Lovelace"
        sign.click()

    asyncio.run(person())
    assert [one.signer for one in gate.status().signatures] == ["Ada Lovelace"]


def test_the_evidence_stands_in_words_beside_each_tick(tmp_path):
    first, second = gate_items("week2.loaded")
    journal = Journal(FolderStore(tmp_path), "r/journal")
    says = {first: "3 of 3 tables are **equal**", second: "398,312 of 398,312 rows"}
    gate = Gate("week2.loaded", journal, {"week2.loaded.proofs": "ab" * 32}, says=says)
    tick, words, other, more, *_ = form(gate).children
    assert (tick.description, other.description) == (first, second)
    assert "3 of 3 tables" in words.value
    assert "398,312" in more.value
    html = view_html(gate.view())
    assert html.index(first) < html.index("3 of 3 tables") < html.index(second)


def test_where_one_signs_is_said_first_and_production_in_the_stronger_tone(tmp_path):
    journal = Journal(FolderStore(tmp_path), "r/journal")
    where = "production, account 123456789012, us-east-1, as arn:aws:iam::123456789012:user/ada"
    for rehearsal, word, tone in ((True, "Rehearsal", "plain"), (False, "PRODUCTION", "bad")):
        gate = Gate("week2.loaded", journal, {}, terms=Terms("r", rehearsal, where=where))
        first = gate.view().parts[0]
        assert (word in first.text, first.tone) == (True, tone)
        assert where in first.text


def test_a_signed_gate_is_one_line_that_says_what_comes_next(tmp_path):
    gate = Gate("week2.loaded", Journal(FolderStore(tmp_path), "r/journal"), {"week2.loaded.proofs": "ab" * 32})
    gate.sign("Ada Lovelace")
    view = gate.view()
    assert [type(part).__name__ for part in view.parts] == ["Note", "Note", "Folded"]
    assert "week3_rewrite_and_compare.ipynb" in view.parts[1].text
    assert gate.items[0] in view_html(view)


@pytest.mark.parametrize("name", plan()["gates"])
def test_every_gate_says_what_shows_each_point_and_what_comes_after_it(name):
    assert after_gate(name)
    known = {one.rpartition(".")[2] if not one.endswith(".proposal") else one for one in gate_evidence(name)}
    for shown in gate_shown_by(name):
        assert set(shown) <= known
    assert len(gate_shown_by(name)) == len(gate_items(name))


def test_a_point_that_the_evidence_is_against_asks_for_a_reason(tmp_path):
    point = gate_items("week2.loaded")[0]
    gate = Gate("week2.loaded", Journal(FolderStore(tmp_path), "r/journal"), {}, against={point: "2 rows differ"})
    first, reason, second, signer, _, line, buttons = form(gate).children
    sign = buttons.children[0]
    first.value = second.value = True
    signer.value = "Ada Lovelace"
    assert sign.disabled
    assert "1 reason missing" in line.value
    assert "2 rows differ" in reason.placeholder
    reason.value = "both are known and in the lake's own log"
    sign.click()
    assert gate.status().state == "signed"
    assert "both are known and in the lake" in str(gate.view())


def test_every_control_of_the_form_has_a_label(gate):
    ticks, signer, note, _, sign, no, revoke = parts(form(gate))
    assert tuple(tick.description for tick in ticks) == gate.items
    assert all(control.description for control in (signer, note, sign, no, revoke))


def test_a_blocked_gate_cannot_be_ticked(tmp_path):
    journal = Journal(FolderStore(tmp_path), "r/journal")
    ticks, _, _, line, sign, *_ = parts(form(Gate("week2.loaded", journal, {}, blocks=("2 partitions differ",))))
    assert sign.disabled
    assert all(tick.disabled for tick in ticks)
    assert "cannot overrule" in line.value


def test_what_the_gate_refuses_is_said_in_the_form(gate, monkeypatch):
    ticks, signer, _, line, sign, *_ = parts(form(gate))
    for tick in ticks:
        tick.value = True
    signer.value = "Ada"

    def refuse(*_: object) -> None:
        raise UsageError("The checklist changed", hint="Show the gate again")

    monkeypatch.setattr(gate, "sign", refuse)
    sign.click()
    assert "The checklist changed" in line.value


def test_times_and_lists_in_cells_read_well():
    table = Table(("took", "which"), ((timedelta(seconds=185), ["a", "b"]),))
    assert cells(table)[0] == [["3 min 05 s", "a, b"]]


def test_a_chart_stands_on_its_pages_own_ground():
    drawn = charts.figure(Bars("t", "x", "y", (Series("a", ("one",), (1.0,)),), marks=(("limit", 2.0),)))["layout"]
    assert {drawn["paper_bgcolor"], drawn["plot_bgcolor"]} == {"rgba(0,0,0,0)"}


def test_attempts_to_switch_stand_with_moments_as_everywhere_and_no_empty_column():
    one = Attempt("2026-11-29T16:04:12.886+00:00", "redshift", 21.3, 60, 0, 0, "switched", "redshift")
    table = Switches((one,)).view().parts[0]
    assert cells(table)[0][0][0] == "2026-11-29 16:04:12 UTC"
    assert "why" not in table.columns
    trial = replace(one, left="redshift:1@2026-11-29T16:06:02Z")
    assert "redshift (1%, until 2026-11-29 16:06:02 UTC)" in trial.row
    assert Switches((replace(one, why="no answer"),)).view().parts[0].columns[-1] == "why"
