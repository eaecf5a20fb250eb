#!/usr/bin/env bash
# In AlaSQL "the latest row of each trip" by row_number() OVER keeps every row, and sum() OVER is 0 everywhere, without an error.
#
# With: the npm package alasql 4.19.1; DuckDB 2.0.1 for comparison (the same texts of SQL).
# Expected: row_number() OVER (PARTITION BY trip ORDER BY minute DESC) counts within each trip from the latest row; sum(x) OVER (...) is the
#   sum of the partition; or a parser that does not know OVER says so, as it does for rank() and lag() ("is not a function").
# Seen: OVER is parsed, its ORDER BY is forgotten, and PARTITION BY only means "begin at 1 when the value differs from the row before". Of
#   rows A B A B each has the number 1, so that all four are "the latest"; sorted by trip, the oldest row is number 1. sum() OVER is 0. max()
#   and min() of texts are undefined, and UNION keeps all equal rows when a column is NULL.
# Hurts: dashboards and browser tables that filter JSON with SQL: old states stand beside or instead of the latest, totals are 0.
# Instead: GROUP BY trip with MAX(minute) and a join; sums by GROUP BY; or DuckDB-Wasm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --legacy-peer-deps --omit=optional alasql@4.19.1 >/dev/null
cat > queries.json <<'JSON'
{
  "latest": "SELECT trip, minute, delay FROM (SELECT trip, minute, delay, row_number() OVER (PARTITION BY trip ORDER BY minute DESC) AS n FROM t) AS x WHERE n = 1 ORDER BY trip, minute",
  "sum": "SELECT minute, sum(delay) OVER (PARTITION BY trip) AS s FROM t ORDER BY minute",
  "max": "SELECT max(trip) AS m FROM t",
  "union": "SELECT stop FROM t UNION SELECT stop FROM t"
}
JSON
create='CREATE TABLE t (trip VARCHAR(9), minute INT, delay INT, stop VARCHAR(9))'
insert="INSERT INTO t VALUES ('A', 1, 10, NULL), ('B', 2, 20, NULL), ('A', 3, 30, NULL), ('B', 4, 40, NULL)"
cat > ask.cjs <<'JS'
const alasql = require('alasql')
const queries = require('./queries.json')
alasql(process.argv[2])
alasql(process.argv[3])
for (const [name, sql] of Object.entries(queries)) {
  console.log(name, JSON.stringify(alasql(sql).map((row) => Object.values(row).map((value) => value ?? null))))
}
JS
cat > ask.py <<'PY'
import json
import sys

import duckdb

connection = duckdb.connect()
connection.execute(sys.argv[1])
connection.execute(sys.argv[2])
for name, sql in json.load(open("queries.json")).items():
    print(name, json.dumps([list(row) for row in connection.execute(sql).fetchall()], separators=(",", ":")))
PY
echo "expected, DuckDB:"
"$work/venv/bin/python" ask.py "$create" "$insert" | tee expected
echo "seen, AlaSQL:"
node ask.cjs "$create" "$insert" | tee seen
diff - expected <<'TXT' || { echo "DuckDB answers otherwise"; exit 1; }
latest [["A",3,30],["B",4,40]]
sum [[1,40],[2,60],[3,40],[4,60]]
max [["B"]]
union [[null]]
TXT
diff - seen <<'TXT' || { echo "no longer so: AlaSQL answers otherwise"; exit 1; }
latest [["A",1,10],["A",3,30],["B",2,20],["B",4,40]]
sum [[1,0],[2,0],[3,0],[4,0]]
max [[null]]
union [[null],[null],[null],[null]]
TXT
