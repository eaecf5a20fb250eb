#!/usr/bin/env bash
# One file whose column holds whole numbers makes DuckDB round that column in all later files; one with dates takes the time of day away.
#
# With: duckdb 2.0.1, pyarrow 25.0.1, pandas 3.0.6 (numpy 2.3.5), polars 2.1.0, datafusion 55.0.0; the files written by pyarrow.
# Expected: SELECT delay FROM 'lake/*.parquet' over INT64 in one file and DOUBLE in another gives DOUBLE, as UNION ALL of the two does in
#   DuckDB, or an error that names the file. Nobody has asked for a cast, and no reader takes a value away unasked.
# Seen: the first file decides. DuckDB reads 1.5, 2.5, 2.7 as 2, 2, 3; DECIMAL 0.0725 after DECIMAL(9,2) as 0.07; a timestamp of 15:30
#   after a file of dates as the date; the text '008' after numbers as 8. pyarrow and pandas refuse the first two, "would lose
#   data", and yet cut 15:30 off and make 8 of '008' as well. polars and DataFusion refuse all four.
# Hurts: exports of one file a day by pandas: a day without fractions, or with midnight only, is written in another type. Averages of
#   delays are wrong for all days, if that day sorts first. Rename a file and the answer changes.
# Instead: read_parquet(..., union_by_name = true) in DuckDB; an explicit schema in pyarrow; compare types of all files first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1 pandas==3.0.6 numpy==2.3.5 polars==2.1.0 datafusion==55.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt
from decimal import Decimal

import datafusion
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def with_datafusion(folder):
    context = datafusion.SessionContext()
    context.register_parquet("lake", folder)
    return context.sql("SELECT x FROM lake").to_arrow_table()["x"].to_pylist()


readers = {
    "duckdb": lambda folder: [row[0] for row in duckdb.execute(f"SELECT x FROM '{folder}/*.parquet'").fetchall()],
    "pyarrow": lambda folder: ds.dataset(folder).to_table()["x"].to_pylist(),
    "pandas": lambda folder: pd.read_parquet(folder)["x"].tolist(),
    "polars": lambda folder: pl.scan_parquet(f"{folder}/*.parquet").collect()["x"].to_list(),
    "datafusion": with_datafusion,
}
day, time = dt.date(2026, 1, 1), dt.datetime(2026, 1, 2, 15, 30)
cut = [day, dt.date(2026, 1, 2)]
cases = {
    "numbers": (pa.array([1, 2]), pa.array([1.5, 2.5, 2.7]), [1, 2, 2, 2, 3], "refused"),
    "decimals": (
        pa.array([Decimal("1.10")], pa.decimal128(9, 2)), pa.array([Decimal("0.0725")], pa.decimal128(9, 4)),
        [Decimal("1.10"), Decimal("0.07")], "refused",
    ),
    "times": (pa.array([day]), pa.array([time], pa.timestamp("us")), cut, cut),
    "texts": (pa.array([7]), pa.array(["008"]), [7, 8], [7, 8]),
}
for library in (duckdb, pa, pd, pl, datafusion):
    print(library.__name__, library.__version__, end="  ")
print("\nexpected: the values of the second file, or an error")
for name, (first, second, in_duckdb, in_arrow) in cases.items():
    pa.fs.LocalFileSystem().create_dir(name)
    pq.write_table(pa.table({"x": first}), f"{name}/1.parquet")
    pq.write_table(pa.table({"x": second}), f"{name}/2.parquet")
    seen = {}
    for reader, read in readers.items():
        try:
            seen[reader] = read(name)
        except Exception:
            seen[reader] = "refused"
    print(f"{name:9}", {reader: str(answer) for reader, answer in seen.items()})
    wanted = {"duckdb": in_duckdb, "pyarrow": in_arrow, "pandas": in_arrow, "polars": "refused", "datafusion": "refused"}
    united = duckdb.execute(f"SELECT x FROM read_parquet('{name}/*.parquet', union_by_name = true)").fetchall()
    kept = {"numbers": 1.5, "decimals": Decimal("0.0725"), "times": time, "texts": "008"}[name]
    if seen != wanted or kept not in [row[0] for row in united]:
        raise SystemExit("no longer so: files of different types are read otherwise")
PY
