#!/usr/bin/env bash
# DuckDB reads 1/2/2026 as 1 February in the file of 12 January, and as 2 January in the file of 13 January; pandas never does.
#
# With: duckdb 2.0.1, polars 2.1.0 (try_parse_dates), pandas 3.0.6 (numpy 2.3.5).
# Expected: 1/2/2026 can be read two ways. A reader takes one way always (pandas: month first), or leaves text; it does not answer by what
#   stands in other rows.
# Seen: DuckDB tries formats on a sample and prefers the day first: the American dates 1/1 to 1/12 become the first days of twelve
#   months. As soon as one row of the sample has 1/13, all are read month first. polars reads day first as well, and as soon as a row
#   has 1/13 all rows stay text. With a time "10:00:00 AM" DuckDB reads month first at once.
# Hurts: daily files of agencies that write M/D/YYYY: twelve days a month land in other months, the rest are right; a file grown by a
#   day changes the dates of the rows that it already had. No row is refused, row counts agree.
# Instead: name the format: read_csv(..., dateformat = '%m/%d/%Y') in DuckDB, str.to_date("%m/%d/%Y") in polars.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 polars==2.1.0 pandas==3.0.6 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib

import duckdb
import pandas as pd
import polars as pl

readers = {
    "duckdb": lambda file: [str(row[0]) for row in duckdb.execute(f"SELECT day FROM '{file}' ORDER BY n").fetchall()],
    "polars": lambda file: [str(day) for day in pl.read_csv(file, try_parse_dates=True)["day"]],
    "pandas": lambda file: [str(day.date()) for day in pd.read_csv(file, parse_dates=["day"])["day"]],
}
print("duckdb", duckdb.__version__, "polars", pl.__version__, "pandas", pd.__version__)
print("expected: 2 January in both files, or text in both")
seen = {}
for last in (12, 13):
    pathlib.Path("days.csv").write_text("day,n\n" + "".join(f"1/{day}/2026,{day}\n" for day in range(2, last + 1)))
    seen[last] = {name: read("days.csv")[0] for name, read in readers.items()}
    print(f"1/2/2026 in the file up to 1/{last}:", seen[last])
named = str(duckdb.execute("SELECT min(day) FROM read_csv('days.csv', dateformat = '%m/%d/%Y')").fetchone()[0])
wanted = {
    12: {"duckdb": "2026-02-01", "polars": "2026-02-01", "pandas": "2026-01-02"},
    13: {"duckdb": "2026-01-02", "polars": "1/2/2026", "pandas": "2026-01-02"},
}
if seen != wanted or named != "2026-01-02":
    raise SystemExit("no longer so: days are read otherwise")
PY
