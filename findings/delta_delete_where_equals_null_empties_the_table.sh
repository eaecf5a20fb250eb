#!/usr/bin/env bash
# DeltaTable.delete("i = NULL") of delta-rs deletes every row of the table; in SQL it deletes none, and its own update() touches none.
#
# With: deltalake 1.6.6, pyarrow 26.0.1; for comparison datafusion 55.0.0, which it is built on, and duckdb 2.0.1.
# Expected: x = NULL is NULL for every row, and DELETE removes rows for which the predicate is true: 0 rows. So do DuckDB, PostgreSQL and
#   Spark; a careful engineer expects the usual beginner's bug, "nothing was deleted".
# Seen: a predicate that is NULL for all rows, whatever they are, counts as "delete all files": i = NULL, i > NULL, s = NULL,
#   i = CAST(NULL AS BIGINT), NOT NULL: 4 rows of 4, num_deleted_rows = 4, in every partition. NULL alone, i IN (NULL), "i = NULL AND
#   s = 'a'" delete nothing, and "i = NULL OR s = 'a'" one row, as in SQL. update() with the same predicate changes no row. In its
#   QueryBuilder i = NULL finds nothing, while i NOT IN (7, NULL) finds the rows that SQL does not (DuckDB, DataFusion: none).
# Hurts: retention and privacy jobs that build the predicate from a parameter: f"vehicle_id = {value or 'NULL'}" with a missing value empties
#   the table, and says so only in the metrics. History keeps the files until VACUUM.
# Instead: refuse missing values before building predicates, or write "(i = NULL) IS TRUE"; compare the count of
#   the same WHERE in a SELECT with num_deleted_rows; DeltaTable.restore(version) undoes it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet deltalake==1.6.6 pyarrow==26.0.1 datafusion==55.0.0 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import deltalake
import duckdb
import pyarrow as pa

rows = pa.table({"k": [0, 1, 2, 3], "i": pa.array([1, None, -3, 7]), "s": ["a", None, "", "b"], "day": ["x", "x", "y", "y"]})
context = datafusion.SessionContext()
context.register_record_batches("rows", [rows.to_batches()])
predicates = ["i = NULL", "i > NULL", "i = CAST(NULL AS BIGINT)", "(i = NULL) IS TRUE", "i IN (NULL)", "i = NULL AND s = 'a'", "i = NULL OR s = 'a'"]


def table(number: int) -> deltalake.DeltaTable:
    deltalake.write_deltalake(f"table{number}", rows, partition_by=["day"])
    return deltalake.DeltaTable(f"table{number}")


print("deltalake", deltalake.__version__, "datafusion", datafusion.__version__, "duckdb", duckdb.__version__)
print("rows deleted of 4; expected: as many as SELECT count(*) finds in DuckDB and DataFusion")
deleted = {}
for number, predicate in enumerate(predicates):
    by_duckdb = duckdb.sql(f"SELECT count(*) FROM rows WHERE {predicate}").fetchall()[0][0]
    by_datafusion = context.sql(f"SELECT count(*) AS n FROM rows WHERE {predicate}").to_pylist()[0]["n"]
    delta = table(number)
    metrics = delta.delete(predicate)
    deleted[predicate] = rows.num_rows - delta.to_pyarrow_table().num_rows
    print(f"{predicate:26} DuckDB {by_duckdb} DataFusion {by_datafusion} delta-rs {deleted[predicate]} ({metrics['num_deleted_rows']})")
    if by_duckdb != by_datafusion or by_duckdb != (predicate.endswith("OR s = 'a'")):
        raise SystemExit("no longer so: SQL finds other rows")
delta = table(100)
updated = delta.update(updates={"s": "'u'"}, predicate="i = NULL")["num_updated_rows"]
found = pa.table(deltalake.QueryBuilder().register("t", delta).execute("SELECT k FROM t WHERE i NOT IN (7, NULL)").read_all())
print("updated with i = NULL:", updated, "- found with i NOT IN (7, NULL):", sorted(found["k"].to_pylist()))
if list(deleted.values()) != [4, 4, 4, 0, 0, 0, 1] or updated != 0:
    raise SystemExit("no longer so: other rows are deleted or updated")
if sorted(found["k"].to_pylist()) != [0, 2]:
    raise SystemExit("no longer so: NOT IN finds other rows")
PY
