#!/usr/bin/env bash
# The folder stop=007 is the text '007' in DuckDB and the number 7 in pyarrow, polars and pandas; stop=0x10 is the other way round.
#
# With: duckdb 2.0.1, pyarrow 25.0.1, polars 2.1.0, pandas 3.0.6 (numpy 2.3.5); the folders written by pyarrow from a text column.
# Expected: a text column that is written as partitions and read back is text; or all readers guess alike, as all say that they
#   follow Hive's layout (Hive itself and Athena take the type from the catalogue).
# Seen: pyarrow, polars and pandas turn 007 and 010 into 7 and 10, DuckDB keeps them. 0x10 is 16 in DuckDB and pyarrow and
#   text in polars; 1e5 is 100000.0 in polars and text elsewhere; 1.10 is 1.1 in polars only; a column of dates
#   is DATE in DuckDB and polars and text in pyarrow. One more folder ("N") turns all of them back into text.
# Hurts: ids, zip codes, months ("01") and hours as partition values: joins find nothing, or, after somebody adds a folder, find
#   something else; two tools that read the same lake disagree about its keys.
# Instead: name the types: hive_types in DuckDB, ds.partitioning(schema, flavor="hive") in pyarrow, hive_schema in polars.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1 polars==2.1.0 pandas==3.0.6 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

wanted = {
    ("007", "010"): (["007", "010"], [7, 10], [7, 10], [7, 10]),
    ("0x10", "0x11"): ([16, 17], [16, 17], ["0x10", "0x11"], [16, 17]),
    ("1.10", "1.20"): (["1.10", "1.20"], ["1.10", "1.20"], [1.1, 1.2], ["1.10", "1.20"]),
    ("1e5", "2e5"): (["1e5", "2e5"], ["1e5", "2e5"], [100000.0, 200000.0], ["1e5", "2e5"]),
    ("007", "N"): (["007", "N"],) * 4,
}
print("duckdb", duckdb.__version__, "pyarrow", pa.__version__, "polars", pl.__version__, "pandas", pd.__version__)
print("expected: the text that was written, from every reader")
for number, (texts, values) in enumerate(wanted.items()):
    folder = f"lake{number}"
    layout = ds.partitioning(pa.schema([("stop", pa.string())]), flavor="hive")
    ds.write_dataset(pa.table({"stop": texts, "k": [1, 2]}), folder, format="parquet", partitioning=layout)
    seen = (
        [row[0] for row in duckdb.execute(f"SELECT stop FROM '{folder}/**/*.parquet' ORDER BY k").fetchall()],
        ds.dataset(folder, partitioning="hive").to_table().sort_by("k")["stop"].to_pylist(),
        pl.scan_parquet(folder).sort("k").collect()["stop"].to_list(),
        pd.read_parquet(folder).sort_values("k")["stop"].tolist(),
    )
    print(f"{list(texts)!s:18} duckdb {seen[0]}, pyarrow {seen[1]}, polars {seen[2]}, pandas {seen[3]}")
    if repr(seen) != repr(values):
        raise SystemExit("no longer so: the readers guess otherwise")
PY
