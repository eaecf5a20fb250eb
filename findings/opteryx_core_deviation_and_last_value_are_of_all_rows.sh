#!/usr/bin/env bash
# In Opteryx Core last_value() OVER (ORDER BY id) is that of the last row everywhere, stddev() is the population's, a right join loses rows.
#
# With: opteryx-core 0.9.175 (the fork of Opteryx that its makers go on with), pyarrow 26.0.1 (the Parquet files); for comparison duckdb
#   2.0.1.
# Expected: with ORDER BY the frame of a window ends at the current row, as sum() OVER has it here too; stddev is stddev_samp
#   (PostgreSQL, DuckDB, Trino, Spark). A right join has each row of the right side. NOT IN over no rows is true.
# Seen: last_value is that of the whole table, while sum() beside it runs (only who writes a frame is told that it takes none). stddev
#   divides by n, and stddev_samp, by n - 1, is another number. RIGHT JOIN ON s.trip = t.id AND t.id = 4 has one row of four. id NOT IN
#   (SELECT trip ... WHERE wait = t.id): a NULL in the list of trip 1 takes trips 2 to 5 away too, whose lists are empty; NOT IN over one
#   empty list is right.
# Hurts: "latest state so far" looks into the future, intervals of A/B tests are too narrow, unmatched rows are missing.
# Instead: the column itself, or max_by in a self-join; stddev_samp; a LEFT JOIN with the sides changed; NOT EXISTS.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opteryx-core==0.9.175 pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pathlib
from importlib.metadata import version

import duckdb
import opteryx
import pyarrow as pa
import pyarrow.parquet as pq
from opteryx.connectors import DiskConnector

TABLES = {
    "trips": {"id": [1, 2, 3, 4, 5], "late": [60, 90, 0, -30, 120]},
    "stops": {"sid": [1, 2, 3, 4], "trip": [1, 1, 4, None], "wait": [50, 60, 70, 1]},
}
for name, columns in TABLES.items():
    pathlib.Path("data", name).mkdir(parents=True)
    pq.write_table(pa.table(columns), f"data/{name}/{name}.parquet")
QUERIES = {
    "SELECT id, sum(late) OVER (ORDER BY id) FROM data.trips": None,
    "SELECT id, last_value(late) OVER (ORDER BY id) FROM data.trips": 0,
    "SELECT round(stddev(late), 6) FROM data.trips": 0,
    "SELECT round(stddev_samp(late), 6) FROM data.trips": None,
    "SELECT t.id, s.sid FROM data.trips AS t RIGHT JOIN data.stops AS s ON s.trip = t.id": None,
    "SELECT t.id, s.sid FROM data.trips AS t RIGHT JOIN data.stops AS s ON s.trip = t.id AND t.id = 4": 0,
    "SELECT t.id, s.sid FROM data.stops AS s LEFT JOIN data.trips AS t ON s.trip = t.id AND t.id = 4": None,
    "SELECT t.id FROM data.trips AS t WHERE t.id NOT IN (SELECT s.trip FROM data.stops AS s WHERE s.wait = t.id)": 0,
    "SELECT t.id FROM data.trips AS t WHERE t.id NOT IN (SELECT s.trip FROM data.stops AS s WHERE s.wait = 5)": None,
}
opteryx.register_workspace("data", DiskConnector)
duck = duckdb.connect()
duck.execute("CREATE SCHEMA data")
for name in TABLES:
    duck.execute(f"CREATE TABLE data.{name} AS FROM 'data/{name}/{name}.parquet'")
print("opteryx-core", version("opteryx-core"), "duckdb", duckdb.__version__)
problem = ""
for query, wrong in QUERIES.items():
    seen = []
    for morsel in opteryx.session().execute_to_morsels(query):
        seen += zip(*(morsel.column(name).to_pylist() for name in morsel.column_names))
    seen = [tuple(None if value is None else float(value) for value in row) for row in seen]
    other = [tuple(None if value is None else float(value) for value in row) for row in duck.execute(query).fetchall()]
    other.sort(key=str)
    seen.sort(key=str)
    print(f"{query}\n    Opteryx Core {seen}\n    DuckDB       {other}")
    if (seen == other) != (wrong is None):
        problem = problem or f"no longer so: {query}"
if problem:
    raise SystemExit(problem)
PY
