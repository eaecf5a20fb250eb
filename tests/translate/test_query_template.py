"""A query with parameters on Redshift: the same parameters, and for every value the very translation of that query."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from smartroute_runbook.query_parameters import BadParameter, Unbindable, bind, with_defaults
from smartroute_runbook.translate.files import translate_files
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.query_template import parameterised
from smartroute_runbook.translate.rewrite import translate
from smartroute_runbook.translate.schema import Schema

SCHEMA = Schema.of({"lake.trips": {"id": "bigint", "hour": "int", "stop": "string", "route": "string", "day": "date"}})
QUERY = """-- Trips at a stop.
-- :stop text(12) = 127N
-- :from_hour int -3..23 = 5
-- :day date = 2026-11-28
-- :route one of A, C, E = A
SELECT route, COUNT_IF(hour >= :from_hour) AS late, date_diff('day', day, :day) AS ago
FROM lake.trips
WHERE stop = :stop AND day <= :day AND route <> :route AND stop <> ':stop' -- :stop is no parameter here
GROUP BY route, date_diff('day', day, :day)
ORDER BY route, ago"""


def translated(sql):
    return translate(sql, SCHEMA, name="query")


def template(sql=QUERY):
    return parameterised(sql, translated)


def tree(sql):
    parsed = sqlglot.parse_one(sql, read="redshift")
    for node in parsed.walk():
        node.comments = None
    return parsed


def test_its_text_keeps_its_parameters_with_their_declarations():
    text = template()
    assert text.startswith("-- :stop text(12) = 127N\n-- :from_hour int -3..23 = 5\n-- :day date = 2026-11-28\n")
    assert text.count(":day") == 4
    assert "':stop'" in text
    assert "DATEDIFF" in text  # translated, not the source
    assert tree(with_defaults(text)) == tree(translated(with_defaults(QUERY)).sql)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\\"), max_size=12)


@given(
    WORDS, st.integers(-3, 23), st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.sampled_from(["A", "C", "E"])
)  # fmt: skip
def test_for_every_value_it_is_the_translation_of_that_query(stop, hour, day, route):
    values = {"stop": stop, "from_hour": str(hour), "day": day.isoformat(), "route": route}
    assert tree(bind(TEMPLATE, values)) == tree(translated(bind(QUERY, values)).sql)


TEMPLATE = template()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("-- :p text(9) = x\nSELECT 1 AS one", "declared and not used"),
        # value-dependent: a pattern is rewritten by what is in it
        ("-- :p text(9) = a\nSELECT id FROM lake.trips WHERE regexp_like(stop, :p)", "parameter|value"),
        ("-- :p text(9) = %Y\nSELECT date_format(day, :p) AS d FROM lake.trips", "parameter|value"),
        ("-- :p text(9) = day\nSELECT date_trunc(:p, day) AS d FROM lake.trips", "parameter|value"),
    ],
)
def test_what_a_rule_looks_into_is_no_parameter(sql, words):
    with pytest.raises(Refusal) as refused:
        template(sql)
    assert refused.match(words)
    assert refused.value.problem.hint


def test_the_command_translates_it_as_week_3_does(tmp_path):
    (tmp_path / "trips.sql").write_text(QUERY)
    (tmp_path / "wrong.sql").write_text("-- :p number = 1\nSELECT :p AS p")
    trips, wrong = translate_files([tmp_path], SCHEMA)
    assert (trips.sql, trips.source) == (TEMPLATE, QUERY)
    assert (wrong.sql, wrong.status) == (None, "refused")
    assert "of type 'number'" in wrong.problems[0].why


def test_a_query_that_declares_none_has_no_template():
    assert template("SELECT id FROM lake.trips") is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-- :p number = 5", "of type 'number', expected int"),
        ("-- :p int 0..23 = 24", "default of parameter 'p' is '24', expected a whole number from 0 to 23"),
        ("-- :p date = 2026-02-30", "expected a date"),
        ("-- :p one of A, B = C", "expected one of A, B"),
        ("-- :p one of A, B\\ = A", "'B.*', expected"),
        ("-- :p int 0..9999999999 = 5", "reaches 9999999999, expected at most 32 bits"),
        ("-- :p int 9..1 = 5", "expected a whole number from 9 to 1"),
        ("-- :p text(300) = x", "300 characters, expected at most 256"),
        ("-- :p int = 1\n-- :p int = 2", "declared twice"),
        ("-- :engine int = 1", "the API's own"),
        ("-- :q int = 1", "'p' is used and not declared"),
    ],
)
def test_a_wrong_declaration_is_named(line, words):
    with pytest.raises(Unbindable, match=words):
        with_defaults(f"{line}\nSELECT :p AS p")


def bound_or_refused(sql, value):
    """The statement, or '' where the value is refused in words."""
    try:
        return bind(sql, {"p": value})
    except BadParameter as error:
        return "" if ", expected " in str(error) else str(error)


@given(st.text(max_size=300))
def test_a_value_is_a_literal_or_refused(value):
    """Whatever is sent: the statement keeps its shape, and holds the value itself."""
    bound = bound_or_refused("-- :p text(200) = x\nSELECT :p AS p, 1 AS one", value)
    for dialect in ("athena", "redshift") if bound else ():
        select = sqlglot.parse_one(bound, read=dialect)
        assert [one.alias for one in select.expressions] == ["p", "one"]
        assert select.expressions[0].this.is_string
        assert select.expressions[0].this.this == value


@given(st.integers() | st.integers(-5, 105))
def test_a_whole_number_is_its_digits_or_refused(value):
    bound = bound_or_refused("-- :p int 0..100 = 1\nSELECT :p AS p", str(value))
    assert bound == (f"SELECT {value} AS p" if 0 <= value <= 100 else "")


@given(st.text(max_size=12))
def test_a_text_is_no_number_and_no_date(value):
    assert bound_or_refused("-- :p date = 2026-01-01\nSELECT :p AS p", value) == ""
    number = bound_or_refused("-- :p int = 1\nSELECT :p AS p", value)
    assert number == "" or re.fullmatch(r"SELECT -?\d+ AS p", number)


@given(st.dates())
def test_a_date_is_a_literal(value):
    assert bound_or_refused("-- :p date = 2026-01-01\nSELECT :p AS p", str(value)) == f"SELECT DATE '{value}' AS p"


def test_what_stands_in_a_literal_is_not_touched():
    sql = "-- :p int = 1\nSELECT :p AS p, 'a\u2028b\x0bc\r\n--:p' AS q, \":p\" AS r /* :p */ -- :p"
    assert bind(sql, {"p": "7"}) == sql.partition("\n")[2].replace(":p", "7", 1)


def test_days_from_the_first_to_the_last():
    sql, day = "-- :p date = 2026-01-01\nSELECT :p AS p", date(1582, 10, 15)
    assert bind(sql, {"p": str(day)}) == "SELECT DATE '1582-10-15' AS p"
    assert bind(sql, {"p": str(day + timedelta(days=1))}).endswith("DATE '1582-10-16' AS p")
