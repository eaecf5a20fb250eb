#!/usr/bin/env bash
# fastparquet loses every row whose partition column is NULL, without a word.
#
# With: fastparquet 2026.9.0, pandas 3.0.6, numpy 2.3.5; for comparison pyarrow 25.0.1.
# Expected: a dataset partitioned by route keeps rows without a route in route=__HIVE_DEFAULT_PARTITION__, as Hive,
#   Athena, Spark, pyarrow, polars and DuckDB do; a writer that cannot do this would raise an error.
# Seen: DataFrame.to_parquet(engine="fastparquet", partition_cols=["route"]) writes the folders route=A and route=B and
#   returns normally. The row without a route is nowhere: 3 rows in, 2 rows out. pyarrow, called through
#   the same pandas method, keeps all 3. (The grouping underneath leaves NULL groups out, as pandas' does.)
# Hurts: an export of a partitioned lake: the missing rows are exactly the ones that a data audit looks for, and
#   a comparison by partition finds no partition that differs.
# Instead: engine="pyarrow"; or fill the partition column first; and compare total counts, not only counts by partition.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet fastparquet==2026.9.0 pandas==3.0.6 numpy==2.3.5 pyarrow==25.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib

import fastparquet
import pandas as pd
import pyarrow.dataset as ds

frame = pd.DataFrame({"route": ["A", None, "B"], "trip": [1, 2, 3]})
counts = {}
print("fastparquet", fastparquet.__version__, "pandas", pd.__version__)
print("expected: 3 rows from either engine")
for engine in ("pyarrow", "fastparquet"):
    frame.to_parquet(engine, engine=engine, partition_cols=["route"])
    folders = sorted(p.name for p in pathlib.Path(engine).iterdir() if p.is_dir())
    files = [str(p) for p in pathlib.Path(engine).rglob("*.parquet")]
    counts[engine] = ds.dataset(files).count_rows()
    print(f"{engine:12} {counts[engine]} rows in {folders}")
if counts != {"pyarrow": 3, "fastparquet": 2}:
    raise SystemExit(f"no longer so: the row without a route is kept or lost otherwise: {counts}")
PY
