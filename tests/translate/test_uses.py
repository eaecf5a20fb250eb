"""The guard's data: every documented limit of use is found by the translator, and taking an entry out is noticed."""

from __future__ import annotations

import pytest
from support.translate_lab import schema

from smartroute_runbook.sqlfacts.redshift import missing_uses, reserved_words, window_functions
from smartroute_runbook.translate import translate, uses

SCHEMA = schema()
SORTED = "SELECT ok, LISTAGG(s, ',') WITHIN GROUP (ORDER BY id) AS v, {} AS w FROM samples GROUP BY ok"
INNER = "SELECT id FROM samples AS s WHERE n {}"
KINDS = {
    "window": "SELECT BIT_AND(n) OVER () AS v FROM samples".replace("BIT_AND", "bitwise_and_agg"),
    "distinct-window": "SELECT COUNT(DISTINCT s) OVER () AS v FROM samples",
    "one-order": SORTED.format("LISTAGG(s, ',') WITHIN GROUP (ORDER BY n)"),
    "sorted-distinct": SORTED.format("COUNT(DISTINCT n)"),
    "correlated-on": "SELECT samples.id FROM samples LEFT JOIN routes ON routes.fare = "
    "(SELECT MAX(q.fare) FROM routes AS q WHERE q.id = samples.id)",
    "correlated-level": INNER.format("> (SELECT a.v FROM (SELECT r.id AS v FROM routes AS r WHERE r.id = s.id) AS a)"),
    "correlated-window": INNER.format("IN (SELECT SUM(r.id) OVER () FROM routes AS r WHERE r.id = s.id)"),
    "correlated-group": INNER.format("IN (SELECT COUNT(r.id) FROM routes AS r WHERE r.id = s.id GROUP BY r.name)"),
    "correlated-grouped-result": "SELECT (SELECT COUNT(r.id) FROM routes AS r WHERE r.id = s.id) AS k FROM samples s "
    "GROUP BY 1",
    "full-join": "SELECT samples.id FROM samples FULL JOIN routes ON samples.id < routes.id",
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


@pytest.mark.parametrize("name", ["SUM", "AVG", "COUNT", "MIN", "MAX", "RANK", "ROW_NUMBER", "LAG", "NTILE"])
def test_a_window_function_left_out_of_the_data_is_noticed(name, monkeypatch):
    argument = {"RANK": "", "ROW_NUMBER": "", "NTILE": "3"}.get(name, "n")
    frame = "" if name in ("SUM", "AVG", "COUNT", "MIN", "MAX") else "ORDER BY id"
    sql = f"SELECT {name}({argument}) OVER ({frame}) AS v FROM samples"
    assert translate(sql, SCHEMA).sql
    rest = {each: page for each, page in window_functions().items() if each != name}
    monkeypatch.setattr(uses, "window_functions", lambda: rest)
    assert translate(sql, SCHEMA).problems[0].rule == "guard"


@pytest.mark.parametrize("word", ["encrypt", "start", "connect", "tag", "user", "timestamp", "snapshot"])
def test_reserved_words_are_quoted(word):
    assert word in reserved_words()
    assert f'AS "{word}"' in translate(f'SELECT id AS "{word}" FROM samples', SCHEMA).sql
    if word not in ("user", "timestamp"):
        assert (
            f'"{word}"'
            in translate(f"SELECT t.id FROM samples AS {word} JOIN samples AS t ON t.id = {word}.id", SCHEMA).sql
        )
