#!/usr/bin/env bash
# DuckDB reads a CSV of the subway routes F and T as the booleans false and true.
#
# With: duckdb 2.0.1; for comparison pyarrow 25.0.1, polars 2.1.0, pandas 3.0.6 (numpy 2.3.5), datafusion 55.0.0 on the same file.
# Expected: CSV readers that guess types take true and false for booleans. F, T, f, t, yes and no are ordinary words of data, and stay text,
#   as they do in the other four readers. Letters are never changed into other letters.
# Seen: a column whose every value is F or T (or f, t; or yes, no) becomes BOOLEAN: SELECT route FROM 'f.csv' gives false, and written
#   out again it is "false". WHERE route = 'F' still works, as 'F' is cast too; a join or a comparison with a text column
#   finds nothing, or 'false'. With one row of route A in the first 20,480 the column is text; after them, the read fails.
# Hurts: files split by route, by platform side, by flag: the file of the F train alone has another type than all other files, and
#   read_csv(['a.csv', 'f.csv']) is right while the loop over single files is not.
# Instead: read_csv(..., all_varchar = true) or types = {'route': 'VARCHAR'} for every column that is a key.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1 polars==2.1.0 pandas==3.0.6 numpy==2.3.5 datafusion==55.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib

import datafusion
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv


def with_datafusion(file):
    context = datafusion.SessionContext()
    context.register_csv("stops", file)
    return context.sql("SELECT route FROM stops").to_arrow_table()["route"].to_pylist()


readers = {
    "pyarrow": lambda file: pyarrow.csv.read_csv(file)["route"].to_pylist(),
    "polars": lambda file: pl.read_csv(file)["route"].to_list(),
    "pandas": lambda file: pd.read_csv(file)["route"].tolist(),
    "datafusion": with_datafusion,
    "duckdb": lambda file: [row[0] for row in duckdb.execute(f"SELECT route FROM '{file}'").fetchall()],
}
for library in (pa, pl, pd, datafusion, duckdb):
    print(library.__name__, library.__version__, end="  ")
print("\nexpected: the words of the file, from every reader")
guessed = {("F", "T"): [False, True], ("F", "F"): [False, False], ("yes", "no"): [True, False], ("F", "A"): ["F", "A"]}
for words, booleans in guessed.items():
    pathlib.Path("stops.csv").write_text("route,n\n" + "".join(f"{word},1\n" for word in words))
    seen = {name: read("stops.csv") for name, read in readers.items()}
    print(list(words), "->", seen["duckdb"], "in duckdb;", seen["polars"], "elsewhere")
    if seen.pop("duckdb") != booleans or any(answer != list(words) for answer in seen.values()):
        raise SystemExit("no longer so: types are guessed otherwise")
pathlib.Path("f.csv").write_text("route,n\nF,1\nF,2\n")
joined = duckdb.execute("SELECT count(*) FROM 'f.csv' AS f JOIN (SELECT 'F' AS route) AS r ON f.route::VARCHAR = r.route").fetchone()[0]
written = duckdb.execute("COPY (SELECT route FROM 'f.csv') TO 'again.csv'") and pathlib.Path("again.csv").read_text().split()
print("rows of F that meet the text 'F':", joined, "; written again:", written)
if joined != 0 or written != ["route", "false", "false"]:
    raise SystemExit("no longer so: the column is joined or written otherwise")
PY
