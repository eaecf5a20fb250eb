"""The row encoding: both engines compute what the specification says, and no two rows share a text."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from support.prove_engines import DuckEngine

from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.prove import golden
from smartroute_runbook.prove.encoding import Field, by_name, double_layer, row_expression
from smartroute_runbook.prove.golden import check
from smartroute_runbook.prove.reference import row_text

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
MOMENTS = st.datetimes()
FIRST, LAST = (datetime.fromisoformat(f"{year}-01-01") for year in (1835, 2105))  # where microseconds are exact

KINDS = {
    "bigint": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "string": (pa.string(), TEXT),
    "char(6)": (pa.string(), st.text("ab \N{SNOWMAN}", max_size=6)),
    "double": (pa.float64(), st.floats()),
    "float": (pa.float32(), st.floats(width=32)),
    "decimal(18,4)": (pa.decimal128(18, 4), st.decimals(-(10**13), 10**13, places=4)),
    "decimal(38,0)": (pa.decimal128(38, 0), st.integers(-(10**37), 10**37).map(Decimal)),
    "boolean": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates(date(1, 1, 1), date(9999, 12, 31))),
    "timestamp": (pa.timestamp("us"), MOMENTS.map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000))),
    "timestamp(6)": (pa.timestamp("us"), st.datetimes(FIRST, LAST)),
}  # fmt: skip
FIELDS = tuple(Field(f"c{n}", kind) for n, kind in enumerate(KINDS))
ROWS = st.lists(st.tuples(*(st.none() | values for _, values in KINDS.values())), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def engines():
    return DuckEngine("athena"), DuckEngine("redshift")


def texts(engine, fields, rows, types):
    """The row texts that an engine computes, in the order of the rows."""
    columns = {field.name: pa.array([row[n] for row in rows], types[n]) for n, field in enumerate(fields)}
    engine.db.register("arrived", pa.table({**columns, "position": pa.array(range(len(rows)))}))
    engine.db.execute("CREATE OR REPLACE TABLE lake.rows AS SELECT * FROM arrived")
    table = double_layer(exp.table_("rows", db="lake", quoted=True), fields)
    query = exp.select(row_expression(fields, engine.name)).from_(table).order_by("position")
    return [row[0] for row in engine.query(query.sql(dialect=engine.name)).rows]


@given(rows=ROWS)
@settings(max_examples=25, deadline=None)
def test_both_engines_compute_the_specified_text(engines, rows):
    types = [kind for kind, _ in KINDS.values()]
    expected = [row_text(FIELDS, dict(zip([f.name for f in FIELDS], row, strict=True))) for row in rows]
    assert texts(engines[0], FIELDS, rows, types) == expected
    assert texts(engines[1], FIELDS, rows, types) == expected


def decoded(fields, text):
    """The text read back; with this the encoding is injective, whatever the values hold."""
    values = {}
    for field in by_name(fields):
        if field.kind in ("text", "char"):
            length, _, text = text.partition(":")
            size = 0 if length == "~" else int(length)
            values[field.name], text = None if length == "~" else text[:size], text[size:]
        else:
            value, _, text = text.partition(",")
            values[field.name] = None if value == "~" else DECODE[field.kind](value)
    assert text == ""
    return values


def decoded_double(text):
    sign = -1.0 if text.startswith("-") else 1.0
    arm, _, digits = text[1:].partition("e")
    whole, rest = map(int, digits.split("."))
    if int(arm) in (15, 16):
        return sign * math.inf if int(arm) == 15 else math.nan
    return sign * float((Fraction(whole) + Fraction(rest, 2**62)) * Fraction(2) ** (72 * int(arm)))


DECODE = {
    "integer": int,
    "double": decoded_double,
    "decimal": Decimal,
    "boolean": lambda text: text == "1",
    "date": lambda text: date.fromordinal(int(text) + date(1970, 1, 1).toordinal()),
    "timestamp": int,
}


def plain(field, value):
    """The value up to the stated rules: the sign of zero, blanks of CHAR, one NaN, micros as a number."""
    if field.kind == "char" and value is not None:
        return value.rstrip(" ")
    if field.kind == "timestamp" and value is not None:
        past = value.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        return (past.days * 86400 + past.seconds) * 10**6 + past.microseconds
    if field.kind == "double" and value is not None:
        return "nan" if math.isnan(value) else struct.pack("d", value + 0.0)
    return value


@given(row=ROWS.map(lambda rows: rows[0]))
@settings(max_examples=200, deadline=None)
def test_the_text_can_be_read_back(row):
    values = dict(zip([f.name for f in FIELDS], row, strict=True))
    back = decoded(FIELDS, row_text(FIELDS, values))
    for field in FIELDS:
        again = plain(field, back[field.name]) if field.kind == "double" else back[field.name]
        assert again == plain(field, values[field.name])


@given(pairs=st.lists(st.tuples(TEXT | st.none(), TEXT | st.none()), min_size=2, max_size=8, unique=True))
@settings(max_examples=200, deadline=None)
def test_neighbouring_texts_never_run_together(pairs):
    fields = (Field("a", "string"), Field("b", "string"))
    assert len({row_text(fields, {"a": a, "b": b}) for a, b in pairs}) == len(pairs)


@pytest.mark.parametrize("bits", [0, 1, 2, 3])
def test_doubles_to_the_last_bit(engines, bits):
    """Each binade from the smallest subnormal on: a double, its neighbours, and its negative."""
    values = [math.ldexp(1.0 + bits / 7, exponent) for exponent in range(-1074, 1023)]
    values += [math.nextafter(value, math.inf) for value in values] + [-value for value in values]
    for engine in engines:
        got = texts(engine, (Field("x", "double"),), [(value,) for value in values], [pa.float64()])
        assert got == [row_text((Field("x", "double"),), {"x": value}) for value in values]
        assert len(set(got)) == len(set(values))


SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, None]


def test_special_doubles(engines):
    expected = ["+0e0.0,", "+0e0.0,", "+15e0.0,", "-15e0.0,", "+16e0.0,"]
    for engine in engines:
        got = texts(engine, (Field("x", "double"),), [(value,) for value in SPECIAL], [pa.float64()])
        assert got[:5] == expected
        assert got[-1] == "~,"
        assert len(set(got)) == len(SPECIAL) - 1


GOLDEN = [
    ({"s": None, "t": ""}, "~:0:"),
    ({"s": "", "t": None}, "0:~:"),
    ({"s": "a ", "t": "~"}, "2:a 1:~"),
    ({"s": "1:a", "t": "é\N{SNOWMAN}\U0001f687"}, "3:1:a3:é\N{SNOWMAN}\U0001f687"),
    ({"s": "e\u0301", "t": "\U0001f468\u200d\U0001f469"}, "2:e\u03013:\U0001f468\u200d\U0001f469"),
]


@pytest.mark.parametrize(("values", "text"), GOLDEN)
def test_texts_are_counted_in_code_points(engines, values, text):
    fields = (Field("t", "string"), Field("s", "varchar(20)"))
    assert row_text(fields, values) == text
    for engine in engines:
        assert texts(engine, fields, [(values["t"], values["s"])], [pa.string(), pa.string()]) == [text]


def test_column_order_is_by_name_whatever_the_table_says():
    fields = (Field("month_num", "int"), Field("month", "int"), Field("Day", "int"))
    assert [field.name for field in by_name(fields)] == ["Day", "month", "month_num"]
    assert by_name(fields) == by_name(fields[::-1])


def test_instants_are_the_same_in_any_session_zone(engines):
    fields = (Field("at", "timestamp(3) with time zone"),)
    moment = datetime(2026, 3, 8, 6, 59, 59, 123000, tzinfo=UTC)
    for engine in engines:
        for zone in ("UTC", "America/New_York"):
            engine.db.execute(f"SET TimeZone = '{zone}'")
            got = texts(engine, fields, [(moment,)], [pa.timestamp("us", "UTC")])
            assert got == [row_text(fields, {"at": moment})]
        engine.db.execute("SET TimeZone = 'UTC'")


def test_a_type_without_a_rule_is_refused():
    with pytest.raises(UsageError, match=r"'tags' has type array<string>"):
        _ = Field("tags", "array<string>").kind


def test_known_values_on_both_engines(engines):
    fields = [Field("x", kind) for kind in golden.VALUES]
    assert {check(engine, fields) for engine in engines} == {len(golden.VALUES)}


def test_an_engine_that_computes_otherwise_is_not_trusted(engines):
    class Wrong:
        name = "redshift"

        def query(self, sql, parameters=()):
            answer = engines[1].query(sql)
            wrong = [(n, text.replace("e", "E"), digest) for n, text, digest in answer.rows]
            return replace(answer, rows=wrong)

    with pytest.raises(ServiceError, match=r"redshift encodes the double 0.0 as '\+0E0.0,'"):
        check(Wrong(), [Field("speed", "double")])


def test_the_documented_example():
    assert row_text([Field("x", "double")], {"x": 0.1}) == "+0e0.461168601842738816,"


def test_wide_rows(engines):
    fields = tuple(Field(f"c{n:03d}", "bigint") for n in range(167))
    values = tuple(range(167))
    expected = row_text(fields, {field.name: n for field, n in zip(fields, values, strict=True)})
    for engine in engines:
        assert texts(engine, fields, [values], [pa.int64()] * 167) == [expected]
