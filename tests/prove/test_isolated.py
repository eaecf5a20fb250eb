"""An isolated row is recovered from sums, exactly; several rows that only look like one are rejected."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from prove.test_encoding import FIELDS, ROWS, plain

from smartroute_runbook.prove.encoding import Field, parted
from smartroute_runbook.prove.fingerprint import Group
from smartroute_runbook.prove.isolated import find_isolated, reconstruct, unexplained
from smartroute_runbook.prove.reference import digest_halves, md5, row_digest, row_text

NAMES = [field.name for field in FIELDS]
NUMBERS, OTHERS = parted(FIELDS)


def number(field, values):
    text = row_text([field], values).rstrip(",")
    return None if text == "~" else int(text)


def group(rows):
    """The sums of some rows, computed here."""
    sums = [0] * (5 + len(NUMBERS))
    for row in rows:
        values = dict(zip(NAMES, row, strict=True))
        numbers = [number(field, values) for field in NUMBERS]
        known = sum(1 << n for n, value in enumerate(numbers) if value is not None)
        others = digest_halves(md5(row_text(OTHERS, values)))[0]
        figures = (1, *digest_halves(row_digest(FIELDS, values)), others, known, *(value or 0 for value in numbers))
        sums = [a + b for a, b in zip(sums, figures, strict=True)]
    return Group(*sums[:5], tuple(sums[5:]))


def others_of(row):
    values = dict(zip(NAMES, row, strict=True))
    return [values[field.name] for field in OTHERS]


@given(rows=ROWS, times=st.integers(1, 3), lost=st.booleans())
@settings(max_examples=60, deadline=None)
def test_one_row_in_excess_is_recovered(rows, times, lost):
    first, *rest = rows
    sides = [group(rest + [first] * times), group(rest)]
    row = find_isolated((21,), 0, 1, *(sides if lost else sides[::-1]))
    assert row.excess == (times if lost else -times)
    whole = reconstruct(FIELDS, row, others_of(first))
    for field, a, b in zip(FIELDS, whole.values, first, strict=True):
        assert plain(field, a) == plain(field, b)
    assert reconstruct(FIELDS, row, [*others_of(first)[:-1], "something else"]) is None or OTHERS[-1].kind != "text"


@given(rows=ROWS.filter(lambda rows: len({repr(row) for row in rows}) >= 3))
@settings(max_examples=60, deadline=None)
def test_three_rows_that_look_like_one_are_rejected(rows):
    """Two lost and another one there instead: one row in excess by the count, but no such row."""
    a, b, c = list({repr(row): row for row in rows}.values())[:3]
    if len({row_digest(FIELDS, dict(zip(NAMES, row, strict=True))) for row in (a, b, c)}) < 3:
        return
    isolated = find_isolated((21,), 0, 1, group([a, b]), group([c]))
    assert isolated is None or all(reconstruct(FIELDS, isolated, others_of(row)) is None for row in (a, b, c))


def test_only_certain_pairs_are_explained():
    fields = (Field("n", "int"), Field("m", "int"))

    def isolated(excess, *numbers):
        halves = digest_halves(row_digest(fields, dict(zip("nm", numbers, strict=True))))
        second, first = numbers
        count = abs(excess)
        sums = Group(count, halves[0] * count, halves[1] * count, 0, 3 * count, (first * count, second * count))
        nothing = Group(0, 0, 0)
        return find_isolated((), 0, 1, *((sums, nothing) if excess > 0 else (nothing, sums)))

    pair = [isolated(1, 1, 1), isolated(-1, 1, 2)]
    assert unexplained(pair) == []
    assert unexplained([*pair, isolated(-1, 1, 3)]) == [*pair, isolated(-1, 1, 3)]
    assert unexplained([isolated(2, 1, 1), isolated(-1, 1, 2)]) != []
    assert unexplained([isolated(1, 1, 1), isolated(1, 1, 2)]) != []
