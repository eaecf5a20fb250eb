#!/usr/bin/env bash
# In Daft the mean of six times in nanoseconds since 1970 is -1.28e18, and of a few thousand it is anything.
#
# With: daft 0.7.26; for comparison duckdb 2.0.1, polars 2.1.0 and numpy 2.4.6.
# Expected: the mean of numbers lies between the least and the greatest of them, as in the others, which add up in floats or in
#   128 bits. (A sum of BIGINTs that is out of range is another matter; DuckDB gives it as HUGEINT.)
# Seen: mean() adds int64 up in int64, which wraps around without an error, and divides that. Six times of 2026 in nanoseconds,
#   1.79e18 each, are enough. SQL's avg() does the same.
# Hurts: mean departure or arrival times, and any mean of ids, hashes or byte counts of that size: with up to five rows it is right.
# Instead: cast to float64 before mean(), or take the difference to a base first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 duckdb==2.0.1 polars==2.1.0 numpy==2.4.6 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import daft
import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from daft import DataType, col

FIRST = 1_793_511_000_000_000_000  # 1 November 2026, 05:30 UTC


def means(rows: int) -> dict[str, float]:
    times = [FIRST + number * 1_000_000_000 for number in range(rows)]
    table = pa.table({"t": pa.array(times, pa.int64())})
    connection = duckdb.connect()
    connection.register("trips", table)
    frame = daft.from_arrow(table)
    return {
        "exact": sum(times) / rows,
        "Daft, mean()": frame.agg(col("t").mean()).to_pydict()["t"][0],
        "Daft, avg(t)": daft.sql("SELECT avg(t) AS t FROM trips", trips=frame).to_pydict()["t"][0],
        "Daft, float64": frame.agg(col("t").cast(DataType.float64()).mean()).to_pydict()["t"][0],
        "DuckDB": connection.execute("SELECT avg(t) FROM trips").fetchone()[0],
        "polars": pl.from_arrow(table)["t"].mean(),
        "numpy": float(np.array(times).mean()),
    }


print("daft", daft.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__, "numpy", np.__version__)
for rows, wrong in ((5, False), (6, True), (5000, True)):
    answers = means(rows)
    print(f"{rows:5} rows ", ", ".join(f"{name} {answer:.6g}" for name, answer in answers.items()))
    for name, answer in answers.items():
        near = abs(answer - answers["exact"]) < 1e-6 * answers["exact"]
        if near == (wrong and name in ("Daft, mean()", "Daft, avg(t)")):
            raise SystemExit(f"no longer so: {name} {answer}")
PY
