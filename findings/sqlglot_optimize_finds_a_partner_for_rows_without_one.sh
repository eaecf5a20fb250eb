#!/usr/bin/env bash
# After sqlglot's optimize() every trip of a LEFT JOIN was "seen", and NOT (late OR first) is NOT late OR first: other rows.
#
# With: sqlglot 30.30.0 (optimizer.optimize with all its rules, and with each of the two at fault), both queries run by duckdb 2.0.1.
# Expected: an optimizer rewrites a query into one with the same result.
# Seen: merge_subqueries puts what a joined subquery computes in place of its column, also on the side that an outer join fills up with
#   NULL: "LEFT JOIN (SELECT trip, 'seen' AS s ...)" is 'seen' in each row, COALESCE(wait, 0) is 0 for trips that were never there,
#   "WHERE s IS NULL" finds no row, count(s) counts all. It forgets parentheses under NOT, IS NULL and "=": NOT of a merged OR negates its
#   first half only. unnest_subqueries makes FALSE of "NULL IN (...)" in a SELECT, and NULL of "60 IN (no row)".
# Hurts: whoever normalises, compares or runs queries after optimize(): "are these two queries the same", caches by canonical SQL.
#   Not who only calls qualify(), and not sqlglot.executor, which leaves joined subqueries alone.
# Instead: rules=[rule for rule in RULES if rule not in (merge_subqueries, unnest_subqueries)].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import duckdb
from sqlglot.optimizer import RULES, optimize
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.unnest_subqueries import unnest_subqueries

SCHEMA = {"trips": {"id": "int", "route": "text", "late": "int"}, "stops": {"trip": "int", "wait": "int"}}
SEEN = "FROM trips AS t LEFT JOIN (SELECT trip, {} AS s FROM stops) AS s ON s.trip = t.id"
EITHER = "FROM (SELECT id, late > 0 OR route = 'A' AS e FROM trips) AS t"
QUERIES = {  # with what the query says, and what it says after optimize()
    f"SELECT t.id, s.s {SEEN.format(repr('seen'))}": (
        [(1, "seen"), (2, "seen"), (3, None), (4, None)],
        [(1, "seen"), (2, "seen"), (3, "seen"), (4, "seen")],
    ),
    f"SELECT t.id, s.s {SEEN.format('COALESCE(wait, 0)')}": (
        [(1, 3), (2, 0), (3, None), (4, None)],
        [(1, 3), (2, 0), (3, 0), (4, 0)],
    ),
    f"SELECT t.id {SEEN.format('1')} WHERE s.s IS NULL": ([(3,), (4,)], []),
    f"SELECT count(s.s) AS n {SEEN.format('TRUE')}": ([(2,)], [(4,)]),
    f"SELECT id, NOT e AS n {EITHER}": (
        [(1, False), (2, False), (3, True), (4, None)],
        [(1, True), (2, False), (3, True), (4, True)],
    ),
    f"SELECT id, e IS NULL AS n {EITHER}": (
        [(1, False), (2, False), (3, False), (4, True)],
        [(1, False), (2, True), (3, False), (4, True)],
    ),
    "SELECT id, late IN (SELECT wait FROM stops WHERE trip = trips.id) AS e FROM trips": (
        [(1, False), (2, None), (3, False), (4, False)],
        [(1, False), (2, False), (3, None), (4, None)],
    ),
}
connection = duckdb.connect()
connection.execute("CREATE TABLE trips AS FROM (VALUES (1, 'A', -5), (2, 'B', 7), (3, 'B', -9), (4, NULL, -1)) AS t(id, route, late)")
connection.execute("CREATE TABLE stops AS FROM (VALUES (1, 3), (2, NULL)) AS t(trip, wait)")


def answer(query: str) -> list[tuple[object, ...]]:
    return connection.execute(f"FROM ({query}) ORDER BY ALL").fetchall()


def optimized(query: str, rules: list[object]) -> str:
    return optimize(query, schema=SCHEMA, dialect="duckdb", rules=rules).sql("duckdb")


without = [rule for rule in RULES if rule not in (merge_subqueries, unnest_subqueries)]
print("sqlglot", version("sqlglot"), "duckdb", duckdb.__version__)
for query, (meant, seen) in QUERIES.items():
    after = optimized(query, RULES)
    print(f"{query}\n    {answer(query)}\n{after}\n    {answer(after)}\n")
    if answer(query) != meant or answer(optimized(query, without)) != meant:
        raise SystemExit("the query, or the other rules, say something else")
    if answer(after) != seen:
        raise SystemExit("no longer so")
PY
