#!/usr/bin/env bash
# node-sql-parser writes the pattern '\b[FT]\b' back with two backspace characters: the query runs and finds no row.
#
# With: the npm package node-sql-parser 5.4.0 (its dialects athena, trino, redshift and postgresql), run on duckdb 2.0.1.
# Expected: in standard SQL a backslash between quotes is a backslash: Athena, Trino, PostgreSQL and DuckDB keep it. Parsing and writing
#   in one dialect gives the same query.
# Seen: \b, \n, \t, \r and \f become control characters, as in MySQL, in every dialect: '\b[FT]\b', the words F and T, becomes
#   backspace, [FT], backspace. 'C:\new' holds a line break afterwards, so an equality or a join on such texts finds nothing. \d, \s and
#   \. are kept, so most patterns work. "SELECT ... FROM ONLY t" becomes FROM "only" AS "t", and in athena DECIMAL '1.10' becomes the
#   column "decimal" AS "1.10" (these two fail when they are run).
# Hurts: services that parse queries to add a LIMIT or a tenant's filter and send the result on: filters by pattern match nothing, and
#   only those with a word boundary or a tab.
# Instead: send the original text, with the parser's result used for decisions only; write patterns as (^|\W)[FT](\W|$).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node-sql-parser@5.4.0 >/dev/null
cat > rewrite.cjs <<'JS'
const { Parser } = require('node-sql-parser')
const { queries, dialects } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const parser = new Parser()
const write = (query, database) => parser.sqlify(parser.astify(query, { database }), { database })
console.log(JSON.stringify(Object.fromEntries(dialects.map((name) => [name, queries.map((query) => write(query, name))]))))
JS
"$work/venv/bin/python" - <<'PY'
import json
import subprocess

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE trains (route VARCHAR, path VARCHAR)")
connection.execute(r"INSERT INTO trains VALUES ('F train', 'C:\new\a'), ('T', 'C:\x'), ('FT', 'C:\y')")
queries = [
    r"SELECT count(*) FROM trains WHERE regexp_matches(route, '\b[FT]\b')",
    r"SELECT count(*) FROM trains WHERE path = 'C:\new\a'",
    r"SELECT count(*) FROM trains WHERE regexp_matches(route, '^\w\s\w')",
]
asked = json.dumps({"queries": queries, "dialects": ["athena", "trino", "redshift", "postgresql"]})
done = subprocess.run(["node", "rewrite.cjs"], input=asked, check=True, capture_output=True, text=True)
counts = {"as written": [connection.execute(query).fetchall()[0][0] for query in queries]}
print("node-sql-parser", json.load(open("node_modules/node-sql-parser/package.json"))["version"], "duckdb", duckdb.__version__)
print("expected: the same counts before and after")
for dialect, texts in json.loads(done.stdout).items():
    print(f"{dialect:10} {ascii(texts[0])}")
    counts[dialect] = [connection.execute(text).fetchall()[0][0] for text in texts]
print(counts)
if counts.pop("as written") != [2, 1, 1] or any(count != [0, 0, 1] for count in counts.values()):
    raise SystemExit("no longer so: backslashes are written otherwise")
PY
