#!/usr/bin/env bash
# An INTERVAL that DuckDB writes to Parquet comes back to DuckDB without its microseconds.
#
# With: duckdb 2.0.1 (1.5.5 does the same), pyarrow 25.0.1.
# Expected: DuckDB reads its own file as it wrote it; timestamps keep their microseconds there, and an INTERVAL is months, days and
#   microseconds inside DuckDB. If the format cannot hold it, COPY says so.
# Seen: Parquet's INTERVAL has months, days and milliseconds; COPY cuts the rest off silently. 00:00:03.123456 comes back as
#   00:00:03.123, an interval of 400 microseconds as 00:00:00. pyarrow reads twelve raw bytes. TIME WITH TIME ZONE is changed
#   too: 10:00:00+02 comes back as 08:00:00+00, which DuckDB itself holds for unequal.
# Hurts: differences of timestamps (latencies, dwell times) that are unloaded as they are: short ones become zero, sums drift, and the
#   table read back is not equal to the one that was written.
# Instead: write epoch_us(interval) or microseconds as BIGINT, and zones beside times of their own column.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pyarrow.parquet as pq

connection = duckdb.connect()
connection.execute("CREATE TABLE t (short INTERVAL, longer INTERVAL, clock TIMETZ, stamp TIMESTAMP)")
connection.execute(
    "INSERT INTO t VALUES (INTERVAL 400 MICROSECONDS, INTERVAL '3.123456 seconds', '10:00:00+02',"
    " '2026-01-01 00:00:00.123456')"
)
connection.execute("COPY t TO 't.parquet'")
columns = "SELECT short::VARCHAR, longer::VARCHAR, clock::VARCHAR, stamp::VARCHAR FROM "
before = connection.execute(columns + "t").fetchone()
after = connection.execute(columns + "'t.parquet'").fetchone()
equal = connection.execute("SELECT a.clock = b.clock FROM t AS a, 't.parquet' AS b").fetchone()[0]
print("duckdb", duckdb.__version__)
print("expected:", before)
print("read back:", after, "- times of the day equal:", equal)
print("pyarrow's type of the interval:", pq.read_schema("t.parquet").field("short").type)
if before[:2] != ("00:00:00.0004", "00:00:03.123456") or after[:2] != ("00:00:00", "00:00:03.123"):
    raise SystemExit("no longer so: intervals keep their microseconds, or are shown otherwise")
if after[2] != "08:00:00+00" or equal or after[3] != before[3]:
    raise SystemExit("no longer so: the time with zone is read back as it was")
PY
