"""The guard's data: every documented limit of use is found by the translator, and taking an entry out is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from sqlglot import parse_one
from sqlglot.dialects.redshift import Redshift
from support.translate_lab import schema

from smartroute_runbook.sqlfacts.redshift import (
    BARE_FUNCTIONS,
    allowed_functions,
    functions,
    missing_syntax,
    missing_uses,
    reserved_words,
    window_functions,
)
from smartroute_runbook.standins.redshift.sql.types import RESERVED
from smartroute_runbook.translate import guard, translate, uses
from smartroute_runbook.translate.rules import names

SCHEMA = schema()
SORTED = "SELECT ok, LISTAGG(s, ',') WITHIN GROUP (ORDER BY id) AS v, {} AS w FROM samples GROUP BY ok"
INNER = "SELECT id FROM samples AS s WHERE n {}"
KINDS = {
    "window": "SELECT BIT_AND(n) OVER () AS v FROM samples".replace("BIT_AND", "bitwise_and_agg"),
    "distinct-window": "SELECT COUNT(DISTINCT s) OVER () AS v FROM samples",
    "one-order": SORTED.format("LISTAGG(s, ',') WITHIN GROUP (ORDER BY n)"),
    "compute-only": "SELECT LISTAGG(k, ',') WITHIN GROUP (ORDER BY k) AS v FROM (VALUES 'a', 'b') AS t (k)",
    "sorted-distinct": SORTED.format("COUNT(DISTINCT n)"),
    "super-outer": "SELECT n.place.lat AS v FROM routes AS r RIGHT JOIN nested AS n ON r.name = n.trip_id",
    "correlated-on": "SELECT samples.id FROM samples LEFT JOIN routes ON routes.fare = "
    "(SELECT MAX(q.fare) FROM routes AS q WHERE q.id = samples.id)",
    "correlated-level": INNER.format("> (SELECT a.v FROM (SELECT r.id AS v FROM routes AS r WHERE r.id = s.id) AS a)"),
    "correlated-window": INNER.format("IN (SELECT SUM(r.id) OVER () FROM routes AS r WHERE r.id = s.id)"),
    "correlated-group": INNER.format("IN (SELECT COUNT(r.id) FROM routes AS r WHERE r.id = s.id GROUP BY r.name)"),
    "correlated-grouped-result": "SELECT (SELECT COUNT(r.id) FROM routes AS r WHERE r.id = s.id) AS k FROM samples s "
    "GROUP BY 1",
    "full-join": "SELECT samples.id FROM samples FULL JOIN routes ON samples.id < routes.id",
    "constant-order": "SELECT RANK() OVER (PARTITION BY ok ORDER BY 1) AS v FROM samples",
    "set-order": "SELECT id AS a FROM samples UNION SELECT id FROM routes ORDER BY a + 1",
}
IN_RULES = {"lag-default", "group-distinct"}  # a rule or the reading comes before the guard


def test_every_kind_is_tried_and_names_its_page():
    assert set(KINDS) | IN_RULES == set(missing_uses())
    assert all(use.source.startswith("https://") and use.hint for use in missing_uses().values())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_and_missed_when_its_check_is_switched_off(kind, monkeypatch):
    use = missing_uses()[kind]
    start = use.why.split("{what}")[-1]

    def told():
        result = translate(KINDS[kind], SCHEMA)
        return any(start in finding.why for finding in (*result.problems, *result.notes))

    assert told()
    whole = uses.found_kinds
    monkeypatch.setattr(uses, "found_kinds", lambda *trees: {k: None for k in whole(*trees) if k[0] != kind})
    assert not told()


AGGREGATES = [
    "SUM",
    "AVG",
    "COUNT",
    "MIN",
    "MAX",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "VARIANCE",
    "VAR_POP",
    "VAR_SAMP",
]
RANKS = {"RANK": "", "DENSE_RANK": "", "PERCENT_RANK": "", "CUME_DIST": "", "ROW_NUMBER": "", "NTILE": "3", "LAG": "n",
         "LEAD": "n", "FIRST_VALUE": "n", "LAST_VALUE": "n", "NTH_VALUE": "n, 2"}  # fmt: skip
# No translation uses them before OVER; MEDIAN and the rest are Redshift's own.
UNUSED = {"LISTAGG", "MEDIAN", "PERCENTILE_CONT", "PERCENTILE_DISC", "RATIO_TO_REPORT"}
OTHER_NAMES = {"STDDEV_SAMP": "STDDEV", "VAR_SAMP": "VARIANCE"}  # as sqlglot writes them


def over(name: str) -> str:
    """A query with a function before OVER."""
    frame = "ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" if name.endswith("_VALUE") else "ORDER BY id"
    call = f"{name}(n) OVER ()" if name in AGGREGATES else f"{name}({RANKS[name]}) OVER ({frame})"
    return f"SELECT {call} AS v FROM samples"


def test_the_window_functions_are_those_of_the_page():
    assert {*AGGREGATES, *RANKS, *UNUSED} == set(window_functions())


@pytest.mark.parametrize("name", [*AGGREGATES, *RANKS])
def test_a_window_function_left_out_of_the_data_is_noticed(name, monkeypatch):
    assert translate(over(name), SCHEMA).sql
    without = {name, OTHER_NAMES.get(name, name)}
    rest = {each: page for each, page in window_functions().items() if each not in without}
    monkeypatch.setattr(uses, "window_functions", lambda: rest)
    assert translate(over(name), SCHEMA).problems[0].rule == "guard"


def written() -> dict[str, str]:
    """The functions that translations call, each with a query whose translation does."""
    folder = Path(__file__).parent
    found: dict[str, str] = {}
    for name in ("rules.yaml", "attacks.yaml"):
        cases = yaml.safe_load((folder / name).read_text(encoding="utf-8")).values()
        for case in [each for held in cases for each in (held if isinstance(held, list) else [held])]:
            made = translate(case["sql"], SCHEMA).sql
            found |= dict.fromkeys(guard._called(made) if made else (), case["sql"])
    return found


WRITTEN = written()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_function_left_out_of_the_data_is_noticed(name, monkeypatch):
    assert name in allowed_functions()
    monkeypatch.setattr(guard, "allowed_functions", lambda: allowed_functions() - {name})
    monkeypatch.setattr(guard, "functions", lambda: {k: v for k, v in functions().items() if k != name})
    assert translate(WRITTEN[name], SCHEMA).problems[0].rule == "guard"


def test_translations_call_many_functions():
    assert len(WRITTEN) > 50


def test_the_stand_in_s_own_list_of_words_is_the_same():
    """Two readings of r_pg_keywords: a word that one of them lacks is noticed."""
    assert reserved_words() >= RESERVED
    assert reserved_words() - RESERVED <= {"start", "connect"}  # no reserved words, but fail as an alias


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_every_reserved_word_is_quoted_and_was_not_without_its_entry(word, monkeypatch):
    sql = f'SELECT q."{word}" AS v FROM (SELECT id AS "{word}" FROM samples) AS q'
    plain = f"SELECT q.{word} AS v FROM (SELECT id AS {word} FROM samples) AS q"
    assert f'q."{word}"' in translate(sql, SCHEMA).sql
    unquoted = translate(plain, SCHEMA)
    if unquoted.sql is None:  # reserved on Athena too
        return
    assert f'q."{word}"' in unquoted.sql
    monkeypatch.setattr(names, "RESERVED", reserved_words() - {word})
    assert translate(plain, SCHEMA) != unquoted or word in Redshift.generator_class.RESERVED_KEYWORDS


@pytest.mark.parametrize("word", ["encrypt", "start", "connect", "tag", "user", "timestamp", "snapshot"])
def test_reserved_words_are_quoted(word):
    assert word in reserved_words()
    assert f'AS "{word}"' in translate(f'SELECT id AS "{word}" FROM samples', SCHEMA).sql
    if word not in ("user", "timestamp"):
        assert (
            f'"{word}"'
            in translate(f"SELECT t.id FROM samples AS {word} JOIN samples AS t ON t.id = {word}.id", SCHEMA).sql
        )


FORBIDDEN = {
    "Filter": "SELECT COUNT(*) FILTER (WHERE id > 1) AS v FROM samples",
    "Lambda": "SELECT TRANSFORM(x, e -> e + 1) AS v FROM samples",
    "MatchRecognize": "SELECT * FROM samples MATCH_RECOGNIZE (ORDER BY id PATTERN (a) DEFINE a AS id > 1)",
    "TableSample": "SELECT id FROM samples TABLESAMPLE BERNOULLI (10)",
    "Try": "SELECT TRY(1 / id) AS v FROM samples",
    "NullSafeEQ": "SELECT id IS NOT DISTINCT FROM n AS v FROM samples",
    "NullSafeNEQ": "SELECT id IS DISTINCT FROM n AS v FROM samples",
    "Unnest": "SELECT v FROM UNNEST(ARRAY[1, 2]) AS t (v)",
    "ArrayAgg": "SELECT ARRAY_AGG(id) AS v FROM samples",
    "ArgMax": "SELECT MAX_BY(id, n) AS v FROM samples",
    "ArgMin": "SELECT MIN_BY(id, n) AS v FROM samples",
}


def test_the_forbidden_syntax_is_all_tried_and_names_its_page():
    assert set(FORBIDDEN) == set(missing_syntax()) == set(guard.forbidden_syntax())
    assert all(each.source.startswith("https://") and each.hint for each in missing_syntax().values())


@pytest.mark.parametrize("node", FORBIDDEN)
def test_forbidden_syntax_is_found_and_missed_without_its_entry(node, monkeypatch):
    tree = parse_one(FORBIDDEN[node], read="trino")

    def told() -> bool:
        return any(breach.kind == "syntax" and breach.what == node for breach in guard.breaches("SELECT 1", tree))

    assert told()
    rest = {name: breach for name, breach in guard.forbidden_syntax().items() if name != node}
    monkeypatch.setattr(guard, "forbidden_syntax", lambda: rest)
    assert not told()


@pytest.mark.parametrize("name", sorted(n for n, each in functions().items() if each.leader_only))
def test_what_runs_on_the_leader_only_is_refused(name):
    kinds = {breach.kind for breach in guard.breaches(f"SELECT {name}(id) AS v FROM samples")}
    assert kinds == {"leader-only"}
    assert name not in allowed_functions()


@pytest.mark.parametrize("name", sorted(BARE_FUNCTIONS))
def test_functions_without_parentheses_are_seen(name):
    assert [breach.what for breach in guard.breaches(f"SELECT {name} AS v")] in ([], [name])
    assert guard._called(f"SELECT {name} AS v") == [name]


def test_what_is_called_without_parentheses_is_the_list():
    assert {"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"} == BARE_FUNCTIONS
