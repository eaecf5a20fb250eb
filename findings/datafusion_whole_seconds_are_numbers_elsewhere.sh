#!/usr/bin/env bash
# A TIMESTAMP(0) that DataFusion writes to Parquet is a timestamp for DataFusion and polars, and the number 1793511000 for pyarrow and DuckDB.
#
# With: datafusion 55.0.0 writes; pyarrow 26.0.1, duckdb 2.0.1, polars 2.1.0 and DataFusion read.
# Expected: Parquet has no seconds, so a writer multiplies by 1000 and says "milliseconds", as pyarrow does; the column is
#   a timestamp for every reader. to_timestamp_seconds(x) and CAST(... AS TIMESTAMP(0)) are the documented ways to whole seconds.
# Seen: the file says INT64 and nothing more. The type stands only in the Arrow schema beside it, which DataFusion and polars obey and pyarrow
#   and DuckDB do not; readers that know nothing of Arrow have only the INT64 to go by. TIMESTAMP(3) is right.
# Hurts: who checks the file with the tool that wrote it: all is well; the loader gets integers, and a table declared TIMESTAMP over
#   such files refuses them, or reads seconds as milliseconds or microseconds: January 1970.
# Instead: arrow_cast(x, 'Timestamp(Millisecond, None)') or to_timestamp_millis before COPY; look at the file's own schema
#   (parquet_schema() of DuckDB), not at what the writer reads back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

context = datafusion.SessionContext()
context.sql("""COPY (SELECT to_timestamp_seconds(1793511000) AS s, CAST('2026-11-01T05:30:00' AS TIMESTAMP(0)) AS s0,
    CAST('2026-11-01T05:30:00' AS TIMESTAMP(3)) AS ms) TO 'by_datafusion.parquet' STORED AS PARQUET""").collect()
rows = pa.table({"s": pa.array([dt.datetime(2026, 11, 1, 5, 30)], pa.timestamp("s"))})
pq.write_table(rows, "by_pyarrow.parquet")
seen = {
    "pyarrow": tuple(pq.read_table("by_datafusion.parquet").to_pylist()[0].values()),
    "DuckDB": duckdb.sql("FROM 'by_datafusion.parquet'").fetchall()[0],
    "polars": pl.read_parquet("by_datafusion.parquet").row(0),
    "DataFusion": tuple(context.read_parquet("by_datafusion.parquet").to_pylist()[0].values()),
}
print("datafusion", datafusion.__version__, "pyarrow", pa.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__)
print("in the file:", *(f"{c.name} {c.physical_type} {c.logical_type.type}" for c in pq.ParquetFile("by_datafusion.parquet").schema), sep="  ")
print("expected: 2026-11-01 05:30:00, three times, from every reader")
for name, answer in seen.items():
    print(f"{name:10}", *answer, sep="  ")
by_pyarrow = duckdb.sql("SELECT s FROM 'by_pyarrow.parquet'").fetchall()[0][0]
print("seconds written by pyarrow, read by DuckDB:", by_pyarrow)
right, number = dt.datetime(2026, 11, 1, 5, 30), 1793511000
if seen["pyarrow"] != (number, number, right) or seen["DuckDB"] != (number, number, right):
    raise SystemExit("no longer so: pyarrow or DuckDB reads another type")
if seen["polars"] != (right,) * 3 or seen["DataFusion"] != (right,) * 3 or by_pyarrow != right:
    raise SystemExit("no longer so: polars, DataFusion or pyarrow's file differs")
PY
