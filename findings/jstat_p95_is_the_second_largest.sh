#!/usr/bin/env bash
# The 95th percentile of 1 to 10 is 9 in jStat, and no two-sided p by simple-statistics' normal distribution is below 0.002.
#
# With: the npm packages jstat 1.9.6 and simple-statistics 7.12.1, for comparison numpy 2.4.6 and scipy 1.17.1.
# Expected: jStat.percentile(waits, 0.95), which its source describes in the words of Excel's PERCENTILE.INC, is 9.55; quartiles of 1
#   to 5 are 2, 3, 4 (or 1.5, 3, 4.5); a normal distribution function is right to more digits than a p-value is printed with.
# Seen: above the second largest value jStat.percentile does not interpolate and gives the second largest: p99 of any 100 waits or
#   fewer, and 60 for the median of 60 and 600. quartiles() of 1 to 5 is 1, 3, 4. median() takes null for 0, ztest() with an array divides by
#   the deviation of one value and not of the mean. cumulativeStdNormalProbability() reads a printed table: z rounded to two
#   digits, the answer to four, 0.999 from 3.1 upwards; probit(0.975) is 1.9572.
# Hurts: p95 and p99 of small groups, A/B calculators in the browser: at a level of 0.001 (0.05 over 50 metrics) nothing is found.
# Instead: simple-statistics for quantiles and jStat.normal for the distribution: each is right where the other is not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit jstat@1.9.6 simple-statistics@7.12.1 >/dev/null
cat > ask.cjs <<'JS'
const { jStat } = require('jstat')
const simple = require('simple-statistics')
const { percentiles, scores, waits } = JSON.parse(require('fs').readFileSync(0))
console.log(JSON.stringify({
  percentiles: percentiles.map(([values, p]) => [jStat.percentile(values, p), simple.quantile(values, p)]),
  scores: scores.map((z) => [2 * (1 - jStat.normal.cdf(z, 0, 1)), 2 * (1 - simple.cumulativeStdNormalProbability(z))]),
  quartiles: jStat.quartiles([1, 2, 3, 4, 5]),
  median: jStat.median([60, null, 240]),
  ztest: [jStat.ztest(5, waits), jStat.ttest(5, waits)],
  probit: [jStat.normal.inv(0.975, 0, 1), simple.probit(0.975)],
}))
JS
venv/bin/python - <<'PY'
import json
import subprocess

import numpy as np
import scipy
from scipy import stats

TEN, HUNDRED, WAITS = list(range(1, 11)), list(range(1, 101)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 30]
PERCENTILES = ((TEN, 0.95, 9), ([60, 600], 0.5, 60), ([1, 2, 3, 4], 0.9, 3), (HUNDRED, 0.995, 99), (TEN, 0.5, 5.5), (TEN, 0.85, 8.65))
SCORES = {1.96: 0.05, 1.964: 0.05, 3.5: 0.002, 5.0: 0.002}  # z: p by simple-statistics
asked = json.dumps({"percentiles": [each[:2] for each in PERCENTILES], "scores": list(SCORES), "waits": WAITS})
answer = json.loads(subprocess.run(["node", "ask.cjs"], input=asked, capture_output=True, text=True, check=True).stdout)
print("jstat 1.9.6, simple-statistics 7.12.1, numpy", np.__version__, "scipy", scipy.__version__)
for (values, p, before), (by_jstat, by_simple) in zip(PERCENTILES, answer["percentiles"], strict=True):
    by_numpy = np.quantile(values, p)
    print(f"p {p} of {values[:3]}...{values[-1]}: jStat {by_jstat:g}, simple-statistics {by_simple:g}, numpy {by_numpy:g}")
    if abs(by_jstat - before) > 1e-9:
        raise SystemExit("no longer so: percentile")
for (z, before), (by_jstat, by_simple) in zip(SCORES.items(), answer["scores"], strict=True):
    exact = 2 * stats.norm.sf(z)
    print(f"two-sided p of z = {z}: simple-statistics {by_simple:.7f}, jStat {by_jstat:.7f}, scipy {exact:.7f}")
    if abs(by_simple - before) > 1e-9 or abs(by_jstat - exact) > 1e-6:
        raise SystemExit("no longer so: normal distribution")
exact = stats.ttest_1samp(WAITS, 5).pvalue
print("quartiles of 1 to 5:", answer["quartiles"], "median of 60, null, 240:", answer["median"])
print("mean of ten waits against 5: ztest", answer["ztest"][0], "ttest", answer["ztest"][1], "scipy's t-test", exact)
print("1.95996 by jStat and by probit():", answer["probit"])
if answer["quartiles"] != [1, 3, 4] or answer["median"] != 60 or not answer["ztest"][0] > 0.75 > 0.37 > exact:
    raise SystemExit("no longer so: quartiles, median or ztest")
if abs(answer["ztest"][1] - exact) > 1e-6 or abs(answer["probit"][0] - 1.959964) > 1e-6 or abs(answer["probit"][1] - 1.95716) > 1e-4:
    raise SystemExit("no longer so: ttest or probit")
PY
