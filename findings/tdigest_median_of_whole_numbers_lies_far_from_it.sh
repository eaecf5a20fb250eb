#!/usr/bin/env bash
# tdigest says that the median of 900 waits of 1 s and 100 of 1000 s is 101 s, and that a quarter of 99 zeros and a 100 lies below -49.
#
# With: the Python package tdigest 0.5.2.2 and the npm package tdigest 0.1.3 (node 20); for comparison duckdb 2.0.1 (approx_quantile, a
#   t-digest too, and the exact quantile_disc).
# Expected: a t-digest is approximate, within a percent or so of the rank, and best at both ends; no percentile lies below the least or
#   above the greatest of the values.
# Seen: all copies of a value become one centroid, however many they are, and percentiles are interpolated between centroids as if the
#   copies were spread halfway to the next value. With few distinct values the answer is anything: the median of 900 ones and 100
#   thousands is 100.9, P75 600.4. The Python one also reaches past the least value: P1 of the waits is -878. A thousand different values
#   are right in both.
# Hurts: latencies in whole milliseconds, delays in minutes, counts, zeros: mostly one value and a few others. Alarms on P75 or P90
#   fire, or compare noise.
# Instead: DuckDB's approx_quantile, Apache DataSketches (KLL, REQ), a histogram; or exact quantiles: there are few distinct values.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet tdigest==0.5.2.2 duckdb==2.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit tdigest@0.1.3 >/dev/null
cat >ask.cjs <<'JS'
const { readFileSync } = require('node:fs')
const { TDigest } = require('tdigest')

const { sets, shares } = JSON.parse(readFileSync('sets.json'))
const answers = Object.fromEntries(Object.entries(sets).map(([name, values]) => {
  const digest = new TDigest()
  values.forEach(value => digest.push(value))
  return [name, shares.map(share => digest.percentile(share))]
}))
console.log(JSON.stringify(answers))
JS
"$work/venv/bin/python" - <<'PY'
import json
import random
import subprocess
from importlib.metadata import version

import duckdb
from tdigest import TDigest

SHARES = (0.01, 0.25, 0.5, 0.75, 0.9)
SETS = {
    "900 x 1, 100 x 1000": [1] * 900 + [1000] * 100,
    "99 x 0, 1 x 100": [0] * 99 + [100],
    "4 x 0, 1 x 100": [0] * 4 + [100],
    "1, 100": [1, 100],
    "0 to 999": list(range(1000)),
}
for values in SETS.values():
    random.Random(7).shuffle(values)
json.dump({"sets": SETS, "shares": SHARES}, open("sets.json", "w"))
by_node = json.loads(subprocess.run(["node", "ask.cjs"], capture_output=True, text=True, check=True).stdout)
print("tdigest of Python", version("tdigest"), "of npm 0.1.3, duckdb", duckdb.__version__, "- percentiles", SHARES)
seen = {}
for name, values in SETS.items():
    digest = TDigest()
    for value in values:
        digest.update(value)
    by_python = [digest.percentile(100 * share) for share in SHARES]
    rows = f"(SELECT unnest({values}::DOUBLE[]) AS v)"
    approximate, exact = (
        duckdb.sql(f"SELECT {function}(v, {list(SHARES)}) FROM {rows}").fetchall()[0][0] for function in ("approx_quantile", "quantile_disc")
    )
    for tool, answer in (("Python", by_python), ("npm", by_node[name]), ("DuckDB", approximate), ("exact", exact)):
        print(f"{name:20} {tool:7}", "".join(f"{round(each, 2):9}" for each in answer))
        seen[name, tool] = [round(each, 2) for each in answer]
name = "900 x 1, 100 x 1000"
if seen[name, "Python"] != [-878.12, -398.6, 100.9, 600.4, 900.1] or seen[name, "npm"] != [1, 1, 100.9, 600.4, 900.1]:
    raise SystemExit("no longer so: waits")
name = "99 x 0, 1 x 100"
if seen[name, "Python"][1:4] != [-49, 1, 51] or seen[name, "npm"][1:4] != [0, 1, 51]:
    raise SystemExit("no longer so: zeros")
if any(abs(one - other) > 10 for tool in ("Python", "npm") for one, other in zip(seen["0 to 999", tool], seen["0 to 999", "exact"])):
    raise SystemExit("no longer so: different values are right")
if any(one != other for name in list(SETS)[:2] for one, other in zip(seen[name, "DuckDB"][1:4], seen[name, "exact"][1:4])):
    raise SystemExit("no longer so: DuckDB is right")
PY
