#!/usr/bin/env bash
# In Daft route NOT IN ('B') on an Iceberg table loses every row in the bucket of 'B', and NOT (day > 31 October) all of October.
#
# With: daft 0.7.26, pyiceberg 0.12.0 (pyiceberg-core 0.10.1) with its SQL catalogue (sqlite) in a folder, pyarrow 25.0.1; for
#   comparison polars 2.1.0 (scan_iceberg) and duckdb 2.0.1 on the same rows.
# Expected: a partition is skipped when none of its rows can fit. Where the filter is negated, the partition of 'B' may hold other
#   routes that fit: of bucket(4, route), truncate(1, route), month(day) nothing is known from "not B".
# Seen: Daft writes the filter as one on the partition and negates that: NOT (bucket = bucket of 'B'). Whoever shares the bucket, the
#   first letter or the month is gone, in SQL and with where(~...), and NOT BETWEEN as well; "<>" is right, and so is a table without
#   partitions. Of bucket(4, fare), a DECIMAL, fare = -10.00 finds nothing at all: its bucket is another one than Iceberg's.
# Hurts: exclusions and "all but" filters over partitioned tables: rows are missing from counts and copies, without an error; how many
#   depends on how the table is laid out.
# Instead: write the opposite (day <= ..., <> with AND); or read the table without a filter and filter by an expression over the column.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 "pyiceberg[sql-sqlite,pyiceberg-core]==0.12.0" pyiceberg-core==0.10.1 pyarrow==25.0.1 polars==2.1.0 duckdb==2.0.1
cd "$work"
DAFT_PROGRESS_BAR=0 DO_NOT_TRACK=true "$work/venv/bin/python" -W ignore - 2>daft.log <<'PY' || { cat daft.log; exit 1; }
import pathlib
from datetime import date
from decimal import Decimal

import daft
import duckdb
import polars
import pyarrow as pa
import pyiceberg
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, IdentityTransform, MonthTransform, TruncateTransform
from pyiceberg.types import DateType, DecimalType, IntegerType, NestedField, StringType

days = [date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2), None, date(2026, 10, 15)]
fares = [Decimal(each) for each in ("10.00", "-10.00", "2.75", "-0.01", "0.00", "-1.50")]
columns = {
    "id": pa.array(range(1, 7), pa.int32()),
    "route": pa.array(["A", "B", "C", "BX", None, "F"], pa.string()),
    "day": pa.array(days, pa.date32()),
    "fare": pa.array(fares, pa.decimal128(9, 2)),
}
trips = pa.table(columns)
kinds = {"id": IntegerType(), "route": StringType(), "day": DateType(), "fare": DecimalType(9, 2)}
schema = Schema(*[NestedField(number, name, kind, required=False) for number, (name, kind) in enumerate(kinds.items(), 1)])
catalogue = SqlCatalog("lake", uri="sqlite:///lake.db", warehouse=f"file://{pathlib.Path.cwd()}/lake")
catalogue.create_namespace("city")
LAYOUTS = {
    "none": PartitionSpec(),
    "route": PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "p")),
    "bucket(2, route)": PartitionSpec(PartitionField(2, 1000, BucketTransform(2), "p")),
    "truncate(1, route)": PartitionSpec(PartitionField(2, 1000, TruncateTransform(1), "p")),
    "month(day)": PartitionSpec(PartitionField(3, 1000, MonthTransform(), "p")),
    "bucket(4, fare)": PartitionSpec(PartitionField(4, 1000, BucketTransform(4), "p")),
}
FILTERS = (
    "route NOT IN ('B')",
    "NOT (route = 'B')",
    "route <> 'B'",
    "NOT (day > DATE '2026-10-31')",
    "day <= DATE '2026-10-31'",
    "day NOT BETWEEN DATE '2026-10-15' AND DATE '2026-11-01'",
    "fare = -10.00",
)
print("daft", daft.__version__, "pyiceberg", pyiceberg.__version__, "polars", polars.__version__, "duckdb", duckdb.__version__)
wrong = {}
for number, (layout, spec) in enumerate(LAYOUTS.items()):
    table = catalogue.create_table(f"city.trips{number}", schema=schema, partition_spec=spec)
    table.append(trips)
    for each in FILTERS:
        right = [row[0] for row in duckdb.sql(f"SELECT id FROM trips WHERE {each} ORDER BY id").fetchall()]
        frame = polars.scan_iceberg(table)
        other = polars.SQLContext(trips=frame).execute(f"SELECT id FROM trips WHERE {each} ORDER BY id", eager=True)["id"].to_list()
        lake = daft.read_iceberg(table)
        seen = daft.sql(f"SELECT id FROM lake WHERE {each} ORDER BY id", lake=lake).to_pydict()["id"]
        if other != right:
            raise SystemExit(f"no longer so: polars finds {other} for {each}")
        if seen != right:
            print(f"partitioned by {layout:18} {each:55} Daft {seen!s:12} DuckDB and polars {right}")
            wrong[layout, each] = seen
by_method = daft.read_iceberg(catalogue.load_table("city.trips4")).where(~(daft.col("day") > date(2026, 10, 31))).sort("id").to_pydict()["id"]
print("where(~(col('day') > 31 October)), month(day):", by_method)
expected = {
    ("bucket(2, route)", "route NOT IN ('B')"): [3],
    ("bucket(2, route)", "NOT (route = 'B')"): [3],
    ("truncate(1, route)", "route NOT IN ('B')"): [1, 3, 6],
    ("truncate(1, route)", "NOT (route = 'B')"): [1, 3, 6],
    ("month(day)", "NOT (day > DATE '2026-10-31')"): [],
    ("month(day)", "day NOT BETWEEN DATE '2026-10-15' AND DATE '2026-11-01'"): [],
    ("bucket(4, fare)", "fare = -10.00"): [],
}
if wrong != expected or by_method != []:
    raise SystemExit(f"no longer so: {wrong}")
PY
