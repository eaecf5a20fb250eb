#!/usr/bin/env bash
# The sum of four times 5E37 is -1.4E38 in pyarrow, in DataFusion and in polars' eager group_by; DuckDB and polars' own sum() raise.
#
# With: pyarrow 26.0.1, datafusion 55.0.0, polars 2.1.0, duckdb 2.0.1; pandas 3.1.1 (numpy 2.4.6) with pyarrow's types.
# Expected: DECIMAL is what one takes because it is exact. A sum that does not fit into 38 digits raises, as in DuckDB, Trino and Redshift.
#   In pyarrow x + x of the same column raises, "precision out of range"; in polars "result doesn't fit Decimal(38, 0)".
# Seen: the 128 bits are added without a check and wrap: pyarrow's sum and group_by (so pandas' with these types), DataFusion's SUM, and
#   polars' group_by, over and pivot give -1.4E38 (2E38 - 2^128). pyarrow's mean is -3.5E37, of four equal positive
#   numbers. polars' sum(), the same group_by in a lazy frame with engine="streaming", and its SQL raise. Two times 5E37 gives 1E38 in
#   pyarrow: 39 digits in a DECIMAL(38).
# Hurts: checksums: the sum of digests or hashes as DECIMAL(38,0), the usual digest of a table that does not depend on order: it looks
#   like any other number, where the warehouse raises, and the mean of large ids or of amounts in the smallest unit changes its sign.
# Instead: sum the digests modulo 10^18, or their two halves apart; before a sum compare max(abs(x)) * count(*) with 10^38.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==26.0.1 datafusion==55.0.0 polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import datafusion
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

rows = pa.table({"g": [1] * 4, "x": pa.array([Decimal(5 * 10**37)] * 4, pa.decimal128(38, 0))})
frame, total = pl.from_arrow(rows), pl.col("x").sum()
context = datafusion.SessionContext()
context.register_record_batches("rows", [rows.to_batches()])
ways = {
    "pyarrow sum": lambda: pc.sum(rows["x"]).as_py(),
    "pyarrow group_by": lambda: rows.group_by("g").aggregate([("x", "sum")])["x_sum"][0].as_py(),
    "pyarrow mean": lambda: pc.mean(rows["x"]).as_py(),
    "pandas sum": lambda: rows.to_pandas(types_mapper=pd.ArrowDtype)["x"].sum(),
    "DataFusion SUM": lambda: context.sql("SELECT sum(x) AS s FROM rows").to_pylist()[0]["s"],
    "polars group_by": lambda: frame.group_by("g").agg(total)["x"][0],
    "polars over": lambda: frame.select(total.over("g"))["x"][0],
    "polars sum": lambda: frame.select(total).item(),
    "polars group_by, streaming": lambda: frame.lazy().group_by("g").agg(total).collect(engine="streaming")["x"][0],
    "polars SQL": lambda: frame.sql("SELECT sum(x) AS x FROM self GROUP BY g").item(),
    "DuckDB SUM": lambda: duckdb.sql("SELECT sum(x) FROM rows").fetchall()[0][0],
    "pyarrow x + x": lambda: pc.add(rows["x"], rows["x"])[0].as_py(),
}
print("pyarrow", pa.__version__, "datafusion", datafusion.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__)
print("expected: 2E38, which has 39 digits, or an error")
seen = {}
for name, way in ways.items():
    try:
        seen[name] = int(way())
    except Exception as error:  # each library has a class of its own
        seen[name] = type(error).__name__
    print(f"{name:27} {seen[name]}")
wrapped = 2 * 10**38 - 2**128
silent = ("pyarrow sum", "pyarrow group_by", "pandas sum", "DataFusion SUM", "polars group_by", "polars over")
if any(isinstance(seen[name], str) or abs(seen[name] - wrapped) > 10 for name in silent) or seen["pyarrow mean"] != wrapped // 4:
    raise SystemExit("no longer so: a sum that wrapped does not")
if not all(isinstance(seen[name], str) for name in list(ways)[-5:]):
    raise SystemExit("no longer so: a sum that raised does not")
PY
