#!/usr/bin/env bash
# In Opteryx "route NOT IN ('A', 'B')" keeps the trips with no route, "late = NULL" finds those with no value, COUNT(DISTINCT) counts them.
#
# With: opteryx 0.26.8, pyarrow 26.0.1 (the Parquet file); duckdb 2.0.1 on the same file and queries.
# Expected: a comparison with NULL is NULL, WHERE leaves such rows out, NOT of NULL is NULL, and the aggregates of a column skip NULLs,
#   with DISTINCT too.
# Seen: a list of two keeps NULLs, NOT IN ('B') and <> do not: excluding one more finds one more. NOT (late > 0 AND route = 'A') leaves
#   the row out whose late is NULL and route B, for which it is true. COUNT(DISTINCT route) is one more than there are routes. SELECT
#   DISTINCT late > 0 has FALSE twice and no NULL. late / 7 of NULL is NaN, and a sum over it is NaN as well.
# Hurts: counts of routes and vehicles are one too high, "all but" filters hold the unknown, averages of a ratio are NaN.
# Instead: route NOT IN (...) AND route IS NOT NULL; COUNT over a subquery with DISTINCT and IS NOT NULL; filter NULLs before dividing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opteryx==0.26.8 pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import duckdb
import opteryx
import pyarrow as pa
import pyarrow.parquet as pq

trips = {"id": [1, 2, 3, 4, 5], "route": ["A", "B", None, "A", "C"], "late": [60, None, 0, -30, 120]}
pq.write_table(pa.table(trips), "trips.parquet")
QUERIES = {
    "SELECT id FROM 'trips.parquet' WHERE route <> 'B'": None,
    "SELECT id FROM 'trips.parquet' WHERE route NOT IN ('B')": None,
    "SELECT id FROM 'trips.parquet' WHERE route NOT IN ('A', 'B')": 0,
    "SELECT id FROM 'trips.parquet' WHERE late = NULL OR late = 60": 0,
    "SELECT id FROM 'trips.parquet' WHERE NOT (late > 0 AND route = 'A')": 0,
    "SELECT COUNT(DISTINCT route) FROM 'trips.parquet'": 0,
    "SELECT COUNT(route) FROM 'trips.parquet'": None,
    "SELECT DISTINCT late > 0 FROM 'trips.parquet'": 0,
    "SELECT id, late / 8 FROM 'trips.parquet'": 0,
    "SELECT SUM(late / 8) FROM 'trips.parquet'": 0,
    "SELECT SUM(late) FROM 'trips.parquet'": None,
}
print("opteryx", version("opteryx"), "duckdb", duckdb.__version__)
seen, others = {}, {}
for query in QUERIES:
    table = opteryx.query(query).arrow()
    seen[query] = sorted(zip(*(column.to_pylist() for column in table.columns)), key=str)
    others[query] = sorted(duckdb.sql(query).fetchall(), key=str)
    print(f"{query}\n    Opteryx {seen[query]}\n    DuckDB  {others[query]}")
for query, wrong in QUERIES.items():
    if (str(seen[query]) == str(others[query])) != (wrong is None):
        raise SystemExit(f"no longer so: {query}")
PY
