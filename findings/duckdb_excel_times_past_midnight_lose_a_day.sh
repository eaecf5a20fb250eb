#!/usr/bin/env bash
# DuckDB reads the time 25:10 of an Excel timetable as 01:10: what lies past midnight goes before everything else, 30 hours are 6.
#
# With: duckdb 1.5.5 with its excel extension (duckdb-extension-excel 1.5.5, the newest on PyPI), openpyxl 3.1.5 as the writer; pandas
#   3.1.1 and polars 2.1.0 (fastexcel 0.21.0) read the same file.
# Expected: Excel keeps times as days, 1.0486 for 25:10, and shows hours past 24 where the format is [h]:mm. That is a duration: pandas,
#   polars and openpyxl read one day, 1:10. A type that cannot hold it would be an error, as for a text in a column of numbers.
# Seen: a column of TIME with whole days taken off, without a word. With [h]:mm:ss, which Excel has built in, the same cells
#   are the DOUBLE 1.0486, days; the documentation of read_xlsx speaks of neither. openpyxl writes every timedelta as [hh]:mm:ss.
# Hurts: timetables, whose service days end after 24:00 as in GTFS: the last trips become the first, and travel times negative;
#   time sheets and sums of delays, which lose 24 hours each.
# Instead: read_xlsx(..., all_varchar = true) and 86400 times the number, rounded, as seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-excel==1.5.5 openpyxl==3.1.5 pandas==3.1.1 \
    polars==2.1.0 fastexcel==0.21.0 pyarrow==25.0.1
cd "$work"
export HOME="$work"  # where DuckDB lays its extensions
"$work/venv/bin/python" -W ignore - <<'PY'
import datetime as dt
import importlib.metadata

import duckdb
import openpyxl
import pandas as pd
import polars as pl
from duckdb_extensions import import_extension

ARRIVALS = [dt.timedelta(hours=23, minutes=59), dt.timedelta(hours=24), dt.timedelta(hours=25, minutes=10), dt.timedelta(hours=30)]
connection = duckdb.connect()
import_extension("excel", con=connection)
connection.execute("LOAD excel")
names = ("duckdb", "duckdb-extension-excel", "openpyxl", "pandas", "polars", "fastexcel")
print(*(f"{name} {importlib.metadata.version(name)}" for name in names))
print("written:", *ARRIVALS, sep="  ")
for cell_format in ("[hh]:mm:ss", "[h]:mm", "[h]:mm:ss"):
    book = openpyxl.Workbook()
    book.active.append(["trip", "arrival"])
    for trip, arrival in enumerate(ARRIVALS):
        book.active.append([trip, arrival])
        if cell_format != "[hh]:mm:ss":  # that one openpyxl takes for every timedelta
            book.active.cell(row=trip + 2, column=2).number_format = cell_format
        elif book.active.cell(row=trip + 2, column=2).number_format != cell_format:
            raise SystemExit("no longer so: openpyxl's format")
    book.save("timetable.xlsx")
    seen = connection.execute("SELECT typeof(arrival), arrival::VARCHAR FROM 'timetable.xlsx' ORDER BY trip").fetchall()
    others = [pd.read_excel("timetable.xlsx")["arrival"].tolist(), pl.read_excel("timetable.xlsx")["arrival"].to_list()]
    print(f"{cell_format:11}", "pandas", *others[0], "  polars", *others[1])
    print(f"{'':11}", "DuckDB", *(f"{kind} {value}" for kind, value in seen))
    if others != [ARRIVALS, ARRIVALS]:
        raise SystemExit("no longer so: pandas or polars")
    if cell_format == "[h]:mm:ss":
        expected = [("DOUBLE", each) for each in ("0.9993055555555556", "1.0", "1.048611111111111", "1.25")]
    else:
        expected = [("TIME", each) for each in ("23:59:00", "00:00:00", "01:10:00", "06:00:00")]
    if seen != expected:
        raise SystemExit("no longer so")
    if cell_format != "[h]:mm:ss":
        order = [row[0] for row in connection.execute("SELECT trip FROM 'timetable.xlsx' ORDER BY arrival").fetchall()]
        print(f"{'':11}", "trips by arrival:", *(int(each) for each in order))
        if order != [1, 2, 3, 0]:
            raise SystemExit("no longer so: the order")
PY
