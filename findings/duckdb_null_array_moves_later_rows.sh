#!/usr/bin/env bash
# One NULL in a DuckDB column of ARRAYs moves the arrays of all later rows when hyparquet reads the file, and pyarrow cannot read it.
#
# With: duckdb 2.0.1 (1.5.5 does the same) writes; pyarrow 26.0.1, polars 2.1.0, datafusion 55.0.0, arro3-io 0.9.1 and the npm packages
#   hyparquet 1.33.0 and parquet-wasm 0.8.0 read.
# Expected: DOUBLE[2] (an ARRAY, fixed in size) is a list in Parquet, and NULL is one entry that says "no list here", as COPY writes it
#   for DOUBLE[]. Whoever reads lists reads the same rows.
# Seen: for a NULL ARRAY DuckDB writes as many empty entries as the array is long. DuckDB, polars, DataFusion and parquet-wasm take them for
#   one NULL. hyparquet makes two rows of them: the row after the NULL is null, each later row has the array of the one before,
#   and the last arrays are gone; the other columns stay where they are. pyarrow (so pandas) refuses the whole column,
#   "Length spanned by list offsets", and arro3 as well. With DOUBLE[] all are right.
# Hurts: positions, embeddings and pairs kept as ARRAY: the file of a day without NULL is read everywhere; the first NULL stops the
#   pipeline or gives every later vehicle its neighbour's position on the dashboard; row counts agree.
# Instead: cast to a LIST before writing, COPY (SELECT p::DOUBLE[] AS p ...), or keep one column for each coordinate.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0 datafusion==55.0.0 arro3-io==0.9.1 arro3-core==0.9.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit hyparquet@1.33.0 parquet-wasm@0.8.0 apache-arrow@21.2.0 >/dev/null
cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
const require = createRequire(import.meta.url)
const { readParquet } = require('parquet-wasm')
const { tableFromIPC } = require('apache-arrow')
const rows = await parquetReadObjects({ file: await asyncBufferFromFile(process.argv[2]) })
const table = tableFromIPC(readParquet(readFileSync(process.argv[2])).intoIPCStream())
const list = (array) => (array ? [...array] : null)
console.log(JSON.stringify({ hyparquet: rows.map((row) => row.p), 'parquet-wasm': [...table.getChild('p')].map(list) }))
JS
"$work/venv/bin/python" - <<'PY'
import json
import subprocess

import arro3.io
import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

values = "(VALUES (0, [0, 0]), (1, NULL), (2, [2, 2]), (3, [3, 3])) AS t(vehicle, p)"
context = datafusion.SessionContext()


def by_datafusion(file: str) -> list:
    return [row["p"] for row in context.read_parquet(file).to_pylist()]


readers = {
    "duckdb": lambda file: [row[0] for row in duckdb.execute(f"SELECT p FROM '{file}'").fetchall()],
    "polars": lambda file: pl.read_parquet(file)["p"].to_list(),
    "datafusion": by_datafusion,
    "pyarrow": lambda file: pq.read_table(file)["p"].to_pylist(),
    "arro3": lambda file: pa.table(arro3.io.read_parquet(file).read_all())["p"].to_pylist(),
}
rows = [[0, 0], None, [2, 2], [3, 3]]
seen = {}
print("duckdb", duckdb.__version__, "pyarrow", pa.__version__, "polars", pl.__version__, "- expected:", rows)
for kind in ("DOUBLE[]", "DOUBLE[2]"):
    file = "list.parquet" if kind == "DOUBLE[]" else "array.parquet"
    duckdb.execute(f"COPY (SELECT vehicle, p::{kind} AS p FROM {values}) TO '{file}'")
    answers = json.loads(subprocess.run(["node", "read.mjs", file], check=True, capture_output=True, text=True).stdout)
    for name, read in readers.items():
        try:
            answers[name] = read(file)
        except Exception as error:  # each library has a class of its own
            answers[name] = f"{type(error).__name__}: {str(error)[:60]}"
    for name, answer in answers.items():
        print(f"{kind:9} {name:12} {answer}")
    seen[kind] = answers
if any(answer != rows for answer in seen["DOUBLE[]"].values()):
    raise SystemExit("no longer so: a list is read otherwise")
arrays = seen["DOUBLE[2]"]
if any(arrays[name] != rows for name in ("duckdb", "polars", "datafusion", "parquet-wasm")):
    raise SystemExit("no longer so: a reader that was right is not")
if arrays["hyparquet"] != [[0, 0], None, None, [2, 2]]:
    raise SystemExit("no longer so: hyparquet does not move the arrays")
if not arrays["pyarrow"].startswith("ArrowInvalid: Length spanned") or not isinstance(arrays["arro3"], str):
    raise SystemExit("no longer so: pyarrow or arro3 reads the arrays")
PY
