#!/usr/bin/env bash
# PyIceberg's delete("k = 5 OR i = 7") keeps the row k = 5 if its i is NULL, though scan finds that row with the same filter.
#
# With: pyiceberg 0.12.0 with pyarrow 26.0.1 and its SQL catalogue (sqlite) in a folder; duckdb 2.0.1 on the same rows.
# Expected: TRUE OR NULL is TRUE. delete removes the rows that scan with the same filter finds, as DELETE and SELECT in SQL.
# Seen: delete keeps every row that has NULL in a column which the filter compares, whatever the other half of an OR says: k = 5 with i
#   NULL stays. Without NULL in these columns, and with IS NULL, rows go as they should; so do they with OR of one column. "f <> 1.5" finds
#   a NaN in the scan and keeps it in the delete. overwrite(..., overwrite_filter=...) deletes in the same way. No
#   warning; the snapshot is written.
# Hurts: deletion by "user = 'x' OR contact = 'x'" (privacy), clean-ups "day < '...' OR day IS NULL" of two columns: part of the rows
#   stays and nobody sees it; a repeated delete does not take them either. With overwrite, the new rows stand beside the old ones.
# Instead: one delete for each half: delete("k = 5"), then delete("i = 7"); afterwards scan with the filter and count 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "pyiceberg[sql-sqlite]==0.12.0" pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pathlib

import duckdb
import pyarrow as pa
import pyiceberg
from pyiceberg.catalog.sql import SqlCatalog

rows = pa.table({"k": pa.array([1, 5, 6, 7], pa.int64()), "i": pa.array([7, None, 2, None], pa.int64()), "f": [1.5, 2.0, float("nan"), 0.0]})
catalog = SqlCatalog("c", uri="sqlite:///catalog.db", warehouse=pathlib.Path.cwd().as_uri())
catalog.create_namespace("lake")
filters = ["k = 5 OR i = 7", "i = 7 OR k = 5", "i = 7 OR k > 6", "i IN (7, 8) OR k = 5", "i IS NULL OR k = 1", "k = 5 OR k = 6", "f <> 1.5"]


def keys(table: pa.Table) -> list[int]:
    return sorted(table["k"].to_pylist())


print("pyiceberg", pyiceberg.__version__, "pyarrow", pa.__version__, "- expected: nothing is found after the delete")
kept = {}
for number, condition in enumerate(filters):
    table = catalog.create_table(f"lake.t{number}", schema=rows.schema)
    table.append(rows)
    in_sql = sorted(row[0] for row in duckdb.sql(f"SELECT k FROM rows WHERE {condition}").fetchall())
    found = keys(table.scan(row_filter=condition).to_arrow())
    table.delete(condition)
    kept[condition] = [key for key in keys(table.scan().to_arrow()) if key in found]
    print(f"{condition:22} SQL finds {in_sql}, scan finds {found}, kept by delete {kept[condition]}")
    if found != in_sql and condition != "f <> 1.5":
        raise SystemExit("no longer so: scan finds other rows than SQL")
table = catalog.create_table("lake.halves", schema=rows.schema)
table.append(rows)
for half in ("k = 5", "i = 7"):
    table.delete(half)
print("deleted by halves, left:", keys(table.scan().to_arrow()))
if keys(table.scan().to_arrow()) != [6, 7]:
    raise SystemExit("no longer so: deletes of one comparison keep other rows")
table = catalog.create_table("lake.overwritten", schema=rows.schema)
table.append(rows)
table.overwrite(rows.slice(1, 1), overwrite_filter="k = 5 OR i = 7")
print("overwritten with k = 5 where k = 5 OR i = 7:", keys(table.scan().to_arrow()))
if keys(table.scan().to_arrow()) != [5, 5, 6, 7]:
    raise SystemExit("no longer so: overwrite does not leave the old row beside the new one")
if list(kept.values()) != [[5], [5], [7], [5], [], [], [6]]:
    raise SystemExit("no longer so: delete keeps other rows")
PY
