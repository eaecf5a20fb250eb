#!/usr/bin/env bash
# Missing values make an A/B test significant in tea-tasting: it leaves them out of the mean and counts them as observations.
#
# With: tea-tasting 1.14.0 (the newest for Python 3.11), narwhals 2.29.0, pandas 3.1.1, polars 2.1.0, pyarrow 26.0.1, scipy 1.17.1.
# Expected: a library for A/B tests either leaves rows without a value out altogether (scipy's nan_policy="omit"), or answers NaN (scipy's
#   default), or refuses.
# Seen: mean and variance are those of the values that are there, the number of observations is that of all rows. With three quarters
#   of both groups missing the standard error is half of what it should be: an A/A test is "significant" at 5 % in more than a
#   quarter of cases instead of a twentieth, in pandas, polars and Arrow alike. NaN (not NULL) in polars gives NaN.
# Hurts: metrics that exist for some users only: time of those who bought, latency of queries that did not fail, delay of trips that
#   arrived. The emptier the column, the surer the result.
# Instead: drop rows without a value first, per metric; check an A/A test of your own data.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet tea-tasting==1.14.0 narwhals==2.29.0 pyarrow==26.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 \
    scipy==1.17.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import pandas as pd
import polars as pl
import scipy.stats
import tea_tasting as tt

random = np.random.default_rng(2)
variant = np.repeat([0, 1], 400)


def tested(frame):
    return float(tt.Experiment(m=tt.Mean("late")).analyze(frame)["m"].pvalue)


false_alarms = {"scipy, omit": 0, "tea-tasting": 0}
for _ in range(200):
    late = random.exponential(10, 800)
    late[random.random(800) < 0.75] = np.nan
    omit = scipy.stats.ttest_ind(late[400:], late[:400], equal_var=False, nan_policy="omit").pvalue
    frame = pd.DataFrame({"variant": variant, "late": late})
    false_alarms["scipy, omit"] += omit < 0.05
    false_alarms["tea-tasting"] += tested(frame) < 0.05
by_kind = {
    "pandas": tested(frame),
    "polars": tested(pl.from_pandas(frame)),
    "pandas, without the missing": tested(frame.dropna()),
}
print("tea-tasting", tt.__version__, "pandas", pd.__version__, "polars", pl.__version__)
print("A/A tests of 200 with p < 0.05, 75 % missing:", {name: int(count) for name, count in false_alarms.items()}, "- expected about 10")
print(f"the last test: scipy p = {omit:.4f};", {name: round(p, 4) for name, p in by_kind.items()})
if false_alarms["tea-tasting"] < 40 or false_alarms["scipy, omit"] > 20:
    raise SystemExit("no longer so: missing values are not counted")
if abs(by_kind["pandas"] - by_kind["polars"]) > 1e-9 or abs(by_kind["pandas, without the missing"] - omit) > 1e-6:
    raise SystemExit("no longer so: pandas and polars differ, or dropping the rows does not help")
PY
