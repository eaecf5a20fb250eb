#!/usr/bin/env bash
# In Daft 1 November minus 1 October is 31 seconds, and a date plus that difference is the same date.
#
# With: daft 0.7.26; for comparison duckdb 2.0.1 and polars 2.1.0.
# Expected: the difference of two dates is a number of days, or a duration of that many days; a + (b - a) is b.
# Seen: the days are counted and handed out as a duration of that many seconds, in SQL and in the DataFrame API; total_days() of
#   it is 0. A date plus a day, and the difference of two timestamps, are right, so a column changes its answers by a factor of
#   86,400 when its type goes from timestamp to date.
# Hurts: ages, service lives and days between maintenance from date columns; a filter "more than 30 days apart" finds
#   nothing and says nothing.
# Instead: cast both to timestamps before the subtraction.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 duckdb==2.0.1 polars==2.1.0 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import datetime as dt

import daft
import duckdb
import polars as pl
from daft import DataType, col

cars = {"built": [dt.date(2026, 10, 1), dt.date(1996, 3, 1)], "seen": [dt.date(2026, 11, 1), dt.date(2026, 3, 1)]}
frame = daft.from_pydict(cars)
moment = DataType.timestamp("us")
age = col("seen") - col("built")
ages = frame.select(
    age.alias("dates"),
    age.total_days().alias("total_days()"),
    (col("built") + age).alias("built + age"),
    (col("seen").cast(moment) - col("built").cast(moment)).alias("timestamps"),
).to_pydict()
sql = daft.sql("SELECT DATE '2026-11-01' - DATE '2026-10-01' AS age").to_pydict()["age"]
old = frame.where(age.total_days() > 30).count_rows()
print("daft", daft.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__)
for name, values in ages.items():
    print(f"Daft, {name:14}", *map(str, values), sep="  ")
print("Daft, SQL           ", sql[0])
print("Daft, older than 30 days:", old, "of 2 cars")
print("DuckDB              ", duckdb.execute("SELECT DATE '2026-11-01' - DATE '2026-10-01'").fetchone()[0], "days")
print("polars              ", pl.DataFrame(cars).select(pl.col("seen") - pl.col("built"))["seen"].to_list()[0])
days = [dt.timedelta(days=31), dt.timedelta(days=10957)]
if ages["timestamps"] != days:
    raise SystemExit("no longer so: timestamps")
if ages["dates"] != [dt.timedelta(seconds=each.days) for each in days] or ages["built + age"] != cars["built"]:
    raise SystemExit("no longer so")
if sql != [dt.timedelta(seconds=31)] or ages["total_days()"] != [0, 0] or old != 0:
    raise SystemExit("no longer so")
PY
