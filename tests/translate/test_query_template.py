"""A query with parameters on Redshift: the same parameters, and for every value the very translation of that query."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
import sqlglot
from hypothesis import example, given
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
        # and here by a value between the bounds
        ("-- :p int = 5\nSELECT chr(:p) AS c FROM lake.trips", "':?p|:p = '12|with another value"),
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
        ("-- :q int = 1", "'p' is used and not declared, expected a line such as -- :p"),
        ("-- :p int = 1\n-- :engine int = 1\nSELECT :engine AS e UNION ALL", "the API's own"),
        ("-- :p int = 1\n-- :q int = 1\nSELECT ':q' AS q UNION ALL", "'q' stands in quotes"),
        ("-- :p text(4) = a ", None),
        ("-- :p one of A, B = B ", None),
    ],
)
def test_a_wrong_declaration_is_named(line, words):
    with pytest.raises(Unbindable, match=words) if words else nullcontext():
        with_defaults(f"{line}\nSELECT :p AS p")


COMMENTS = (
    "-- :hour int = 5", "-- :note about = something", "-- :p int = x", "-- :engine int = 1",
    "-- :p int = 1\n-- :p date =",
    "/*\n-- :p int = 1\n*/", "SELECT 'a\n-- :p int = 1\nb' AS q UNION ALL", "SELECT 2 -- :p int = 1\nUNION ALL",
)  # fmt: skip


@pytest.mark.parametrize("comment", COMMENTS)
def test_what_is_somebodys_own_comment_or_literal_stays(comment):
    sql = f"{comment}\nSELECT 1 AS one"
    assert with_defaults(sql) == sql
    assert template(sql) is None
    with pytest.raises(BadParameter, match="unknown parameter 'p'"):
        bind(sql, {"p": "1"})
    beside = f"-- :mine int = 3\n{comment}\nSELECT :mine AS one"
    assert with_defaults(beside) == f"{comment}\nSELECT 3 AS one"


@pytest.mark.parametrize("declaration", ["-- :p int -9..9 = -5", "-- :p text(9) = it's", "-- :p date = 2026-01-01"])
@pytest.mark.parametrize(
    "sql", ["1 -:p", "-:p", "'a':p", "1||:p", "1%:p", "x:p", ":p.5", ":p'a'", "1 +:p+ 1", "f(:p,:p)", ":p::int"]
)
def test_a_value_does_not_run_into_its_neighbours(declaration, sql):
    """Nothing of the statement becomes a comment, a longer number or word, or part of a literal."""

    def tokens(text):
        return [(one.token_type, one.text) for one in sqlglot.tokenize(text, read="redshift")]

    bound = with_defaults(f"{declaration}\nSELECT {sql}, 9")
    value = with_defaults(f"{declaration}\nSELECT :p").removeprefix("SELECT ")
    apart = re.sub(r"(?<!:):p", lambda _: f" {value} ", f"SELECT {sql}, 9")
    assert tokens(bound) == tokens(apart)
    assert tokens(bound)[-1][1] == "9"


@pytest.mark.parametrize("value", ["127N ", " ", "a  "])
def test_blanks_at_the_end_are_refused_as_only_one_engine_counts_them(value):
    with pytest.raises(BadParameter, match="a blank at its end"):
        bind("-- :p text(9) = x\nSELECT :p AS p", {"p": value})


def test_a_small_range_is_tried_whole():
    """A rule that looks at one number of it, or at one pair of numbers."""

    def looks(sql, number):
        return translated(sql.replace("hour", "id") if re.search(number, sql) else sql)

    sql = "-- :p int 0..23 = 5\n-- :q int 0..23 = 5\nSELECT id FROM lake.trips WHERE hour = :p OR hour = :q"
    assert parameterised(sql, translated)
    for number in (r"= 17\b", r"= 11 OR hour = 11\b"):
        with pytest.raises(Refusal, match="translated otherwise"):
            parameterised(sql, lambda text, number=number: looks(text, number))


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


@example("0001-01-01")
@given(st.text(max_size=12))
def test_a_text_is_no_number_and_no_date(value):
    made = bound_or_refused("-- :p date = 2026-01-01\nSELECT :p AS p", value)
    assert made == "" or made == f"SELECT DATE '{date.fromisoformat(value)}' AS p"
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
