#!/usr/bin/env bash
# An A/B test of DECIMAL amounts in an Arrow table compares 10 with 9 for tea-tasting, where the means are 10.49 and 9.04.
#
# With: tea-tasting 1.14.0 (the newest for Python 3.11), narwhals 2.29.0, pyarrow 26.0.1, polars 2.1.0; scipy 1.17.1 for comparison.
# Expected: means, intervals and p-value of DECIMAL(9,2) as of the same numbers in DOUBLE, to the last digits.
# Seen: with a pyarrow table, and with pandas on pyarrow's types, both means are cut to whole numbers: the difference is -1.0 instead of
#   -1.46 and the p-value 0.32 instead of 0.15, with no error and no warning. The variance is nearly right, so the interval looks
#   plausible. The same decimals in a polars frame are right. (DECIMAL(38,2) is refused, pandas columns of Decimal objects, too.)
# Hurts: tests of revenue, fares or cost per query read from Parquet, Athena or Redshift, where money is DECIMAL: an effect below one
#   unit is not seen at all, or doubled.
# Instead: cast measured columns to DOUBLE before the test; compare control's mean with a plain AVG.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet tea-tasting==1.14.0 narwhals==2.29.0 pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 \
    scipy==1.17.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import scipy.stats
import tea_tasting as tt

fares = np.random.default_rng(1).exponential(10, 400).round(2)
variant = np.repeat([0, 1], 200)
amounts = [Decimal(f"{fare:.2f}") for fare in fares]
table = pa.table({"variant": variant, "fare": pa.array(amounts, pa.decimal128(9, 2))})
frames = {
    "DOUBLE, Arrow": pa.table({"variant": variant, "fare": fares}),
    "DECIMAL, Arrow": table,
    "DECIMAL, pandas": table.to_pandas(types_mapper=pd.ArrowDtype),
    "DECIMAL, polars": pl.DataFrame({"variant": variant, "fare": amounts}),
}
print("tea-tasting", tt.__version__, "pyarrow", pa.__version__, "polars", pl.__version__)
p = scipy.stats.ttest_ind(fares[200:], fares[:200], equal_var=False).pvalue
print(f"expected        {fares[:200].mean():.4f} {fares[200:].mean():.4f} p = {p:.4f} (scipy, Welch)")
means = {}
for name, frame in frames.items():
    result = tt.Experiment(fare=tt.Mean("fare")).analyze(frame)["fare"]
    means[name] = (round(float(result.control), 4), round(float(result.treatment), 4))
    print(f"{name:15} {result.control:.4f} {result.treatment:.4f} p = {result.pvalue:.4f}")
right = (round(float(fares[:200].mean()), 4), round(float(fares[200:].mean()), 4))
if means["DECIMAL, Arrow"] != (10.0, 9.0) or means["DECIMAL, pandas"] != (10.0, 9.0):
    raise SystemExit("no longer so: the cents are counted")
if means["DOUBLE, Arrow"] != right or means["DECIMAL, polars"] != right:
    raise SystemExit("no longer so: the means of DOUBLE or of polars changed")
PY
