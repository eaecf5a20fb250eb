#!/usr/bin/env bash
# In Databend EXCEPT keeps a row with NULL that the other side has too, INTERSECT has none, and "late = late" is true for NULL.
#
# With: the Python package databend 1.2.453 (the engine in the process), pandas 3.1.1; for comparison duckdb 2.0.1 and SQLite (of
#   Python).
# Expected: EXCEPT and INTERSECT take two NULLs for the same, in the standard and in the engines known to us: a table EXCEPT itself is
#   empty. x = x is NULL where x is NULL, so that WHERE leaves the row out. A coalesce around a sum of no rows gives its second argument.
# Seen: both set operations are joins with "=": a row with a NULL in any column is never found on the other side. WHERE late = late
#   finds the row without a value, and WHERE (late = late) IS NULL finds it too. WHERE (SELECT coalesce(sum(wait), 0) ... of this trip) =
#   0 finds no trip that has no stops: their sum is NULL after the coalesce; asked for count(*), or with coalesce around it, it is right.
# Hurts: proofs that two tables are equal: "a EXCEPT b" of equal tables is not empty, "a INTERSECT b" counts too few rows.
# Instead: SELECT ..., count(*) per side with GROUP BY and UNION ALL; IS NOT DISTINCT FROM in a join; coalesce outside of the subquery.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet databend==1.2.453 pyarrow==26.0.1 pandas==3.1.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - >seen 2>databend.log <<'PY' || { cat databend.log; exit 1; }
import os
import sqlite3
from importlib.metadata import version

import databend
import duckdb
import pandas

TABLES = (
    ("trips", "id INT NULL, route VARCHAR NULL, late INT NULL", "(1, 'A', 60), (2, 'B', NULL), (3, NULL, 0), (4, 'A', -30)"),
    ("copied", "id INT NULL, route VARCHAR NULL, late INT NULL", "(1, 'A', 60), (2, 'B', NULL), (3, NULL, 0), (4, 'A', -30)"),
    ("stops", "trip INT NULL, wait INT NULL", "(1, 5), (1, NULL), (4, 7)"),
)
QUERIES = {
    "SELECT id, route, late FROM trips EXCEPT SELECT id, route, late FROM copied": 2,
    "SELECT id, route, late FROM trips INTERSECT SELECT id, route, late FROM copied": 2,
    "SELECT route FROM trips UNION SELECT route FROM copied": None,
    "SELECT id FROM trips WHERE late = late": 4,
    "SELECT id FROM trips WHERE (late = late) IS NULL": None,
    "SELECT id FROM trips WHERE late <= late + 0": None,
    "SELECT id FROM trips WHERE (SELECT coalesce(sum(wait), 0) FROM stops WHERE stops.trip = trips.id) = 0": 0,
    "SELECT id FROM trips WHERE (SELECT count(*) FROM stops WHERE stops.trip = trips.id) = 0": None,
    "SELECT id FROM trips WHERE coalesce((SELECT sum(wait) FROM stops WHERE stops.trip = trips.id), 0) = 0": None,
}
bend, duck, lite = databend.SessionContext(), duckdb.connect(), sqlite3.connect(":memory:")
for name, columns, rows in TABLES:
    for statement in (f"CREATE TABLE {name} ({columns})", f"INSERT INTO {name} VALUES {rows}"):
        bend.sql(statement).collect()
        duck.execute(statement.replace(" NULL,", ",").replace("NULL)", ")") if statement.startswith("CREATE") else statement)
        lite.execute(statement)
print("databend", version("databend"), "duckdb", duckdb.__version__, "SQLite", sqlite3.sqlite_version)
problem = ""
for query, wrong in QUERIES.items():
    frame = bend.sql(query).to_pandas()
    seen = [tuple(None if pandas.isna(value) else value for value in row) for row in frame.itertuples(index=False, name=None)]
    others = [sorted(engine.execute(query).fetchall(), key=str) for engine in (duck, lite)]
    same = sorted(map(str, seen)) == sorted(map(str, others[0]))
    print(f"{query}\n    Databend {len(seen)} {str(sorted(seen, key=str))[:90]}\n    DuckDB and SQLite {len(others[0])} {str(others[0])[:90]}")
    if others[0] != others[1] or same != (wrong is None) or wrong not in (None, len(seen)):
        problem = problem or f"no longer so: {query}"
print(problem or "so it is", flush=True)
os._exit(1 if problem else 0)  # the engine's threads do not end by themselves
PY
cat seen
