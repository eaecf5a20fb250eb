#!/usr/bin/env bash
# A column that is in the file and in the folder's name is taken from the folder: the file's own values are gone, and cannot be found.
#
# With: duckdb 2.0.1, pyarrow 25.0.1, polars 2.1.0; pandas 3.0.6 (numpy 2.3.5) and datafusion 55.0.0 for comparison.
# Expected: a file under day=2026-01-02 that holds a column "day" with 2026-01-01 and 2026-01-02 contradicts its folder. A reader says so,
#   or shows the stored values; Athena and Hive refuse such a table when it is created (duplicate column).
# Seen: DuckDB and pyarrow.dataset show 2026-01-02 for both rows; a filter on 2026-01-01 finds nothing in either. polars does so for the
#   folder, and shows the file's own values when it is given the same files by a pattern. pyarrow.parquet.read_table and pandas raise,
#   DataFusion raises.
# Hurts: lakes whose folders are named after the day of arrival and whose rows carry a service day of the same name: all rows after
#   midnight move to another day in DuckDB and stay in polars' pattern; totals agree, days differ.
# Instead: name the two differently (arrival_day=...); hive_partitioning = false in DuckDB and polars; compare the column with the
#   path (filename = true) once before a load.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1 polars==2.1.0 pandas==3.0.6 numpy==2.3.5 datafusion==55.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib

import datafusion
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

folder = pathlib.Path("lake/day=2026-01-02")
folder.mkdir(parents=True)
stored = ["2026-01-01", "2026-01-02"]
pq.write_table(pa.table({"day": stored, "trip": [1, 2]}), folder / "rows.parquet")


def with_datafusion():
    context = datafusion.SessionContext()
    context.register_parquet("lake", "lake", table_partition_cols=[("day", pa.string())])
    return context.sql("SELECT day FROM lake ORDER BY trip").to_arrow_table()["day"].to_pylist()


lake = ds.dataset("lake", partitioning="hive")
readers = {
    "duckdb": lambda: [str(row[0]) for row in duckdb.execute("SELECT day FROM 'lake/*/*.parquet' ORDER BY trip").fetchall()],
    "pyarrow.dataset": lambda: lake.to_table().sort_by("trip")["day"].to_pylist(),
    "polars, the folder": lambda: pl.scan_parquet("lake").sort("trip").collect()["day"].to_list(),
    "polars, a pattern": lambda: pl.scan_parquet("lake/**/*.parquet").sort("trip").collect()["day"].to_list(),
    "pyarrow.parquet": lambda: pq.read_table("lake")["day"].to_pylist(),
    "pandas": lambda: pd.read_parquet("lake")["day"].tolist(),
    "datafusion": with_datafusion,
}
for library in (duckdb, pa, pl, pd, datafusion):
    print(library.__name__, library.__version__, end="  ")
print("\nexpected: an error, or what is stored:", stored)
seen = {}
for name, read in readers.items():
    try:
        seen[name] = read()
    except Exception as error:
        seen[name] = "raises"
    print(f"{name:18} {seen[name]}")
found = (
    duckdb.execute("SELECT count(*) FROM 'lake/*/*.parquet' WHERE day = '2026-01-01'").fetchone()[0],
    lake.to_table(filter=pc.field("day") == "2026-01-01").num_rows,
)
print("rows found for 2026-01-01 by DuckDB and pyarrow.dataset:", found)
replaced = ["2026-01-02", "2026-01-02"]
if list(seen.values()) != [replaced, replaced, replaced, stored, "raises", "raises", "raises"] or found != (0, 0):
    raise SystemExit("no longer so: the readers choose otherwise")
PY
