#!/usr/bin/env bash
# In Daft's SQL "sum(x) OVER (PARTITION BY route ORDER BY id)" is the whole sum in each row, and "ORDER BY id DESC LIMIT 2" gives other rows.
#
# With: daft 0.7.26; for comparison duckdb 2.0.1.
# Expected: an ORDER BY in the window makes it a running sum (the frame is up to the current row when none is written, in the
#   SQL standard as in every database), and the query's own ORDER BY orders the rows before LIMIT takes them.
# Seen: without a written frame the order counts for nothing in sum, avg, min and max; lag() and ranks honour it. And the
#   plan sorts first and computes the window last, which moves rows: they come as the window leaves them, and LIMIT takes the
#   first of those. There is no warning.
# Hurts: running totals, "latest two of each" and every report that is sorted: right on tables of one partition, where nothing moves.
# Instead: write the frame (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), and sort in a step of its own:
#   daft.sql(...).sort("id", desc=True).limit(2).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 duckdb==2.0.1 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import daft
import duckdb
import pyarrow as pa

fares = pa.table({"id": range(1, 1001), "route": ["ACF"[i % 3] for i in range(1000)], "riders": [1] * 1000})
table = daft.from_arrow(fares)
connection = duckdb.connect()
connection.register("fares", fares)
print("daft", daft.__version__, "duckdb", duckdb.__version__)


def both(query: str) -> tuple[list, list]:
    """The rows as Daft and as DuckDB return them, with their order."""
    ours = daft.sql(query, fares=table).to_pydict()
    return list(zip(*ours.values())), connection.execute(query).fetchall()


riders = "SELECT id, sum(riders) OVER (PARTITION BY route ORDER BY id{}) AS so_far FROM fares ORDER BY id"
frame = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
last = "SELECT id, lag(id) OVER (PARTITION BY route ORDER BY id) AS before FROM fares ORDER BY id DESC LIMIT 2"
seen = {}
for name, query in (("no frame", riders.format("")), ("frame", riders.format(frame)), ("limit", last)):
    daft_rows, duck_rows = both(query)
    same, sorted_ids = sorted(daft_rows) == sorted(duck_rows), [row[0] for row in daft_rows] == [row[0] for row in duck_rows]
    seen[name] = (same, sorted_ids)
    print(query)
    print("   DuckDB", duck_rows[:3], duck_rows[-1])
    print("   Daft  ", daft_rows[:3], daft_rows[-1], " same rows:", same, " in the order asked for:", sorted_ids)
again = daft.sql(last.split(" ORDER BY id DESC")[0], fares=table).sort("id", desc=True).limit(2).to_pydict()
print("sorted in a step of its own:", list(zip(*again.values())))
if seen != {"no frame": (False, False), "frame": (True, False), "limit": (False, False)}:
    raise SystemExit(f"no longer so: {seen}")
PY
