"""A part of a SUPER among texts: with a cast it is its value, without one it says that it cannot be rehearsed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from smartroute_runbook.standins.redshift.database import Database
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statements.dispatch import parse


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    made = Session(Database(SimpleNamespace(), tmp_path_factory.mktemp("db") / "supers.db"), "supers", parse)
    made.execute("CREATE TABLE j (id int, x super)")
    made.execute("""INSERT INTO j SELECT 1, JSON_PARSE('{"s": "abc", "n": 5, "l": [1, 2, 3]}')""")
    return made


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x.s::varchar || 'y'", "abcy"),
        ("upper(CAST(x.s AS varchar))", "ABC"),
        ("len(x.s::varchar)", 3),
        ("x.s::varchar = 'abc'", True),
        ("x.l[2]::int", 3),
        ("x.s IS NULL", False),
    ],
)
def test_a_cast_part_is_its_value(session, expression, value):
    assert session.execute(f"SELECT {expression} FROM j").rows[0][0] == value


@pytest.mark.parametrize(
    "expression",
    [
        "x.s || 'y'", "concat(x.s, 'y')", "upper(x.s)", "len(x.s)", "substring(x.s, 1, 1)", "x.s LIKE 'a%'",
        "x.s = 'abc'", "'abc' <> x.s", "split_part(x.s, 'b', 1)", "regexp_replace(x.s, 'a', '')", "strpos(x.s, 'b')",
        "x.l[-1]",
    ],
)  # fmt: skip
def test_without_a_cast_nothing_is_made_up(session, expression):
    with pytest.raises(SqlError, match="not rehearsable"):
        session.execute(f"SELECT {expression} FROM j")
    session.execute("ROLLBACK")
