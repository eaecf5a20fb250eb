#!/usr/bin/env bash
# GlueSQL for JavaScript: one NULL makes SUM and AVG of the whole column NULL, and <> finds the rows of NULL.
#
# With: the npm package gluesql 0.14.3 (the newest there), SQLite of Python's standard library as the control.
# Expected: SQL's aggregates pass NULL over, as its MIN, MAX and COUNT do; an aggregate of no rows is one row; route <> 'A' is
#   unknown for NULL; COUNT(DISTINCT) counts values.
# Seen: SUM, AVG and STDEV are NULL where one value is; without GROUP BY there is no row for no rows; <>, NOT BETWEEN and NOT IN
#   find the rows of NULL; COUNT(DISTINCT route) is COUNT(route); 9007199254740993 comes back as ...992; LIKE of NULL is an error.
# Hurts: dashboards and tests that run warehouse queries in the browser: sums vanish with the first missing value, counts are others.
# Instead: IS NOT NULL in each condition and CASE around each column; or SQLite or DuckDB in the browser.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit gluesql@0.14.3 >/dev/null
cat > ask.cjs <<'JS'
const { gluesql } = require('gluesql')
const [setup, ...queries] = JSON.parse(require('fs').readFileSync('queries.json'))
const main = async () => {
  const database = gluesql()
  await database.query(setup)
  const answers = []
  for (const query of queries) answers.push((await database.query(query))[0].rows.map(row => row.n))
  console.log('answers ' + JSON.stringify(answers))
}
main()
JS
python3 - <<'PY'
import json
import sqlite3
import subprocess
import sys

SETUP = """CREATE TABLE trips (id INTEGER, route TEXT NULL, late INTEGER NULL);
INSERT INTO trips VALUES (1, 'A', 60), (2, 'A', NULL), (3, 'B', -90), (4, NULL, 240), (5, 'C', 7), (6, 'A', 3)"""
# each with what GlueSQL answers
SEEN = {
    "SELECT SUM(late) AS n FROM trips": [None],
    "SELECT AVG(late) AS n FROM trips": [None],
    "SELECT MAX(late) AS n FROM trips": [240],
    "SELECT COUNT(late) AS n FROM trips": [5],
    "SELECT SUM(late) AS n FROM trips WHERE late IS NOT NULL": [220],
    "SELECT SUM(late) AS n FROM trips WHERE id > 99": [],
    "SELECT COUNT(DISTINCT route) AS n FROM trips": [5],
    "SELECT 9007199254740993 AS n FROM trips LIMIT 1": [9007199254740992],
    "SELECT COUNT(*) AS n FROM trips WHERE route <> 'A'": [3],
    "SELECT COUNT(*) AS n FROM trips WHERE late NOT BETWEEN 0 AND 100": [3],
    "SELECT COUNT(*) AS n FROM trips WHERE route NOT IN ('A', NULL)": [3],
}
control = sqlite3.connect(":memory:")
control.executescript(SETUP)
with open("queries.json", "w") as file:
    json.dump([SETUP, *SEEN], file)
output = subprocess.run(["node", "ask.cjs"], check=True, capture_output=True, text=True).stdout
answers = json.loads(output.split("answers ")[1])
for (query, seen), answer in zip(SEEN.items(), answers):
    print(f"{query}\n    SQL {[row[0] for row in control.execute(query)]}, GlueSQL {answer}")
    if answer != seen:
        sys.exit(f"{seen} was seen: this has changed")
PY
