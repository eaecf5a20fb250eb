#!/usr/bin/env bash
# VegaFusion, which computes a chart's data ahead of Vega, makes null of 01:30 in the night clocks go back, and Sunday of each weekday.
#
# With: vegafusion 2.0.3; for comparison vega 6.4.0 (node 20, TZ=America/New_York).
# Expected: pre_transform_datasets() gives the data that Vega would compute from the same specification; what VegaFusion cannot do
#   it leaves to Vega, or says so in its warnings.
# Seen: no warning, other data. A local time in an hour that clocks skip or repeat is null, for year() and timeunit too; the
#   timeunit of year, week and day (yearweekday in Vega-Lite) is the week's Sunday, whatever the day; "datum.route != 'F'" leaves out
#   rows without a route; a joinaggregate has no result for the group of null; round(-1.5) is -2 and not -1.
# Hurts: Altair charts with the vegafusion data transformer, above all of local times: bars of one night a year are too low, charts
#   by weekday have one bar per week, shares and filters forget the rows of null. Without the transformer they are right.
# Instead: give times with an offset or in UTC, compute weekdays and filters before the chart.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet vegafusion==2.0.3 pyarrow==25.0.1 pandas==2.3.3
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund vega@6.4.0
cat > specs.py <<'PY'
import json

VALUES = [
    {"id": 1, "route": "F", "late": 1.5, "t": "2026-11-01T01:30:00"},
    {"id": 2, "route": "T", "late": -1.5, "t": "2026-03-08T02:30:00"},
    {"id": 3, "route": None, "late": 3, "t": "2026-11-05T12:00:00"},
]
TRANSFORMS = {
    "year(datum.t)": [{"type": "formula", "expr": "year(datum.t)", "as": "x"}],
    "timeunit year, week, day": [
        {"type": "formula", "expr": "toDate(datum.t)", "as": "at"},
        {"type": "timeunit", "field": "at", "units": ["year", "week", "day"], "as": ["begin", "end"]},
        {"type": "formula", "expr": "timeFormat(datum.begin, '%a %m-%d')", "as": "x"},
    ],
    "filter route != 'F'": [{"type": "filter", "expr": "datum.route != 'F'"}, {"type": "formula", "expr": "datum.id", "as": "x"}],
    "joinaggregate count by route": [{"type": "joinaggregate", "groupby": ["route"], "ops": ["count"], "fields": [None], "as": ["x"]}],
    "round(datum.late)": [{"type": "formula", "expr": "round(datum.late)", "as": "x"}],
    "month(datum.t)": [{"type": "filter", "expr": "datum.id == 3"}, {"type": "formula", "expr": "month(datum.t)", "as": "x"}],
}
print(json.dumps({
    name: {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "data": [{"name": "trips", "values": VALUES}, {"name": "out", "source": "trips", "transform": transform}],
    }
    for name, transform in TRANSFORMS.items()
}))
PY
venv/bin/python specs.py > specs.json
cat > ask.mjs <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import * as vega from 'vega';

const seen = {};
for (const [name, spec] of Object.entries(JSON.parse(readFileSync('specs.json')))) {
  const view = await new vega.View(vega.parse(spec), { renderer: 'none' }).runAsync();
  seen[name] = view.data('out').map((row) => [row.id, row.x]);
}
writeFileSync('vega.json', JSON.stringify(seen));
JS
TZ=America/New_York node ask.mjs
venv/bin/python -W ignore - <<'PY'
import json
import math
import pathlib

import vegafusion

vega = json.loads(pathlib.Path("vega.json").read_text())
print("vegafusion", vegafusion.__version__)
differ, warned = [], []


def plain(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, str) else int(value)


for name, spec in json.loads(pathlib.Path("specs.json").read_text()).items():
    (frame,), warnings = vegafusion.runtime.pre_transform_datasets(
        spec, ["out"], local_tz="America/New_York", dataset_format="pyarrow")
    rows = frame.to_pylist()
    ours, theirs = {row["id"]: plain(row["x"]) for row in rows}, {key: plain(value) for key, value in vega[name]}
    print(f"{name:30}Vega {theirs}\n{'':24}VegaFusion {ours}")
    differ.append(ours != theirs)
    warned += warnings
if differ != [True] * 5 + [False] or warned:
    raise SystemExit(f"no longer so: {differ} {warned}")
PY
