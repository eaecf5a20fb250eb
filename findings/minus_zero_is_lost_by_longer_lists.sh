#!/usr/bin/env bash
# DataFusion finds minus zero by f IN (0.0), and no more by f IN (0.0, 5.0, 6.0, 7.0); pyarrow by == and not by isin or a join.
#
# With: datafusion 55.0.0, pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.1 (the last two as controls).
# Expected: 0.0 and -0.0 are equal (IEEE 754), and a longer list of IN finds at least what a shorter one does.
# Seen: DataFusion compares short lists value by value and longer ones by hash, where the two zeros differ; its GROUP BY and
#   DISTINCT hold them for one. pyarrow: == finds both, isin, joins, unique and group_by one of them, so pandas with Arrow's
#   types does too (== 2, isin 1, 3 groups), and pandas with its own does not. Polars and DuckDB find both everywhere.
# Hurts: deltas and delays that are rounded to -0.0: a filter that grew by a value finds fewer rows, totals by group split.
# Instead: add 0.0 to the column (-0.0 + 0.0 is 0.0), or compare ranges.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import sys

import datafusion
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

table = pa.table({"f": [0.0, -0.0, 1.0], "id": [1, 2, 3]})
pq.write_table(table, "zeros.parquet")
context = datafusion.SessionContext()
context.register_parquet("zeros", "zeros.parquet")
CONDITIONS = ["f = 0.0", "f IN (0.0)", "f IN (0.0, 5.0, 6.0, 7.0)", "f NOT IN (0.0, 5.0, 6.0, 7.0)"]


def count(condition):
    return context.sql(f"SELECT count(*) AS n FROM zeros WHERE {condition}").to_pydict()["n"][0]


def control(condition):
    return duckdb.sql(f"SELECT count(*) FROM 'zeros.parquet' WHERE {condition}").fetchall()[0][0]


data, field = ds.dataset("zeros.parquet"), ds.field("f")
own = table.to_pandas()
arrow = own.astype({"f": pd.ArrowDtype(pa.float64())})
lazy = pl.scan_parquet("zeros.parquet")
found = {
    "DuckDB": [control(one) for one in CONDITIONS],
    "DataFusion": [count(one) for one in CONDITIONS],
    "DataFusion, GROUP BY": context.sql("SELECT f, count(*) AS n FROM zeros GROUP BY f").count(),
    "pyarrow ==, isin": [data.count_rows(filter=field == 0.0), data.count_rows(filter=field.isin([0.0]))],
    "pyarrow join": len(table.join(pa.table({"f": [0.0]}), "f", join_type="inner")),
    "pyarrow unique, group_by": [len(pc.unique(table["f"])), len(table.group_by("f").aggregate([]))],
    "pandas ==, isin, groups": [int((own.f == 0).sum()), int(own.f.isin([0.0]).sum()), len(own.groupby("f"))],
    "pandas with Arrow ==, isin, groups": [int((arrow.f == 0).sum()), int(arrow.f.isin([0.0]).sum()), len(arrow.groupby("f"))],
    "Polars ==, is_in, groups": [lazy.filter(pl.col("f") == 0).collect().height, lazy.filter(pl.col("f").is_in([0.0])).collect().height,
                                 lazy.group_by("f").len().collect().height],
}
SEEN = {
    "DuckDB": [2, 2, 2, 1],
    "DataFusion": [2, 2, 1, 2],
    "DataFusion, GROUP BY": 2,
    "pyarrow ==, isin": [2, 1],
    "pyarrow join": 1,
    "pyarrow unique, group_by": [3, 3],
    "pandas ==, isin, groups": [2, 2, 2],
    "pandas with Arrow ==, isin, groups": [2, 1, 3],
    "Polars ==, is_in, groups": [2, 2, 2],
}
print(CONDITIONS)
for name, answer in found.items():
    print(f"{name:36} {answer}")
sys.exit(0 if found == SEEN else f"others were seen: {SEEN}")
PY
