#!/usr/bin/env bash
# In Opteryx "LEFT JOIN stops ON stops.trip = trips.id AND trips.id > 3" has no row for trips 1 to 3, and an OR in ON joins everything.
#
# With: opteryx 0.26.8, pyarrow 26.0.1 (the Parquet files); duckdb 2.0.1 on the same files and queries.
# Expected: a LEFT JOIN has each row of the left side at least once: what stands in ON says who is a partner, not who stays. A RIGHT or
#   FULL JOIN has each of the right side, also one whose key is NULL, and conditions other than "=" are conditions.
# Seen: a condition on the left table alone is taken out of ON and filters it before the join. RIGHT and FULL JOIN lose or mix up rows
#   of the right side whose key is NULL: it is the partner of the left row without a key. ON a = b OR ... and ON a < b are a product of
#   all rows with all. WHERE wait IS NULL finds none of the rows without a partner, as if the join were an inner one.
# Hurts: "all trips, with their stops if they are late": the others are missing from counts and shares; ranges join everything.
# Instead: filter the right table in a subquery, keep the left one's condition in a CASE; UNION ALL of the inner join and NOT EXISTS.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opteryx==0.26.8 pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import duckdb
import opteryx
import pyarrow as pa
import pyarrow.parquet as pq

TABLES = {
    "trips": {"id": [1, 2, 3, 4, 5], "route": ["A", "B", None, "A", "C"], "late": [60, None, 0, -30, 120]},
    "stops": {"sid": [1, 2, 3, 4], "trip": [1, 1, 4, None], "wait": [5, None, 7, 1]},
    "closed": {"route": ["A", None], "why": ["works", "unknown"]},
}
for name, columns in TABLES.items():
    pq.write_table(pa.table(columns), f"{name}.parquet")
TRIPS, STOPS, CLOSED = ("'trips.parquet' AS t", "'stops.parquet' AS s", "'closed.parquet' AS c")
QUERIES = {
    f"SELECT t.id, s.sid FROM {TRIPS} LEFT JOIN {STOPS} ON s.trip = t.id": True,
    f"SELECT t.id, s.sid FROM {TRIPS} LEFT JOIN {STOPS} ON s.trip = t.id AND t.id > 3": False,
    f"SELECT t.id, s.sid FROM {TRIPS} LEFT JOIN {STOPS} ON s.trip = t.id WHERE s.wait > 5 OR s.wait IS NULL": False,
    f"SELECT t.id, c.why FROM {TRIPS} RIGHT JOIN {CLOSED} ON t.route = c.route": False,
    f"SELECT t.id, c.why FROM {TRIPS} FULL JOIN {CLOSED} ON t.route = c.route": False,
    f"SELECT t.id, c.why FROM {TRIPS} INNER JOIN {CLOSED} ON t.route = c.route OR (t.route IS NULL AND c.route IS NULL)": False,
    f"SELECT t.id, u.id FROM {TRIPS} LEFT JOIN 'trips.parquet' AS u ON t.late < u.late": False,
}
print("opteryx", version("opteryx"), "duckdb", duckdb.__version__)
for query, right in QUERIES.items():
    other = sorted(duckdb.sql(query).fetchall(), key=str)
    table = opteryx.query(query).arrow()
    seen = sorted(zip(*(column.to_pylist() for column in table.columns)), key=str)
    print(query[query.index("FROM") :])
    for engine, rows in (("Opteryx", seen), ("DuckDB ", other)):
        print(f"    {engine} {len(rows):2} rows {str(rows)[:110]}")
    if (seen == other) != right:
        raise SystemExit("no longer so")
lost = [row[0] for row in opteryx.query(list(QUERIES)[1]).arrow().to_pylist() for row in [list(row.values())]]
if sorted(lost) != [4, 5]:
    raise SystemExit(f"no longer so: {lost}")
PY
