#!/usr/bin/env bash
# In Daft CASE WHEN late THEN 'late' WHEN late IS NULL THEN 'unknown' ELSE 'on time' END is NULL where late is NULL.
#
# With: daft 0.7.26; for comparison duckdb 2.0.1 and polars 2.1.0.
# Expected: a condition that is NULL is not met, as one that is false: the next branch is asked, and at last ELSE. No CASE with
#   an ELSE of texts is NULL.
# Seen: the first condition that is NULL decides: the result is NULL, no later branch is looked at, not even IS NULL. So does
#   daft.functions.when(...).otherwise(...). Of the same kind: WHERE late IS NOT TRUE leaves the NULLs out, NOT IN finds rows
#   although its list of the subquery holds a NULL, and a correlated count(*) of nothing is NULL and not 0.
# Hurts: whoever classifies rows: groups and shares lose the rows with missing values, and the branch written for them is dead.
# Instead: put the IS NULL branch first, or coalesce(late, false) in each condition.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 duckdb==2.0.1 polars==2.1.0 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import daft
import duckdb
import polars as pl
import pyarrow as pa
from daft import col, lit
from daft.functions import when

trips = pa.table({"id": [1, 2, 3], "late": [True, None, False], "route": ["F", None, "T"]})
closed = pa.table({"route": ["F", None]})
connection = duckdb.connect()
for name, table in (("trips", trips), ("closed", closed)):
    connection.register(name, table)
QUERIES = (
    "SELECT CASE WHEN late THEN 'late' WHEN late IS NULL THEN 'unknown' ELSE 'on time' END AS x FROM trips ORDER BY id",
    "SELECT CASE WHEN late THEN 'late' ELSE 'not known to be late' END AS x FROM trips ORDER BY id",
    "SELECT id AS x FROM trips WHERE late IS NOT TRUE ORDER BY id",
    "SELECT id AS x FROM trips WHERE route NOT IN (SELECT route FROM closed) ORDER BY id",
    "SELECT (SELECT count(*) FROM closed WHERE closed.route = trips.route) AS x FROM trips ORDER BY id",
    "SELECT CASE WHEN late IS NULL THEN 'unknown' WHEN late THEN 'late' ELSE 'on time' END AS x FROM trips ORDER BY id",
)
print("daft", daft.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__)
differ = []
for query in QUERIES:
    ours = daft.sql(query, trips=daft.from_arrow(trips), closed=daft.from_arrow(closed)).to_pydict()["x"]
    duck = [row[0] for row in connection.execute(query).fetchall()]
    print(query)
    print("   Daft  ", ours)
    print("   DuckDB", duck)
    differ.append(ours != duck)
labels = when(col("late"), lit("late")).when(col("late").is_null(), lit("unknown")).otherwise(lit("on time"))
chain = daft.from_arrow(trips).select(labels.alias("x")).to_pydict()["x"]
late = pl.col("late")
there = pl.when(late).then(pl.lit("late")).when(late.is_null()).then(pl.lit("unknown")).otherwise(pl.lit("on time"))
print("when().when().otherwise() in Daft  ", chain)
print("                          in polars", pl.from_arrow(trips).select(there).to_series().to_list())
if differ != [True] * 5 + [False] or chain != ["late", None, "on time"]:
    raise SystemExit(f"no longer so: {differ} {chain}")
PY
