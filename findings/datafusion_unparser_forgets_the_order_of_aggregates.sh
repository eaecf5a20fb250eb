#!/usr/bin/env bash
# DataFusion's unparser writes last_value(status ORDER BY id) as last_value(status), and moves the LIMIT of a branch to the whole UNION.
#
# With: datafusion 55.0.0 (datafusion.unparser), the SQL run by DataFusion itself and by duckdb 2.0.1.
# Expected: plan_to_sql gives SQL that means the plan, and says what it cannot write; it does raise for some plans.
# Seen: ORDER BY inside an aggregate is left out: the latest status becomes that of some row, string_agg and
#   array_agg lose their order. "(... LIMIT 1) UNION ALL (... LIMIT 1)" loses its parentheses for DuckDB's dialect: one row instead of
#   two. From the optimized plan IS NOT DISTINCT FROM in a join becomes =, and the pairs of NULLs are gone.
# Hurts: federation: engines built on DataFusion use this unparser to send a part of the query to another database, which then
#   answers another question without an error.
# Instead: send the SQL that you had; else compare the answers of both texts on rows with ties and NULLs before trusting one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 duckdb==2.0.1
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
from datafusion import SessionContext
from datafusion.unparser import Dialect, Unparser

TABLES = (
    """CREATE TABLE updates AS SELECT * FROM (VALUES
        (3, 'F', 'arrived'), (4, NULL, 'planned'), (1, 'F', 'planned'), (2, 'F', 'late')) AS v (id, route, status)""",
    "CREATE TABLE routes AS SELECT * FROM (VALUES ('F', 'Culver'), (NULL, 'none')) AS v (route, name)",
)
ONE = "SELECT id FROM updates ORDER BY id"
QUERIES = (
    ("SELECT last_value(status ORDER BY id) FROM updates WHERE route = 'F'", False),
    ("SELECT string_agg(status, ' > ' ORDER BY id) FROM updates WHERE route = 'F'", False),
    (f"({ONE} LIMIT 1) UNION ALL ({ONE} DESC LIMIT 1)", False),
    ("SELECT name FROM updates JOIN routes ON updates.route IS NOT DISTINCT FROM routes.route", True),
    ("SELECT max(status) FROM updates WHERE route = 'F'", True),
)
engine, other = SessionContext(), duckdb.connect()
for table in TABLES:
    engine.sql(table).collect()
    other.execute(table)
print("datafusion", datafusion.__version__, "duckdb", duckdb.__version__)


def by_datafusion(query: str) -> list:
    batches = engine.sql(query).collect()
    return sorted(value for batch in batches for value in batch.column(0).to_pylist())


def by_duckdb(query: str) -> list:
    return sorted(row[0] for row in other.execute(query).fetchall())


def answer(ask, query: str) -> list | str:
    try:
        return ask(query)
    except Exception as error:
        return f"an error ({str(error).splitlines()[0][:60]})"


changed = []
for query, optimized in QUERIES:
    frame = engine.sql(query)
    plan = frame.optimized_logical_plan() if optimized else frame.logical_plan()
    text, for_duckdb = Unparser(Dialect.default()).plan_to_sql(plan), Unparser(Dialect.duckdb()).plan_to_sql(plan)
    meant, again, duck = by_datafusion(query), answer(by_datafusion, text), answer(by_duckdb, for_duckdb)
    wrong = tuple(isinstance(each, list) and each != meant for each in (again, duck))
    print("asked  ", query, meant)
    print("written", for_duckdb)
    print("        DataFusion", again, " DuckDB", duck, " <- not what was asked" if any(wrong) else "")
    changed.append(wrong)
    straight = answer(by_duckdb, query)
    if straight != meant and "last_value" not in query:  # which DuckDB has for windows only
        raise SystemExit("no longer so: DuckDB answers the query itself otherwise")
if changed != [(True, False), (True, True), (False, True), (True, True), (False, False)]:
    raise SystemExit(f"no longer so: {changed}")
PY
