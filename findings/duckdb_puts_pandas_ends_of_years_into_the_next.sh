#!/usr/bin/env bash
# The end of 2026 as pandas 2 writes it lies in 2027 for DuckDB's year(), date_trunc and cast to DATE, and in 2026 for its strftime and hour().
#
# With: duckdb 2.0.1 with pandas 2.3.3; for comparison polars 2.1.0 and pyarrow 25.0.1.
# Expected: the Period("2026").end_time of pandas before 3 is 2026-12-31 23:59:59.999999999; a DataFrame column of it is a TIMESTAMP_NS in DuckDB, and
#   its year is 2026, its day the 31st, as pandas, polars and pyarrow say. Truncation goes down.
# Seen: where a function knows no nanoseconds, DuckDB rounds to microseconds first, and that is midnight of the next day: year(),
#   date_trunc(), last_day(), dayname() and ::DATE are one day, month and year late; strftime() and hour() look at the
#   nanoseconds. Any time in the last half of a microsecond is concerned, with pandas' period ends that is each row.
# Hurts: joins of "valid to" dates and groups by month or year over period ends from pandas: each row is in the next group,
#   and the same row reads as 2026-12-31 when it is printed.
# Instead: end_time.dt.floor("us") in pandas, or make_timestamp(epoch_ns(t) // 1000) in DuckDB.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pandas==2.3.3 polars==2.1.0 pyarrow==25.0.1
"$work/venv/bin/python" - <<'PY'
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

ends = pd.DataFrame({"t": pd.period_range("2026", "2026", freq="Y").to_timestamp(how="end")})
connection = duckdb.connect()
connection.register("ends", ends)
print("duckdb", duckdb.__version__, "pandas", pd.__version__, "polars", pl.__version__, "pyarrow", pa.__version__)
print("the time, a", connection.execute("SELECT typeof(t) FROM ends").fetchone()[0], " ", ends["t"][0])
FUNCTIONS = {
    "year(t)": "2027",
    "t::DATE": "2027-01-01",
    "date_trunc('second', t)": "2027-01-01 00:00:00",
    "last_day(t)": "2027-01-31",
    "strftime(t, '%Y-%m-%d')": "2026-12-31",
    "hour(t)": "23",
    "make_timestamp(epoch_ns(t) // 1000)::DATE": "2026-12-31",
}
for function, expected in FUNCTIONS.items():
    seen = str(connection.execute(f"SELECT ({function})::VARCHAR FROM ends").fetchone()[0])
    print(f"DuckDB   {function:44}{seen}")
    if seen != expected:
        raise SystemExit(f"no longer so: {function} is {seen}")
array, frame = pa.array(ends["t"]), pl.from_pandas(ends)
others = {
    "pandas": (ends["t"].dt.year[0], ends["t"].dt.floor("D")[0]),
    "polars": (frame["t"].dt.year()[0], frame["t"].dt.truncate("1d")[0]),
    "pyarrow": (pc.year(array)[0].as_py(), pc.floor_temporal(array, unit="day")[0].as_py()),
}
for name, (year, day) in others.items():
    print(f"{name:9}year {year}, day {day}")
    if year != 2026 or (day.month, day.day) != (12, 31):
        raise SystemExit(f"no longer so: {name}")
PY
