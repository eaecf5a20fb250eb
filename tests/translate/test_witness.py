"""What real Trino answered (`tests/witness`), held against the translator: types, accusations, and the rows themselves.

The Athena stand-in is not asked: a translation runs on the Redshift stand-in, and its rows must be Trino's.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

import pytest
from support.translate_lab import Lab, schema
from witness.trino.answers import Case, load, query

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.tolerance import EXACT
from smartroute_runbook.translate import Schema, translate

EVERY = 12  # of some 17,700
SCHEMA = Schema.of({"lab.none": {"none": "bigint"}})
LAB = schema()
ARBITRARY = {"any-value", "max-by", "window-order", "url-part", "trailing-blanks", "approx-percentile"}
LOUD = re.compile("out of range|logarithm|square root|overflow|Divide by zero|supported range|Malformed JSON|syntax")
ALIASES = {"1 NOTNULL"}  # a number called "notnull"
#: Whole queries are over tables, and have tests of their own.
CASES = [case for case in islice(load(), 0, None, EVERY) if case.text not in ALIASES and case.shape != "query"]


def judged(case: Case):
    return translate(query(case.shape, [case.text]), SCHEMA)


RESULTS = [(case, judged(case)) for case in CASES]
READY = [(case, made) for case, made in RESULTS if made.sql is not None and not case.answers[0].error]


def test_the_translator_never_fails_and_accuses_no_valid_query():
    assert len(READY) > 350
    assert [made.problems for _, made in RESULTS if any(p.rule == "internal" for p in made.problems)] == []
    valid = [(case, made) for case, made in RESULTS if not case.answers[0].error]
    assert [(case.text, made.problems) for case, made in valid if made.status == "invalid-source"] == []


TOLD = {"decimal-quotient", "decimal-scale", "decimal-as-float", "try-cast"}
"""Notes that say on which version of Athena's engine a translation counts."""


def test_what_the_two_versions_answer_otherwise_is_refused_or_said():
    whole = [case for case in load() if case.shape == "query"]
    differ = [case for case in whole if case.answers[0].in_any_order() != case.answers[1].in_any_order()]
    assert len(differ) > 90
    made = {case.text: translate(case.text, LAB) for case in differ}
    silent = [text for text, one in made.items() if one.sql is not None and not TOLD & {n.rule for n in one.notes}]
    assert silent == []


def plain(kind: str) -> str:
    """A type without what no rule depends on: the width of a text."""
    return re.sub(r"(varchar)\(\d+\)|\s", r"\1", kind)


def test_types_are_trino_s():
    found = [(case.text, made.columns[0][1], case.answers[0].type) for case, made in READY]
    unequal = [each for each in found if plain(each[1]) != plain(each[2]) and "null" not in each[1].lower()]
    assert [each for each in unequal if "NULL" not in each[0]] == []


def value(read: object, kind: str) -> object:
    """A value as both protocols write it."""
    name = kind.partition("(")[0]
    if read is None or name == "boolean":
        return read
    if name in ("double", "real"):
        return float(str(read))
    if isinstance(read, (int, Decimal, float)) or name == "decimal":
        return Decimal(str(read))
    if isinstance(read, datetime):
        return read.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if isinstance(read, date):
        return str(read)
    if name == "timestamp":
        day, _, fraction = re.sub(r" [A-Za-z+][\w/+:-]*$", "", str(read)).partition(".")
        return f"{day}.{fraction:0<6}"
    return read


def same(a: object, b: object, kind: str, tolerance) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        near = abs(a - b) <= (1e-6 if kind == "real" else 1e-12) * max(abs(a), abs(b))
        return a == b or near or (a != a and b != b) or tolerance.allows(a, b)
    if kind == "date" and isinstance(b, str):
        b = b.removesuffix(" 00:00:00.000000")
    return a == b or (isinstance(a, Decimal) and isinstance(b, Decimal) and tolerance.allows(float(a), float(b)))


@pytest.fixture(scope="module")
def lab(stack):
    return Lab.shared(stack)


def test_rows_on_redshift_are_trino_s(lab):
    """One test for all: a stand-in answers hundreds of them in seconds."""
    different, failed, asked = [], [], 0
    for case, made in READY:
        if {note.rule for note in made.notes} & ARBITRARY:
            continue
        answer = case.answers[0]
        try:
            rows = lab.rows("redshift", made.sql)
        except ServiceError as error:  # what is NaN on Athena is an error on Redshift: loud
            lacking = "not rehearsable" in str(error)  # the stand-in's own limit says nothing of the translation
            failed += [] if lacking or LOUD.search(str(error)) else [(case.text, str(error))]
            continue
        asked += 1
        wanted = answer.value if case.shape == "window" else [answer.value]
        got = [value(row[0], answer.type) for row in rows]
        tolerance = made.tolerances.get(made.columns[0][0], EXACT)
        equal = len(got) == len(wanted) and all(
            same(value(a, answer.type), b, answer.type, tolerance) for a, b in zip(wanted, got, strict=True)
        )
        if not equal and rows:
            different.append((case.text, answer.value, got, made.sql))
    assert (different, failed) == ([], [])
    assert asked > 300
