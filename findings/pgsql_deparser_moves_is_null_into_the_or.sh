#!/usr/bin/env bash
# pgsql-deparser writes "(late OR cancelled) IS NULL" as "late OR cancelled IS NULL", and FETCH ... WITH TIES as LIMIT: other rows.
#
# With: the npm packages pgsql-deparser 18.3.8 and pgsql-parser 18.2.8 (PostgreSQL's own parser, compiled); DuckDB 2.0.1 to run both.
# Expected: the parser is PostgreSQL's, so the tree is right, and a deparser writes a text that parses to the same tree: parentheses
#   where operators bind otherwise, or too many of them.
# Seen: the operands of IS NULL, IS NOT NULL, IN and BETWEEN are written without parentheses: (a OR b) IS NULL becomes a OR (b IS
#   NULL), (NOT a) IN (b) becomes NOT (a IN (b)), which is no error and finds other rows. IS TRUE, casts and = have their parentheses.
#   WITH TIES disappears, and DISTINCT in GROUP BY DISTINCT too, so that rows are counted twice.
# Hurts: who rewrites queries through the tree (adds a schema or a tenant, checks migrations, formats) and runs what it writes.
# Instead: parse the written text again and compare the trees without their "location"s, as this script does; refuse what differs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit pgsql-deparser@18.3.8 pgsql-parser@18.2.8 >/dev/null
cat > write.mjs <<'JS'
import { parse } from 'pgsql-parser'
import { deparse } from 'pgsql-deparser'
const queries = [
  'SELECT trip FROM t WHERE (late OR cancelled) IS NULL ORDER BY trip',
  'SELECT trip FROM t WHERE (late OR cancelled) IN (false) ORDER BY trip',
  'SELECT trip FROM t WHERE (NOT late) IS NULL ORDER BY trip',
  'SELECT trip FROM t ORDER BY delay FETCH FIRST 1 ROW WITH TIES',
  'SELECT late, count(*) FROM t GROUP BY DISTINCT ROLLUP (late), ROLLUP (late)',
  'SELECT trip FROM t WHERE (late OR cancelled) IS NOT TRUE ORDER BY trip',
]
const bare = (node) =>
  JSON.stringify(node, (key, value) => (/location|stmt_len/.test(key) || value === undefined ? undefined : value))
const written = []
for (const query of queries) {
  const tree = await parse(query)
  const text = await deparse(tree, { pretty: false })
  written.push([query, text, bare(tree) === bare(await parse(text))])
}
console.log(JSON.stringify(written))
JS
node write.mjs > written.json
"$work/venv/bin/python" - <<'PY'
import json

import duckdb

connection = duckdb.connect()
connection.execute("CREATE TABLE t (trip TEXT, late BOOLEAN, cancelled BOOLEAN, delay INT)")
connection.execute("""INSERT INTO t VALUES ('A', true, NULL, 5), ('B', NULL, NULL, 0), ('C', false, false, 0), ('D', NULL, true, 9),
    ('E', false, NULL, 7)""")
print("DuckDB", duckdb.__version__, "expected: every text parses to the tree that it was written from, and finds the same rows")
same, rows = [], {}
for query, text, tree in json.load(open("written.json")):
    same.append(tree)
    print("\n".join(("", query, text, f"same tree: {tree}")))
    if "WITH TIES" in query or "DISTINCT" in query:  # DuckDB does not know them
        continue
    rows[query], rows[text] = ("".join(r[0] for r in connection.execute(q).fetchall()) for q in (query, text))
    print(f"rows: {rows[query] or '-'} and {rows[text] or '-'}")
if same != [False] * 5 + [True]:
    raise SystemExit("no longer so: other texts parse to the same tree")
wanted = ["BE", "ABE", "C", "AC", "BD", "ACE", "BCE"]
if list(rows.values()) != wanted:
    raise SystemExit(f"no longer so: other rows: {list(rows.values())}")
PY
