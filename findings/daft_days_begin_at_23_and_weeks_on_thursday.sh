#!/usr/bin/env bash
# Daft's date_trunc('day') of 8 March 2026, 03:30 in New York, is 7 March, 23:00, and its weeks begin on Thursday.
#
# With: daft 0.7.26; for comparison polars 2.1.0 and duckdb 2.0.1 (TimeZone America/New_York).
# Expected: a day of a timestamp with a zone begins at midnight of that zone, a week on Monday, as date_trunc says in PostgreSQL,
#   DuckDB, Trino, Spark and DataFusion, and as Daft's own week_of_year() counts.
# Seen: on the two days when clocks change, every time after the change is cut with the wrong offset: the day clocks go
#   forward begins at 23:00 of the day before, the other one at 01:00. "week" counts sevens from 1 January 1970, a Thursday;
#   the documentation tells of an epoch that can be given (relative_to), not of a Thursday. date() is right.
# Hurts: counts by day: on the day clocks go forward its trips are of two days, most of them dated a day early; counts by week
#   that are joined with anybody else's.
# Instead: col("t").date() for days, and for weeks date() minus day_of_week() days.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 polars==2.1.0 duckdb==2.0.1 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import datetime as dt

import daft
import duckdb
import polars as pl
import pyarrow as pa
from daft import col

UTC = [dt.datetime(2026, 3, 8, 6, 30), dt.datetime(2026, 3, 8, 7, 30), dt.datetime(2026, 11, 1, 20), dt.datetime(2026, 7, 1, 12)]
table = pa.table({"t": pa.array(UTC, pa.timestamp("us", tz="America/New_York"))})
frame, connection = daft.from_arrow(table), duckdb.connect()
connection.execute("SET TimeZone = 'America/New_York'")
connection.register("trips", table)


def shown(times: list) -> list[str]:
    return [f"{each:%a %d.%m. %H:%M}" for each in times]


seen = {}
for unit, of_polars in (("day", "1d"), ("week", "1w")):
    seen[unit] = {
        "polars": shown(pl.from_arrow(table)["t"].dt.truncate(of_polars).to_list()),
        "DuckDB": [row[0] for row in connection.execute(
            f"SELECT strftime(date_trunc('{unit}', t)::TIMESTAMP, '%a %d.%m. %H:%M') FROM trips").fetchall()],
        "Daft": shown(frame.select(col("t").date_trunc(f"1 {unit}")).to_pydict()["t"]),
    }
days = [str(each) for each in frame.select(col("t").date()).to_pydict()["t"]]
print("daft", daft.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__)
print(f"{'':14}", *(f"{each:17}" for each in shown(pl.from_arrow(table)["t"].to_list())))
for unit, answers in seen.items():
    for name, times in answers.items():
        print(f"{unit:6}{name:8}", *(f"{each:17}" for each in times))
print(f"{'date()':6}{'Daft':8}", *(f"{each:17}" for each in days))
midnights = ["Sun 08.03. 00:00", "Sun 08.03. 00:00", "Sun 01.11. 00:00", "Wed 01.07. 00:00"]
if seen["day"]["polars"] != midnights or seen["day"]["DuckDB"] != midnights or seen["week"]["polars"] != seen["week"]["DuckDB"]:
    raise SystemExit("no longer so: the others")
if seen["day"]["Daft"] != ["Sun 08.03. 00:00", "Sat 07.03. 23:00", "Sun 01.11. 01:00", "Wed 01.07. 00:00"]:
    raise SystemExit("no longer so: days")
if not all(each.startswith(("Thu", "Wed")) for each in seen["week"]["Daft"]):
    raise SystemExit("no longer so: weeks")
PY
