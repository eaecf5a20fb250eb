#!/usr/bin/env bash
# pyarrow's strptime reads 2026-02-30 as 2 March, 2027-02-29 as 1 March, and day 366 of 2026 as a day in 2028.
#
# With: pyarrow 25.0.1; for comparison polars 2.1.0, duckdb 2.0.1 and Python's datetime.strptime.
# Expected: a date that does not exist is refused (error_is_null makes it NULL): so does pyarrow's own cast of the same text to a date,
#   and so do the other three for the same format (Python takes day 366 of 2026 for 1 January 2027).
# Seen: pyarrow.compute.strptime checks only that the day is between 1 and 31 and counts on from the first of the month. "%Y-%j" with 366
#   gives 2028-02-02. "%Z" is read over: "2026-01-01 EST" is midnight as if no zone were there, while %z is obeyed.
#   error_is_null=True changes nothing, as nothing fails.
# Hurts: loads from CSV and JSON whose dates are checked by converting them: typing errors become other valid days, in the next month's
#   partition; a row that polars or DuckDB refuses is in the table that pyarrow loaded.
# Instead: cast to date32 or timestamp for ISO texts; otherwise strptime, then strftime with the same format, and compare the texts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==25.0.1 polars==2.1.0 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

others = {
    "polars": lambda text, form: pl.Series([text]).str.strptime(pl.Datetime, form)[0],
    "duckdb": lambda text, form: duckdb.execute("SELECT strptime(?, ?)", [text, form]).fetchone()[0],
    "python": dt.datetime.strptime,
    "cast": lambda text, form: pa.array([text]).cast(pa.date32())[0].as_py(),
}
wanted = {
    ("2026-02-30", "%Y-%m-%d"): "2026-03-02",
    ("2027-02-29", "%Y-%m-%d"): "2027-03-01",
    ("20260431", "%Y%m%d"): "2026-05-01",
    ("2026-366", "%Y-%j"): "2028-02-02",
}
print("pyarrow", pa.__version__, "polars", pl.__version__, "duckdb", duckdb.__version__)
print("expected: an error, or NULL")
for (text, form), day in wanted.items():
    seen = str(pc.strptime(pa.array([text]), format=form, unit="s", error_is_null=True)[0])[:10]
    refused = []
    for name, convert in others.items():
        try:
            convert(text, form)
        except Exception:
            refused.append(name)
    print(f"{text:11} pyarrow {seen}; refused by {', '.join(refused)}")
    wanted_refusals = [name for name in others if (name, form) != ("python", "%Y-%j")]
    if seen != day or refused != wanted_refusals:
        raise SystemExit("no longer so: days that do not exist are read otherwise")
zone = str(pc.strptime(pa.array(["2026-01-01 EST"]), format="%Y-%m-%d %Z", unit="s")[0])
print("2026-01-01 EST:", zone)
if zone != "2026-01-01 00:00:00":
    raise SystemExit("no longer so: the zone is read otherwise")
PY
