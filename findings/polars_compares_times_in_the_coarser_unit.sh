#!/usr/bin/env bash
# For polars 08:00:00.000 in milliseconds equals 08:00:00.0009 in microseconds: two columns meet in the coarser unit, without a word.
#
# With: polars 2.1.0; for comparison duckdb 2.0.1, pandas 3.1.1 and pyarrow 25.0.1.
# Expected: where times of two units meet, they meet in the finer one, as in DuckDB, pandas and pyarrow, or it is an error, as
#   polars' own join() makes it: nothing is lost by a comparison.
# Seen: ==, <, -, coalesce, max_horizontal, when/then and concat(how="vertical_relaxed") cut the finer column to the coarser unit
#   first; a Python datetime compared with a column of milliseconds loses its microseconds too, and a filter finds
#   rows that are not equal to what it asks for. is_in() does not cut.
# Hurts: comparisons of two engines: Athena and Hive keep milliseconds, Redshift and PostgreSQL microseconds; polars says that
#   their rows are the same. Latencies below a millisecond are 0, and "newer than" misses the rows of the same millisecond.
# Instead: cast to the finer unit first: pl.col("ms").cast(pl.Datetime("us")).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 pyarrow==25.0.1
"$work/venv/bin/python" - <<'PY'
import datetime as dt

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

early, late = dt.datetime(2026, 11, 2, 8), dt.datetime(2026, 11, 2, 8, 0, 0, 900)
table = pa.table({"athena": pa.array([early], pa.timestamp("ms")), "redshift": pa.array([late], pa.timestamp("us"))})
print("polars", pl.__version__, "duckdb", duckdb.__version__, "pandas", pd.__version__, "pyarrow", pa.__version__)
frame = pl.from_arrow(table)
one, two = pl.col("athena"), pl.col("redshift")
polars = frame.select(same=one == two, older=one < two, apart=two - one, latest=pl.max_horizontal(one, two)).row(0)

connection = duckdb.connect()
connection.register("t", table)
duck = connection.execute("SELECT athena = redshift, athena < redshift, redshift - athena, greatest(athena, redshift) FROM t").fetchone()
wide = table.to_pandas(types_mapper=pd.ArrowDtype)
panda = (
    bool((wide.athena == wide.redshift)[0]), bool((wide.athena < wide.redshift)[0]),
    (wide.redshift - wide.athena)[0].to_pytimedelta(), wide.max(axis=1)[0].to_pydatetime(),
)
a, b = table["athena"], table["redshift"]
arrow = (
    pc.equal(a, b)[0].as_py(), pc.less(a, b)[0].as_py(), pc.subtract(b, a)[0].as_py(), pc.max_element_wise(a, b)[0].as_py()
)
print(f"{'':9}{'same':7}{'older':7}{'apart':17}{'the later of both'}")
for name, row in (("polars", polars), ("DuckDB", duck), ("pandas", panda), ("pyarrow", arrow)):
    print(f"{name:9}{row[0]!s:7}{row[1]!s:7}{row[2]!s:17}{row[3]}")
found = frame.filter(one == late).height
joined = pl.concat([frame.select(t=two), frame.select(t=one)], how="vertical_relaxed")["t"].to_list()
print("rows with athena == 08:00:00.0009:", found, " concatenated:", *map(str, joined))
exact = frame.select(one.cast(pl.Datetime("us")) == two).item()
print("cast to microseconds first, same:", exact)
truth = (False, True, dt.timedelta(microseconds=900), late)
if not duck == panda == arrow == truth or exact:
    raise SystemExit("no longer so: the others")
if polars != (True, False, dt.timedelta(0), early) or found != 1 or joined != [early, early]:
    raise SystemExit("no longer so: polars")
PY
