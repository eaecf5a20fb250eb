"""Two query results compared: types, tolerances, order, ties; equal only when they are."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.prove_engines import DuckEngine

from smartroute_runbook.canonical import canonical
from smartroute_runbook.engines import Column, Rows
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prove.matching import pairing
from smartroute_runbook.prove.queries import queries_equal
from smartroute_runbook.prove.results import agree, results_equal
from smartroute_runbook.prove.shape import OrderKey, Shape, shape_of, without_limit
from smartroute_runbook.tolerance import EXACT, Tolerance


def rows(types, *values):
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return Rows(columns, [tuple(row) for row in values], 1.0)


ATHENA = {"route_id": "varchar", "trips": "bigint", "share": "double"}
REDSHIFT = {"route_id": "varchar", "trips": "numeric(38,0)", "share": "double precision"}


def test_the_same_rows_in_any_order_are_equal():
    proof = results_equal(
        rows(ATHENA, ("A", 5, 0.1), ("B", None, None)),
        rows(REDSHIFT, ("B", None, None), ("A", Decimal(5), 0.1)),
    )
    assert proof.verdict == "equal"
    assert [(item.column, item.control, item.candidate) for item in proof.drift] == [
        ("trips", "bigint", "numeric(38,0)")
    ]
    assert proof.agrees
    assert not proof.blocks
    canonical(proof)


def test_two_empty_results_prove_nothing():
    proof = results_equal(rows(ATHENA), rows(REDSHIFT))
    assert proof.verdict == "nothing to compare"
    assert proof.agrees
    assert not proof.proven
    assert results_equal(rows(ATHENA, ("A", 1, 0.5)), rows(REDSHIFT)).verdict == "different"


DIFFERENT = {
    "text is no number": (("varchar", "1"), ("bigint", 1)),
    "digits of texts": (("varchar", "1.0"), ("varchar", "1")),
    "NULL is no empty text": (("varchar", None), ("varchar", "")),
    "NULL is no zero": (("bigint", None), ("bigint", 0)),
    "a trailing blank": (("varchar", "a"), ("varchar", "a ")),
    "the last bit": (("double", 0.1), ("double precision", math.nextafter(0.1, 1))),
    "a truncated average": (("double", 45.67), ("bigint", 45)),
    "the last of 38 digits": (("decimal(38,0)", Decimal("9" * 38)), ("numeric", Decimal("9" * 37 + "8"))),
    "a cent of much": (("decimal(38,2)", Decimal("1" * 35 + ".01")), ("numeric", Decimal("1" * 35 + ".02"))),
    "more precision": (("double", 66.7), ("double precision", 66.67)),
    "a zone": (
        ("timestamp(3) with time zone", datetime(2026, 3, 8, 12, tzinfo=UTC)),
        ("timestamptz", datetime(2026, 3, 8, 12, tzinfo=timezone(-timedelta(hours=4)))),
    ),
    "true is no one": (("boolean", True), ("bigint", 1)),
    "the last bit of a real": (("float", 0.1), ("real", 0.10000000894069672)),
    "a real is no double": (("float", 0.1), ("double precision", 0.1)),
    "NaN is no NULL": (("double", math.nan), ("double precision", None)),
}
SAME = {
    "numbers of several types": (("decimal(10,2)", Decimal("66.70")), ("double precision", 66.7)),
    "a real as text and as it is": (("float", 0.1), ("real", 0.10000000149011612)),
    "the largest real": (("float", 3.4028235e38), ("real", 3.4028234663852886e38)),
    "a real without end": (("float", math.inf), ("real", math.inf)),
    "NaN": (("double", math.nan), ("double precision", math.nan)),
    "infinity": (("double", math.inf), ("double precision", math.inf)),
    "the sign of zero": (("double", -0.0), ("double precision", 0.0)),
    "the sign of a decimal zero": (("decimal(3,1)", Decimal("-0.0")), ("numeric", Decimal(0))),
    "one instant in two zones": (
        ("timestamp(3) with time zone", datetime(2026, 3, 8, 12, tzinfo=UTC)),
        ("timestamptz", datetime(2026, 3, 8, 8, tzinfo=timezone(-timedelta(hours=4)))),
    ),
    "a date and its midnight": (("date", date(2026, 3, 8)), ("timestamp", datetime.fromisoformat("2026-03-08"))),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_values_that_differ(case):
    (left, a), (right, b) = DIFFERENT[case]
    proof = results_equal(rows({"x": left}, [a]), rows({"x": right}, [b]))
    assert proof.verdict == "different"
    assert proof.blocks
    assert proof.differences
    assert proof.view().tone == "bad"


@pytest.mark.parametrize("case", SAME)
def test_values_that_are_the_same(case):
    (left, a), (right, b) = SAME[case]
    assert results_equal(rows({"x": left}, [a]), rows({"x": right}, [b])).verdict == "equal"


def test_tolerance_belongs_to_a_column_and_is_told():
    left, right = rows(ATHENA, ("A", 5, 0.1)), rows(REDSHIFT, ("A", 5, 0.1 + 1e-12))
    assert results_equal(left, right).verdict == "different"
    assert results_equal(left, right, tolerances={"trips": Tolerance(1e-9)}).verdict == "different"
    proof = results_equal(left, right, tolerances={"share": Tolerance(1e-9)})
    assert proof.verdict == "within"
    (only,) = proof.deviations
    assert only.column == "share"
    assert 0 < only.absolute < 1e-11
    assert results_equal(left, right, tolerances={"share": Tolerance(1e-14)}).verdict == "different"


@pytest.mark.parametrize(("a", "b", "apart"), [
    ("1.01", "1.02", False),  # as doubles they are 0.010000000000000009 apart
    ("1.01", "1.0200001", True),
    ("1" * 30 + ".01", "1" * 30 + ".02", False),
    ("1" * 30 + ".01", "1" * 30 + ".03", True),  # as doubles these are one
    ("1" * 30, "1" * 29 + "6", True),
])  # fmt: skip
def test_a_tolerance_is_of_the_numbers_as_they_are_written(a, b, apart):
    sides = [rows({"x": kind}, [Decimal(n)]) for kind, n in (("decimal(38,2)", a), ("numeric", b))]
    found = results_equal(*sides, tolerances={"x": Tolerance(absolute=0.01)})
    assert found.verdict == ("different" if apart else "within")


def test_duplicates_are_counted():
    left = rows(ATHENA, ("A", 1, 1.0), ("A", 1, 1.0), ("B", 2, 2.0))
    right = rows(REDSHIFT, ("A", 1, 1.0), ("B", 2, 2.0), ("B", 2, 2.0))
    assert results_equal(left, right).verdict == "different"


def test_a_missing_column_is_a_difference():
    assert results_equal(rows(ATHENA), rows({"route_id": "varchar"})).verdict == "different"


def test_a_renamed_column_is_drift():
    proof = results_equal(rows({"a": "bigint"}, [1]), rows({"b": "bigint"}, [1]))
    assert (proof.verdict, proof.drift[0].candidate) == ("equal", "named b")


def test_the_promised_order_is_checked_on_each_side():
    shape = Shape((OrderKey(1, descending=True),), ordered=True)
    right = rows(REDSHIFT, ("A", 5, 0.1), ("B", 7, 0.1))
    left = rows(ATHENA, ("B", 7, 0.1), ("A", 5, 0.1))
    proof = results_equal(left, right, shape=shape)
    assert proof.verdict == "different"
    assert "Redshift's rows are not in the promised order from row 2" in proof.why
    assert results_equal(left, left, shape=shape).verdict == "equal"


def test_nulls_have_their_place():
    left = rows({"x": "bigint"}, [1], [None])
    right = rows({"x": "bigint"}, [None], [1])
    last = Shape((OrderKey(0),), ordered=True)
    first = Shape((OrderKey(0, nulls_first=True),), ordered=True)
    assert results_equal(left, right, shape=last).verdict == "different"
    assert results_equal(left, right, shape=last, candidate_shape=first).verdict == "equal"


def test_a_tie_at_the_limit_is_no_equality():
    shape = Shape((OrderKey(1, descending=True),), ordered=True, limit=3)
    left = rows(ATHENA, ("A", 9, 0.0), ("B", 7, 0.0), ("C", 7, 0.0))
    right = rows(REDSHIFT, ("A", 9, 0.0), ("B", 7, 0.0), ("D", 7, 0.0))
    proof = results_equal(left, right, shape=shape)
    assert (proof.verdict, proof.agrees) == ("tie", False)
    wrong = rows(REDSHIFT, ("X", 9, 0.0), ("B", 7, 0.0), ("D", 7, 0.0))
    assert results_equal(left, wrong, shape=shape).verdict == "different"
    short = rows(REDSHIFT, ("A", 9, 0.0), ("B", 7, 0.0))
    assert results_equal(left, short, shape=shape).verdict == "different"


def test_what_promises_nothing_is_not_compared():
    one = rows({"x": "bigint"}, [1])
    assert results_equal(one, one, shape=Shape(moving="random()")).verdict == "not comparable"
    assert results_equal(one, one, shape=Shape(limit=1)).verdict == "not comparable"
    assert results_equal(one, one, shape=Shape(limit=2)).verdict == "equal"


SHAPES = [
    ("SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY n DESC, 1 LIMIT 5", ((1, True, False), (0, False, False)), 5),
    ("SELECT a, SUM(b) FROM t GROUP BY a ORDER BY SUM(b)", ((1, False, False),), None),
    ("SELECT a FROM t ORDER BY b, a", (), None),
    ("WITH x AS (SELECT a FROM t ORDER BY a LIMIT 3) SELECT a FROM x", (), None),
]


SORTED = [
    "SELECT * FROM t ORDER BY a",
    "SELECT t.* FROM t ORDER BY t.a",
    "SELECT *, a AS z FROM t ORDER BY z",
    "SELECT b, * FROM t ORDER BY 2",
    "SELECT a, b, a FROM t ORDER BY t.a",
    "SELECT t.a AS a, b, a FROM t ORDER BY a",
    "SELECT t.a AS x, b, a FROM t ORDER BY a",
    "(SELECT a, b, a FROM t ORDER BY a)",
]


@pytest.mark.parametrize("sql", SORTED)
def test_the_order_is_checked_however_its_key_is_named(sql):
    names = {"SELECT *, a AS z": ("a", "b", "z"), "SELECT b, *": ("b", "a", "c")}.get(sql.partition(" FROM")[0])
    kinds = dict.fromkeys(names or ("a", "b", "c"), "bigint")
    right, wrong = rows(kinds, (1, 1, 1), (2, 2, 2)), rows(kinds, (2, 2, 2), (1, 1, 1))
    assert results_equal(right, right, shape=shape_of(sql, "athena")).why.endswith("in the promised order.")
    assert results_equal(right, wrong, shape=shape_of(sql, "athena")).verdict == "different"


def test_an_order_that_cannot_be_read_from_the_answer_is_not_called_kept():
    kinds = {"a": "bigint", "b": "bigint"}
    one, other = rows(kinds, (1, 5), (1, 6)), rows(kinds, (1, 6), (1, 5))
    for sql in (
        "SELECT a, b FROM t ORDER BY a, length(c)",
        "SELECT * FROM t ORDER BY a, z",
        "SELECT a, b FROM t ORDER BY c",
    ):
        shape = shape_of(sql, "athena")
        assert results_equal(one, one, shape=shape).why.endswith("in the same order.")
        assert "another order, whose keys are not in the answer" in results_equal(one, other, shape=shape).why
    twice = shape_of("SELECT * FROM t JOIN u ON t.a = u.b ORDER BY t.a", "athena")
    assert not twice.of(["a", "a"]).whole_order


@pytest.mark.parametrize(("sql", "keys", "limit"), SHAPES)
def test_the_shape_of_a_query(sql, keys, limit):
    shape = shape_of(sql, "athena")
    assert shape.order == tuple(OrderKey(*key) for key in keys)
    assert shape.limit == limit


def test_nulls_by_dialect():
    assert not shape_of("SELECT a FROM t ORDER BY a DESC", "athena").order[0].nulls_first
    assert shape_of("SELECT a FROM t ORDER BY a DESC", "redshift").order[0].nulls_first


@pytest.mark.parametrize("call", ["random()", "now()", "current_timestamp", "arbitrary(a)"])
def test_moving_queries_are_known(call):
    assert shape_of(f"SELECT {call} FROM t", "athena").moving


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT a FROM (SELECT a FROM t LIMIT 2)", "LIMIT without ORDER BY in a subquery"),
        ("WITH x AS (SELECT a FROM t FETCH FIRST 2 ROWS ONLY) SELECT a FROM x ORDER BY a", "FETCH without ORDER BY"),
        ("SELECT a FROM t WHERE a = (SELECT b FROM u LIMIT 1)", "LIMIT without ORDER BY in a subquery"),
        ("SELECT a FROM t OFFSET 2", "OFFSET without ORDER BY"),
        ("SELECT a FROM t TABLESAMPLE BERNOULLI (10)", "TABLESAMPLE"),
        ("SELECT row_number() OVER (PARTITION BY a) FROM t", "row_number() without ORDER BY"),
    ],
)
def test_rows_that_nobody_ordered_are_no_answer_though_they_are_the_same_today(sql, why):
    one = rows({"a": "bigint"}, [1])
    proof = results_equal(one, one, shape=shape_of(sql, "athena"))
    assert (proof.verdict, proof.agrees) == ("not comparable", False)
    assert why in proof.why


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u LIMIT 1)",
        "SELECT a FROM t WHERE a = (SELECT max(b) FROM u LIMIT 1)",
        "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 2)",
        "SELECT row_number() OVER w FROM t WINDOW w AS (ORDER BY a)",
        "SELECT sum(a) OVER () FROM t",
    ],
)
def test_what_does_not_depend_on_which_rows_is_compared(sql):
    assert not shape_of(sql, "athena").moving


def test_only_one_query():
    with pytest.raises(UsageError, match="Only one SELECT"):
        shape_of("DROP TABLE t", "athena")
    assert "LIMIT 100" in without_limit("SELECT a FROM t ORDER BY a LIMIT 3", "redshift", 100)


LOOSE = (EXACT, Tolerance(absolute=1.0), Tolerance(absolute=1.0))


@given(
    left=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 4)), max_size=5),
    right=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 4)), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_pairing_is_maximum(left, right):
    """Against trying every assignment."""
    typed = [[(k, Decimal(a), Decimal(b)) for k, a, b in side] for side in (left, right)]
    pairs, ours, theirs = pairing(typed[0], typed[1], LOOSE, agree)
    assert sorted([a for a, _ in pairs] + ours) == sorted(typed[0])
    assert sorted([b for _, b in pairs] + theirs) == sorted(typed[1])
    assert all(agree(a[n], b[n], LOOSE[n]) for a, b in pairs for n in range(3))
    small, large = sorted(typed, key=len)
    best = max(
        sum(all(agree(a[n], b[n], LOOSE[n]) for n in range(3)) for a, b in zip(small, chosen, strict=False))
        for chosen in itertools.permutations(large, len(small))
    )
    assert len(pairs) == best


@pytest.fixture(scope="module")
def engines():
    both = DuckEngine("athena"), DuckEngine("redshift")
    for engine in both:
        engine.db.execute("CREATE TABLE lake.stops AS SELECT i % 7 AS stop, i AS trip FROM range(100) r(i)")
    return both


TOP = "SELECT stop, COUNT(*) AS trips FROM lake.stops GROUP BY stop ORDER BY trips DESC LIMIT 4"


def test_a_tie_is_settled_beyond_the_limit(engines):
    other = TOP.replace("ORDER BY trips DESC", "ORDER BY trips DESC NULLS LAST, stop DESC")
    proof = queries_equal(*engines, TOP.replace("DESC LIMIT", "DESC, stop LIMIT"), other, name="top")
    assert proof.verdict == "different"  # both have a whole order, and it is not the same one
    seven = "SELECT stop % 7 AS stop, 1 AS one FROM lake.stops GROUP BY stop ORDER BY one LIMIT 4"
    tied = queries_equal(*engines, seven, seven.replace("lake.stops GROUP", "lake.stops WHERE stop > 2 GROUP"))
    assert tied.verdict == "different"
    assert "beyond it" in tied.why or "rows differ" in tied.why


def test_queries_are_run_and_compared(engines):
    proof = queries_equal(*engines, TOP, TOP.replace("DESC", "DESC NULLS LAST"), name="top")
    assert proof.verdict in {"equal", "tie"}
    assert proof.agrees
    worse = queries_equal(*engines, TOP, TOP.replace("COUNT(*)", "COUNT(*) + 1"))
    assert worse.verdict == "different"
