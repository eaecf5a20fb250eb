#!/usr/bin/env bash
# GrowthBook's rule "late < 5" holds for a rider whose late is not known in JavaScript, not in Python; "zone": "1" holds for 1 there only.
#
# With: the npm package @growthbook/growthbook 1.8.0 (node 20) and the Python package growthbook 4.0.0, the newest of both.
# Expected: a rule is written once and evaluated by the SDK of the browser and by that of the server: the same rider is in the
#   experiment on both sides, or the assignment that one makes is not the one that the other logs.
# Seen: JavaScript compares as JavaScript does: a missing value, null, false and "" are 0 for $lt, $lte and $gte, "10" is greater than
#   5, "1" equals 1, a regular expression is tried on a number. In Python each of these is false, and with $not true. A rider whose id is
#   the boolean true is in an experiment in JavaScript and in none in Python.
# Hurts: A/B tests whose attributes come as text on one side (cookies, query strings) and as numbers on the other, or are missing on
#   one: groups differ between exposure and outcome, which looks like an effect or hides one.
# Instead: convert attributes to one type on both sides; {"$exists": true} beside each $lt, $lte and $gte.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet growthbook==4.0.0
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @growthbook/growthbook@1.8.0 >/dev/null
cat >rules.json <<'JSON'
[[{"late": {"$lt": 5}}, {}, true, false], [{"late": {"$lt": 5}}, {"late": null}, true, false],
 [{"late": {"$gte": 0}}, {}, true, false], [{"late": {"$lt": 5}}, {"late": 3}, true, true],
 [{"late": {"$lt": 5}, "id": {"$exists": true}}, {"id": 1}, true, false],
 [{"late": {"$gt": 5}}, {"late": "10"}, true, false], [{"late": {"$not": {"$gt": 5}}}, {"late": "10"}, false, true],
 [{"late": {"$gt": 5}}, {"late": 10}, true, true], [{"zone": "1"}, {"zone": 1}, true, false], [{"zone": 1}, {"zone": "1"}, true, false],
 [{"zone": {"$in": ["1"]}}, {"zone": 1}, false, false], [{"zone": {"$regex": "^1"}}, {"zone": 12}, true, false],
 [{"late": {"$lt": 5, "$exists": true}}, {}, false, false]]
JSON
cat >ask.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { GrowthBook, evalCondition } from '@growthbook/growthbook'

const rules = JSON.parse(readFileSync('rules.json'))
const rider = id => new GrowthBook({ attributes: { id } }).run({ key: 'faster-board', variations: [0, 1] }).inExperiment
const rows = rules.map(([rule, attributes]) => evalCondition(attributes, rule, {}))
const { version } = JSON.parse(readFileSync('node_modules/@growthbook/growthbook/package.json'))
console.log(JSON.stringify({ version, rows, riders: [7, '7', true].map(rider) }))
JS
node ask.mjs >javascript.json
"$work/venv/bin/python" - <<'PY'
import json
from importlib.metadata import version

from growthbook import Experiment, GrowthBook
from growthbook.core import evalCondition

rules = json.load(open("rules.json"))
other = json.load(open("javascript.json"))
print("growthbook", version("growthbook"), "@growthbook/growthbook", other["version"])
rows = [evalCondition(attributes, rule, {}) for rule, attributes, _, _ in rules]
riders = [GrowthBook(attributes={"id": each}).run(Experiment(key="faster-board", variations=[0, 1])).inExperiment for each in (7, "7", True)]
for (rule, attributes, _, _), there, here in zip(rules, other["rows"], rows):
    print(f"{json.dumps(rule):53} {json.dumps(attributes):15} JavaScript {there!s:5} Python {here}")
print("riders 7, '7' and true in the experiment: JavaScript", other["riders"], "Python", riders)
if list(zip(other["rows"], rows)) != [(there, here) for _, _, there, here in rules]:
    raise SystemExit("no longer so: rules")
if (other["riders"], riders) != ([True, True, True], [True, True, False]):
    raise SystemExit("no longer so: riders")
PY
