#!/usr/bin/env bash
# In Sail a sum over the last seven days of a DATE is the sum of everything up to now; over a TIMESTAMP it is right.
#
# With: pysail 0.7.2 (Sail, the Spark-compatible engine in Rust) with pyspark-client 4.1.3; duckdb 2.0.1 on the same query.
# Expected: SUM(x) OVER (ORDER BY day RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW) adds seven days, as in Spark 4.3.0 (asked
#   as well, not part of this script), DuckDB, PostgreSQL and DataFusion, which Sail is built on.
# Seen: with a column of type DATE and an interval in days or hours Sail adds all earlier rows, however old: January is in March's
#   week. No error, no warning. With INTERVAL 1 MONTH, with a TIMESTAMP column, or with a number of days as key the answer is right.
#   Also weekday(Sunday) is -1, where Spark says 6 (0 is Monday), and rint(2.5) is 3.0, where Spark says 2.0.
# Hurts: moving averages of ridership or delay: on short test data (a week or less) they are right, later they are running totals.
# Instead: ORDER BY CAST(day AS TIMESTAMP); compare a moving sum with its first rows a month later.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pysail==0.7.2 pyspark-client==4.1.3 pandas==2.3.3 duckdb==2.0.1
cd "$work"
RUST_LOG=error "$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import duckdb
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

server = SparkConnectServer()
server.start(background=True)
spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
query = """SELECT CAST(day AS DATE), SUM(late) OVER (ORDER BY day RANGE BETWEEN INTERVAL '6' DAY PRECEDING AND CURRENT ROW)
FROM (VALUES (1, {0} '2026-01-01'), (2, {0} '2026-01-05'), (4, {0} '2026-02-01'), (8, {0} '2026-03-05')) AS trains(late, day)
ORDER BY day"""
sums = {}
for kind in ("DATE", "TIMESTAMP"):
    sums["Sail", kind] = [row[1] for row in spark.sql(query.format(kind)).collect()]
    sums["DuckDB", kind] = [row[1] for row in duckdb.execute(query.format(kind)).fetchall()]
odd = tuple(spark.sql("SELECT weekday(DATE '2026-11-29'), weekday(DATE '2026-11-30'), rint(2.5D)").collect()[0])
print("pysail", version("pysail"), "duckdb", duckdb.__version__, "- expected [1, 3, 4, 8] four times")
for (engine, kind), answer in sums.items():
    print(f"{engine:7}{kind:10}", answer)
print("Sail's weekday of Sunday and Monday, and rint(2.5):", odd, "- expected (6, 0, 2.0)")
if sums.pop(("Sail", "DATE")) != [1, 3, 7, 15] or odd != (-1, 0, 3.0):
    raise SystemExit("no longer so: Sail answers otherwise")
if any(answer != [1, 3, 4, 8] for answer in sums.values()):
    raise SystemExit("no longer so: DuckDB or Sail's TIMESTAMP answers otherwise")
PY
