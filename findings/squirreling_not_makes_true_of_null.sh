#!/usr/bin/env bash
# squirreling, a SQL engine for the browser, takes NOT of an unknown comparison for true: rows of NULL are found.
#
# With: the npm package squirreling 0.12.11, SQLite of Python's standard library as the control.
# Expected: SQL's three values: NOT (route = 'A') and route <> 'A' find the same rows, NOT IN of a list with NULL finds none,
#   CASE route WHEN NULL never holds. It answers IS NULL, joins, EXCEPT and aggregates of NULL as SQL has it.
# Seen: NOT (route = 'A'), NOT (late BETWEEN ...), NOT (a AND b) and NOT LIKE find the rows of NULL too; NOT IN (SELECT ...) and
#   NOT IN ('A', NULL) find rows beside a NULL; CASE route WHEN NULL takes the row of NULL.
# Hurts: a dashboard that filters Parquet in the browser: other counts than the warehouse's for the same text, without an error.
# Instead: route <> 'A', late NOT BETWEEN ... (right here), NOT EXISTS; or DuckDB in the browser.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit squirreling@0.12.11 >/dev/null
cat > ask.mjs <<'JS'
import { readFileSync } from 'fs'
import { collect, executeSql } from 'squirreling'
const { tables, queries } = JSON.parse(readFileSync('queries.json'))
const answers = []
for (const query of queries) answers.push((await collect(executeSql({ tables, query }))).map(row => Number(row.n)))
console.log(JSON.stringify(answers))
JS
python3 - <<'PY'
import json
import sqlite3
import subprocess
import sys

TRIPS = [(1, "A", 60), (2, "A", None), (3, "B", -90), (4, None, 240), (5, "C", 7)]
CLOSED = [("A",), (None,)]
COUNT = "SELECT count(*) AS n FROM trips WHERE "
# each with what squirreling answers
SEEN = {
    COUNT + "NOT (route = 'A')": [3],
    COUNT + "route <> 'A'": [2],
    COUNT + "NOT (late BETWEEN 0 AND 100)": [3],
    COUNT + "late NOT BETWEEN 0 AND 100": [2],
    COUNT + "NOT (late > 0 AND route = 'A')": [4],
    COUNT + "route NOT LIKE 'A%'": [3],
    COUNT + "route NOT IN (SELECT route FROM closed)": [2],
    COUNT + "route NOT IN ('A', NULL)": [2],
    "SELECT sum(CASE route WHEN NULL THEN 1 ELSE 0 END) AS n FROM trips": [1],
    "SELECT count(*) AS n FROM trips JOIN closed ON trips.route = closed.route": [2],
    "SELECT count(DISTINCT route) AS n FROM trips": [3],
}
control = sqlite3.connect(":memory:")
control.execute("CREATE TABLE trips (id int, route text, late int)")
control.execute("CREATE TABLE closed (route text)")
control.executemany("INSERT INTO trips VALUES (?, ?, ?)", TRIPS)
control.executemany("INSERT INTO closed VALUES (?)", CLOSED)
control.execute("PRAGMA case_sensitive_like = ON")
tables = {
    "trips": [dict(zip(("id", "route", "late"), row)) for row in TRIPS],
    "closed": [{"route": route} for (route,) in CLOSED],
}
with open("queries.json", "w") as file:
    json.dump({"tables": tables, "queries": list(SEEN)}, file)
answers = json.loads(subprocess.run(["node", "ask.mjs"], check=True, capture_output=True, text=True).stdout)
different = 0
for (query, seen), answer in zip(SEEN.items(), answers):
    sql = [row[0] for row in control.execute(query)]
    different += sql != answer
    print(f"{query}: SQL {sql[0]}, squirreling {answer[0]}")
    if answer != seen:
        sys.exit(f"It answers {answer} now, {seen} was seen: this has changed")
print(f"{different} of {len(SEEN)} answers are others than SQL's")
sys.exit(0 if different == 7 else "another number of differences than was seen")
PY
