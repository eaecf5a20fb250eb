#!/usr/bin/env bash
# The same rows pass cuallee's is_unique, has_cardinality and has_percentile in polars and fail them in pandas or DuckDB, or the other way.
#
# With: cuallee 0.15.4 on pandas 3.1.1, polars 2.1.0 and duckdb 2.0.1.
# Expected: one Check, written once, judges the same rows alike wherever they are; that is what a check library for many engines is for.
# Seen: a missing value is one more value in polars and none elsewhere: is_unique("late") of 60, NULL, -90, 5, 7 passes in polars and
#   fails in the others, has_cardinality("route", 3) fails in polars, (…, 4) passes there only. not_contained_in passes a
#   missing route in pandas only. has_percentile("late", 6, 0.5) passes in DuckDB, which interpolates between 5 and 7, and fails in pandas
#   and polars, which take one of them. are_unique(("id", "route")) asks for unique pairs in polars, and for two unique columns in the others.
# Hurts: whoever moves data from one engine to another and trusts that the checks moved too; gates that pass where rows are doubled.
# Instead: is_complete beside each of these checks, and the count of distinct pairs as an expression of the engine's own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet cuallee==0.15.4 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 pyarrow==25.0.1
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import duckdb
import pandas
import polars
from cuallee import Check, CheckLevel

ROWS = {"id": [1, 2, 3, 4, 4], "route": ["A", None, "B", "A", "F"], "late": [60, None, -90, 5, 7]}
connection = duckdb.connect()
connection.register("rows", polars.DataFrame(ROWS).to_arrow())
connection.execute("CREATE TABLE trips AS FROM rows")
ENGINES = {"pandas": (pandas.DataFrame(ROWS), {}), "polars": (polars.DataFrame(ROWS), {}), "duckdb": (connection, {"table_name": "trips"})}
CHECKS = {  # the check: the engines on which it passes
    ("is_unique", "late"): {"polars"},
    ("has_cardinality", "route", 3): {"pandas", "duckdb"},
    ("has_cardinality", "route", 4): {"polars"},
    ("has_percentile", "late", 6.0, 0.5): {"duckdb"},
    ("are_unique", ("id", "route")): {"polars"},
    ("not_contained_in", "route", ("X",)): {"pandas"},
    ("has_sum", "late", -18): {"pandas", "polars", "duckdb"},
    ("is_complete", "late"): set(),
    ("is_unique", "route"): set(),
}
print("cuallee", version("cuallee"), "pandas", pandas.__version__, "polars", polars.__version__, "duckdb", duckdb.__version__)
print("\n".join(map(str, zip(*ROWS.values(), strict=True))))
for (name, *arguments), expected in CHECKS.items():
    passed = {}
    for engine, (rows, options) in ENGINES.items():
        check = Check(CheckLevel.WARNING, "trips", **options)
        getattr(check, name)(*arguments)
        result = check.validate(rows)
        passed[engine] = (result["status"][0] if engine == "polars" else result["status"].iloc[0]) == "PASS"
    print(f"{name}{tuple(arguments)}:", ", ".join(f"{engine} {'passes' if good else 'fails'}" for engine, good in passed.items()))
    if {engine for engine, good in passed.items() if good} != expected:
        raise SystemExit("no longer so")
PY
