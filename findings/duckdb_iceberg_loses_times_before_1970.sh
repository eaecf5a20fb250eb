#!/usr/bin/env bash
# DuckDB finds no row "ts >= TIMESTAMP '1965-06-01 12:30:00'" of that day in an Iceberg table partitioned by day(ts) or month(ts).
#
# With: duckdb 1.5.5 with its iceberg extension (duckdb-extension-iceberg 1.5.5, the newest on PyPI), pyiceberg 0.12.0, polars 2.1.0.
# Expected: a filter skips only files that cannot hold a row that fits; the partition of a moment before 1970 is the day it lies in, -1 for
#   31 December 1969, and so PyIceberg writes it.
# Seen: DuckDB rounds the time in the filter towards 1970: 1965-06-01 12:30 becomes the partition of the next day, and the file
#   of 1 June is skipped. The same by month; by hour, by year, by a date column and without partitions the row is there.
#   PyIceberg and polars find it in every table.
# Hurts: archives and dates of birth as timestamps, placeholders like 1900-01-01 00:00:01; rows vanish as soon as a filter has a time of day.
# Instead: add 0 seconds to the column (ts + INTERVAL 0 SECOND >= ...), so that no file is skipped.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-avro==1.5.5 duckdb-extension-iceberg==1.5.5 \
    "pyiceberg[sql-sqlite,pyarrow]==0.12.0" pyiceberg-core==0.11.0 polars==2.1.0 pyarrow==26.0.1
cd "$work"
HOME="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import os
from datetime import datetime
from importlib.metadata import version

import duckdb
import polars
import pyarrow
from duckdb_extensions import import_extension
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import DayTransform, HourTransform, MonthTransform, YearTransform

moments = [datetime(1965, 6, 1, 12, 30), datetime(1965, 6, 1, 23, 59, 59), datetime(2026, 11, 1, 12, 30)]
rows = pyarrow.table({"id": [1, 2, 3], "ts": pyarrow.array(moments, pyarrow.timestamp("us"))})
catalog = SqlCatalog("c", uri=f"sqlite:///{os.getcwd()}/catalog.db", warehouse=f"file://{os.getcwd()}")
catalog.create_namespace("n")
connection = duckdb.connect()
for extension in ("avro", "iceberg"):
    import_extension(extension, con=connection)
    connection.execute(f"LOAD {extension}")
seen = {}
print("duckdb", duckdb.__version__, "pyiceberg", version("pyiceberg"), "polars", polars.__version__)
for name, transform in {
    "none": None,
    "hour": HourTransform(),
    "day": DayTransform(),
    "month": MonthTransform(),
    "year": YearTransform(),
}.items():
    table = catalog.create_table("n." + name, rows.schema)
    if transform:
        with table.update_spec() as update:
            update.add_field("ts", transform)
    table = catalog.load_table("n." + name)
    table.append(rows)
    scan = f"iceberg_scan('{table.metadata_location.removeprefix('file://')}')"
    start, end = "TIMESTAMP '1965-06-01 12:30:00'", "TIMESTAMP '1965-06-02 00:00:00'"
    answers = {
        "DuckDB": f"SELECT id FROM {scan} WHERE ts >= {start} AND ts < {end}",
        "DuckDB, + 0 seconds": f"SELECT id FROM {scan} WHERE ts + INTERVAL 0 SECOND >= {start} AND ts + INTERVAL 0 SECOND < {end}",
    }
    seen[name] = {asked: sorted(row[0] for row in connection.execute(query).fetchall()) for asked, query in answers.items()}
    condition = "ts >= '1965-06-01T12:30:00' and ts < '1965-06-02T00:00:00'"
    seen[name]["PyIceberg"] = sorted(table.scan(row_filter=condition).to_arrow()["id"].to_pylist())
    between = polars.col("ts").is_between(datetime(1965, 6, 1, 12, 30), datetime(1965, 6, 2), closed="left")
    seen[name]["polars"] = sorted(polars.scan_iceberg(table).filter(between).collect()["id"].to_list())
    print(f"by {name:5}", seen[name], "- expected [1, 2]")
if {name: answers["DuckDB"] for name, answers in seen.items()} != {"none": [1, 2], "hour": [1, 2], "day": [], "month": [], "year": [1, 2]}:
    raise SystemExit("no longer so: DuckDB's answer")
if any(answers[asked] != [1, 2] for answers in seen.values() for asked in answers if asked != "DuckDB"):
    raise SystemExit("no longer so: others lose rows too")
PY
