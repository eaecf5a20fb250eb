"""Three levels: the result in a sentence, at most a screen to judge it, the rest folded; nothing is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.present import plain_text
from smartroute_runbook.present.levels import ROWS, height, levelled
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.record.html import _clean
from smartroute_runbook.views import Code, Folded, Note, Table, View

LONG = Table(("day", "rows"), tuple((f"day-{n:03d}", n) for n in range(72)), tones=("plain",) * 70 + ("bad", "plain"))
SQL = "\n".join(f"SELECT {n}" for n in range(90))


def open_rows(html: str) -> int:
    return html.split("<details")[0].count("<tr")


def test_a_long_table_shows_its_findings_and_folds_all_of_its_rows():
    html = view_html(levelled(View("t", (LONG,))))
    assert open_rows(html) == ROWS + 1
    assert "day-070" in html.split("<details")[0]  # what is marked is seen first
    assert "All 72 rows" in html


def test_what_does_not_fit_on_a_screen_is_folded_in_place():
    parts = (Note("first"), Code(SQL), Note("second"), Table(("a",), tuple((n,) for n in range(ROWS)), "Later"))
    seen = levelled(View("t", (*parts, *parts))).parts
    assert seen[0] == Note("first")
    assert isinstance(seen[1], Folded)
    assert seen[1].parts == (Code(SQL),)
    assert [part.summary for part in seen if isinstance(part, Folded)][-1] == "Later"


def test_a_table_that_does_not_fit_shows_as_many_of_its_telling_rows_as_do():
    tones = ("plain",) * 6 + ("warn",) * 4
    table = Table(("rating", "what"), tuple((f"r{n}", "why " * 40) for n in range(10)), tones=tones)
    shown, every = levelled(View("t", (table, Note("after"))), 350).parts[:2]
    assert 3 <= len(shown.rows) < 10
    assert [row[0] for row in shown.rows][-3:] >= ["r6"]
    assert every.summary == "All 10 rows"
    assert every.parts[0].rows == table.rows


def test_what_fits_to_the_pixel_is_shown_as_it_is():
    """The table of week 1's proposals lost two of nine rows, though there was room: its own place was kept twice."""
    table = Table(("what", "why"), tuple((f"r{n}", "why " * 40) for n in range(9)))
    view = View("t", (Note("In rehearsal"), table, *(Folded(f"more {n}", (Note("x"),)) for n in range(3))))
    assert levelled(view, height(view)) == view
    assert levelled(view, height(view) - 1) != view


def test_a_second_long_table_is_folded_whole_rather_than_begun():
    first = Table(("a",), tuple((n,) for n in range(4)))
    view = levelled(View("t", (first, replace(LONG, title="Every partition", tones=()), Note("after"))), 420)
    assert [part.summary for part in view.parts if isinstance(part, Folded)] == ["Every partition"]


def test_a_fold_is_called_by_what_is_in_it_and_the_way_to_undo_stands_by_itself():
    table = Table(("a", "b"), tuple((n, "x" * 300) for n in range(9)), name="What changes")
    many = tuple(Folded(f"change {n}", (Code("+ x"),)) for n in range(9))
    view = levelled(View("t", (table, *many, Folded("To undo", (Code("aws"),), alone=True))), 130)
    assert [part.summary for part in view.parts] == ["What changes", "change 0, and 8 more", "To undo"]
    two = levelled(View("t", (Code("first\nsecond"), Code("x\n" * 99))), 60)
    assert next(part.summary for part in two.parts if isinstance(part, Folded)) == "`first` and 1 more line"


words = st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=8)
tables = st.lists(st.tuples(words, st.integers()), max_size=30).map(lambda rows: Table(("a", "b"), tuple(rows)))
any_part = st.one_of(words.map(Note), words.map(Code), tables)


@given(st.lists(any_part, max_size=12))
def test_nothing_is_left_out_whatever_is_shown(parts):
    html = view_html(levelled(View("t", tuple(parts))))
    for part in parts:
        for text in [part.text] if not isinstance(part, Table) else [str(row[0]) for row in part.rows]:
            assert text in html


def test_the_record_and_plain_text_keep_what_is_folded():
    view = View("t", (Folded("All of it", (Code("SELECT 1\n  FROM t"), LONG)),))
    kept = _clean(view_html(view))
    assert "<details" in kept
    assert "<summary>All of it</summary>" in kept
    assert "SELECT 1\n  FROM t" in kept
    text = plain_text(view)
    assert "All of it" in text
    assert "  FROM t" in text


@pytest.mark.parametrize(("line", "colour"), [("+ a", "#1f7a53"), ("~ b", "#a15c07"), ("- c", "#c0392b"), ("  d", "")])
def test_the_signs_of_a_diff_are_coloured_and_stay_readable(line, colour):
    html = view_html(View("t", (Code(line, diff=True),)))
    assert line in html
    assert f"color: {colour}" in html if colour else "color:" not in html.split("<pre")[1].split(">", 1)[1]


def test_code_is_never_markup():
    html = view_html(View("t", (Code("<script>alert(1)</script> \x1b[31m"),)))
    assert "<script" not in html
    assert "\x1b" not in html
