"""Any set of .sql files: folders, odd files, a schema from a file or Glue, what is written, and odd SQL."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.translate_lab import schema

from smartroute_runbook.cli import cli
from smartroute_runbook.errors import UsageError
from smartroute_runbook.measure.glue_schema import read_schema
from smartroute_runbook.translate import translate, translate_files, write_files

SCHEMA = schema()
TABLES = "shop.orders: {id: bigint, amount: 'decimal(10,2)', placed: date, note: string}\n"
STATES = ("unchanged", "rewritten", "refused", "invalid-source")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "schema.yaml").write_text(TABLES)
    queries = tmp_path / "queries" / "deeper"
    queries.mkdir(parents=True)
    (queries / "mean.sql").write_text("SELECT AVG(id) AS mean FROM shop.orders;\n")
    (queries / "top.sql").write_text("SELECT CORR(id, amount) AS top FROM orders")
    (queries / "mark.sql").write_bytes("\ufeffSELECT 'é' AS mark".encode())
    (queries / "latin.sql").write_bytes("SELECT 'é' AS mark".encode("latin-1"))
    (queries / "empty.sql").write_text("")
    (queries / "two.sql").write_text("SELECT 1; SELECT 2")
    return tmp_path


def invoke(*arguments: object):
    return CliRunner().invoke(cli, ["translate", *map(str, arguments)], standalone_mode=False)


def test_a_folder_is_its_sql_files(folder):
    found = translate_files([folder / "queries"], read_schema(str(folder / "schema.yaml")))
    assert {one.name: one.status for one in found} == {
        "empty": "invalid-source",
        "latin": "invalid-source",
        "mark": "unchanged",
        "mean": "rewritten",
        "top": "refused",
        "two": "invalid-source",
    }
    assert all(problem.hint for one in found for problem in one.problems)
    (folder / "none").mkdir()
    with pytest.raises(UsageError, match=r"holds no \.sql file"):
        translate_files([folder / "none"], read_schema(str(folder / "schema.yaml")))


def test_what_is_written_is_sql_and_a_page_without_network(folder):
    answer = invoke(folder / "queries", "--schema", folder / "schema.yaml", "--out", folder / "made")
    assert answer.return_value == 1
    assert sorted(path.name for path in (folder / "made").iterdir()) == ["mark.sql", "mean.sql", "report.html"]
    assert "DOUBLE PRECISION" in (folder / "made" / "mean.sql").read_text()
    page = (folder / "made" / "report.html").read_text()
    assert "2 of 6 queries are ready for Redshift" in page
    assert "<script" not in page
    assert "avg-integer" in page
    told = json.loads(invoke(folder / "queries", "--schema", folder / "schema.yaml", "--json").stdout)
    assert [one["name"] for one in told] == ["empty", "latin", "mark", "mean", "top", "two"]


def test_two_queries_of_one_name_are_not_written_over_each_other(folder):
    (folder / "mean.sql").write_text("SELECT 1 AS one")
    found = translate_files([folder / "queries", folder / "mean.sql"], read_schema(str(folder / "schema.yaml")))
    with pytest.raises(UsageError, match="two queries are called mean"):
        write_files(found, folder / "made")


def test_the_schema_may_come_from_glue(stack, tmp_path, monkeypatch):
    for name, value in stack.environ().items():
        monkeypatch.setenv(name, value)
    query = tmp_path / "mean.sql"
    query.write_text("SELECT AVG(arrival_delay_seconds) AS mean FROM vehicles")
    (found,) = translate_files([query], read_schema("glue:smartroute_analytics"))
    assert found.status == "rewritten"
    with pytest.raises(Exception, match="nowhere"):
        translate_files([query], read_schema("glue:nowhere"))


ODD = {
    "comment at the end": "SELECT s FROM samples -- last",
    "comment within": "SELECT /* a */ s /* b */ FROM samples WHERE /* c */ n > 1 -- d",
    "nested comment marks": "SELECT '-- no comment' AS a, '/* nor this */' AS b FROM samples",
    "quoted identifiers": 'SELECT "s" AS "A b", "n" AS "select" FROM "lab"."samples"',
    "unicode names": 'SELECT s AS "größe", n AS "数" FROM samples',
    "unicode text": "SELECT u || '🚇' AS v FROM samples WHERE u = 'naïve'",
    "quotes in text": "SELECT 'it''s' AS a, '\"' AS b, '`' AS c, '\\' AS d, '$x$ :y %s {z}' AS e FROM samples",
    "deep parentheses": "SELECT " + "(" * 60 + "n" + ")" * 60 + " AS v FROM samples",
    "many terms": "SELECT " + " + ".join(["n"] * 300) + " AS v FROM samples",
    "deep functions": "SELECT " + "coalesce(" * 80 + "n" + ", 0)" * 80 + " AS v FROM samples",
    "huge list": "SELECT s FROM samples WHERE n IN (" + ", ".join(map(str, range(5000))) + ")",
    "many unions": " UNION ALL ".join(["SELECT n AS v FROM samples"] * 150),
    "many conditions": "SELECT s FROM samples WHERE " + " OR ".join(f"n = {n}" for n in range(500)),
    "deep subqueries": "SELECT n FROM " + "(SELECT n FROM " * 30 + "samples" + ") AS t" * 30,
    "hopeless depth": "SELECT " + "(" * 5000 + "n" + ")" * 5000 + " AS v FROM samples",
    "only white space": " \t\n\r ",
    "windows lines": "SELECT s\r\nFROM samples\r\n",
    "semicolons": ";;SELECT s FROM samples;;",
    "nul": "SELECT '\0' AS v FROM samples",
    "control characters": "SELECT '\x01\x1b[31m' AS v FROM samples",
    "bidi": "SELECT s FROM samples WHERE s = '\u202eabc'",
    "jinja": "SELECT {{ column }} FROM {% if x %}samples{% endif %}",
    "parameters": "SELECT s FROM samples WHERE n = ?",
    "named parameters": "SELECT s FROM samples WHERE n = :n",
    "hint": "SELECT /*+ BROADCAST(x) */ s FROM samples",
    "insert": "INSERT INTO samples SELECT * FROM samples",
    "prepared": "EXECUTE q USING 1",
    "explain": "EXPLAIN SELECT s FROM samples",
    "huge number": "SELECT 123456789012345678901234567890123456789012345 AS v FROM samples",
    "long text": f"SELECT '{'x' * 200_000}' AS v FROM samples",
    "empty names": 'SELECT s AS "" FROM samples',
}


IMPOSSIBLE = {
    "only white space": "no query in it", "nul": "NUL", "jinja": "line 1: {",
    "prepared": "EXECUTE is a statement", "huge number": "64 bits", "empty names": "empty",
    "hopeless depth": "too deeply",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_sql_is_translated_or_said_to_be_impossible(name):
    made = translate(ODD[name], SCHEMA, name=name)
    assert made.status in STATES
    assert (made.sql is None) == bool(made.problems) == (name in IMPOSSIBLE)
    assert IMPOSSIBLE.get(name, "") in "".join(problem.why for problem in made.problems)
    assert made.view().title
    json.dumps(made.as_json())


@pytest.mark.parametrize(
    "name", ["quotes in text", "unicode text", "nested comment marks", "quoted identifiers", "bidi"]
)
def test_texts_and_names_come_through_as_they_are(name):
    made = translate(ODD[name], SCHEMA)
    if made.sql is None:
        return
    for word in ("it''s", "🚇", "naïve", "-- no comment", "/* nor this */", '"A b"', '"select"', "\u202eabc"):
        assert (word in ODD[name]) == (word in made.sql)


def test_a_backslash_is_written_for_each_engine():
    made = translate("SELECT '\\' AS a, 'c:\\d' AS b FROM samples", SCHEMA)
    assert made.status == "rewritten"
    assert "'\\\\' AS a, 'c:\\\\d' AS b" in " ".join(made.sql.split())


def test_broken_texts_never_raise():
    """Queries of the collection, cut, doubled and stirred."""
    chance = random.Random(1)
    texts = [path.read_text() for path in sorted((Path(__file__).parent / "queries").glob("*.sql"))]
    for _ in range(600):
        text = list(chance.choice(texts))
        for _ in range(chance.randrange(1, 4)):
            start = chance.randrange(len(text) or 1)
            end = min(len(text), start + chance.randrange(1, 12))
            piece = text[start:end]
            text[start:end] = chance.choice(
                [[], piece * 2, piece[::-1], list(chance.choice("()'\",;*.[]{}\\\0é\n -/"))]
            )
        made = translate("".join(text), SCHEMA)
        assert made.status in STATES
        assert (made.sql is None) == bool(made.problems)
