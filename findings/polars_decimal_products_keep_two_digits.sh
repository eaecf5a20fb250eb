#!/usr/bin/env bash
# In polars the DECIMAL 0.05 times 0.05 is 0.00 and 1 / 3 is 0; in polars' own SQL they are 0.0025 and 0.333333.
#
# With: polars 2.1.0; for comparison pyarrow 26.0.1, duckdb 2.0.1 and datafusion 55.0.0 on the same decimals.
# Expected: a product of DECIMAL(9,2) by DECIMAL(9,2) has four digits after the point, exactly, as in every SQL engine; a quotient has six
#   or more, or is a double. If the type cannot hold them, an error.
# Seen: product and quotient keep the larger scale of the two and are rounded half to even to it: 0.05 * 0.05 = 0.00, 2.00 / 3.00 = 0.67,
#   and for decimals without a point, 1 / 3 = 0 and 2 / 3 = 1, not even what // gives. product() rounds as well. Divided by an int the
#   scale stays too; mean() and a multiplication by a float go to Float64, so literals decide: c * 0.05 and c * Decimal("0.05")
#   differ. SELECT c * c in polars' SQL gives all four digits.
# Hurts: fares times discounts, shares of counts, exchange rates: cents lost row by row, then summed; the same formula in SQL is off by
#   up to half a cent a row, and counts read as DECIMAL(18,0) give shares of 0 and 1.
# Instead: cast one factor to the scale of the result first, c.cast(pl.Decimal(38, 4)) * c, or compute in Float64 and round at the end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1 datafusion==55.0.0
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

rows = pa.table({name: pa.array([Decimal(text)], kind) for name, text, kind in (
    ("c", "0.05", pa.decimal128(9, 2)), ("two", "2.00", pa.decimal128(9, 2)), ("three", "3.00", pa.decimal128(9, 2)),
    ("one", "1", pa.decimal128(9, 0)), ("n", "3", pa.decimal128(9, 0)),
)})
context = datafusion.SessionContext()
context.register_record_batches("rows", [rows.to_batches()])
frame = pl.from_arrow(rows)
asked = "c * c AS product, two / three AS quotient, one / n AS share"
polars = frame.select(pl.col("c") * pl.col("c"), quotient=pl.col("two") / pl.col("three"), share=pl.col("one") / pl.col("n"))
seen = {
    "polars": polars.row(0),
    "polars SQL": frame.sql(f"SELECT {asked} FROM self").row(0),
    "pyarrow": tuple(f(rows[a], rows[b])[0].as_py() for f, a, b in (
        (pc.multiply, "c", "c"), (pc.divide, "two", "three"), (pc.divide, "one", "n"))),
    "DuckDB": duckdb.sql(f"SELECT {asked} FROM rows").fetchall()[0],
    "DataFusion": tuple(context.sql(f"SELECT {asked} FROM rows").to_pylist()[0].values()),
}
literals = frame.select(float=pl.col("c") * 0.05, decimal=pl.col("c") * Decimal("0.05")).row(0)
cast = frame.select(pl.col("c").cast(pl.Decimal(38, 4)) * pl.col("c")).item()
print("polars", pl.__version__, "pyarrow", pa.__version__, "duckdb", duckdb.__version__, "datafusion", datafusion.__version__)
print("expected: 0.0025, 0.666666..., 0.333333...")
for name, answer in seen.items():
    print(f"{name:11}", *answer)
print("c * 0.05 and c * Decimal('0.05'):", *literals, "- with four digits:", cast)
if polars.row(0) != (Decimal("0.00"), Decimal("0.67"), Decimal("0")) or literals[1] != Decimal("0.00"):
    raise SystemExit("no longer so: products and quotients have other digits")
if abs(literals[0] - 0.0025) > 1e-12 or cast != Decimal("0.0025"):
    raise SystemExit("no longer so: with a float or four digits the product is another")
for name in ("polars SQL", "pyarrow", "DuckDB", "DataFusion"):
    if any(abs(float(value) - right) > 4e-5 for value, right in zip(seen[name], (0.0025, 2 / 3, 1 / 3), strict=True)):
        raise SystemExit(f"no longer so: {name} loses digits as well")
PY
