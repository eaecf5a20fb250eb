#!/usr/bin/env bash
# PyIceberg's delete("route != 'A'") deletes rows whose route is NULL or keeps them, depending on the rows that share their file.
#
# With: pyiceberg 0.12.0, pyarrow 26.0.1, duckdb 2.0.1.
# Expected: delete(filter) deletes the rows that scan(filter) finds, as DELETE and SELECT do; a NULL is not "!= 'A'" in SQL, nor in scan.
# Seen: scan leaves NULL out, always. delete and overwrite(overwrite_filter=...) drop a file whole when, judged by its least and
#   greatest values and by its partition, no row of it can be an 'A': then the NULLs in it are gone too. In a file with an 'A'
#   they stay. So a table partitioned by route loses all of them, the same rows in one file none. The same for integers,
#   booleans and dates, and with "not (route = 'A')".
# Hurts: retention ("delete all but"), overwrites of "everything else": rows that no scan showed beforehand are gone, and how many depends
#   on when they were written and compacted.
# Instead: say what to do with NULL: "route != 'A' and route is not null"; compare the counts of scan and of the table before and after.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "pyiceberg[sql-sqlite,pyarrow]==0.12.0" pyiceberg-core==0.11.0 pyarrow==26.0.1 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import os
from importlib.metadata import version

import duckdb
import pyarrow
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import IdentityTransform

rows = pyarrow.table(
    {
        "id": [1, 2, 3, 4, 5],
        "route": ["A", None, "C", "C", None],
        "cars": pyarrow.array([10, None, 8, 8, None], pyarrow.int32()),
        "late": [True, None, False, False, None],
    }
)
catalog = SqlCatalog("c", uri=f"sqlite:///{os.getcwd()}/catalog.db", warehouse=f"file://{os.getcwd()}")
catalog.create_namespace("n")


def deleted(number, condition, layout, write):
    table = catalog.create_table(f"n.t{number}{layout.split()[0]}{write}", rows.schema)
    if layout == "partitioned":
        with table.update_spec() as update:
            update.add_field("route", IdentityTransform())
    table = catalog.load_table(table.name())
    for part in [rows.slice(0, 3), rows.slice(3)] if layout == "two files" else [rows]:
        table.append(part)
    found = set(table.scan(row_filter=condition).to_arrow()["id"].to_pylist())
    if write == "delete":
        table.delete(condition)
    else:
        table.overwrite(rows.slice(0, 0), overwrite_filter=condition)
    left = set(catalog.load_table(table.name()).scan().to_arrow()["id"].to_pylist())
    return found, set(range(1, 6)) - left


print("pyiceberg", version("pyiceberg"), "duckdb", duckdb.__version__, "- rows 2 and 5 are NULL")
expected = {"one file": {3, 4}, "two files": {3, 4, 5}, "partitioned": {2, 3, 4, 5}}
for number, condition in enumerate(["route != 'A'", "not (route = 'A')", "cars != 10", "late != true"]):
    by_sql = {row[0] for row in duckdb.execute(f"SELECT id FROM rows WHERE {condition}").fetchall()}
    for layout, gone in expected.items():
        found, seen = deleted(number, condition, layout, "delete")
        print(f"{condition:18} {layout:12} SQL and scan find {sorted(found)}, delete deletes {sorted(seen)}")
        if found != by_sql or seen != gone or deleted(number, condition, layout, "overwrite")[1] != gone:
            raise SystemExit("no longer so")
found, seen = deleted(9, "route != 'A' and route is not null", "partitioned", "delete")
if found != seen:
    raise SystemExit("no longer so: NULL said aloud")
PY
