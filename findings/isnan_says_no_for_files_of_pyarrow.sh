#!/usr/bin/env bash
# isnan(x) is false for every row of a Parquet file that pyarrow or polars wrote, in DuckDB 2.0.1; in 1.5.5 it was right.
#
# With: pyarrow 26.0.1 writes (polars 2.1.0 and DuckDB as well, for comparison); duckdb 2.0.1 and 1.5.5, datafusion 55.0.0, pyarrow, polars
#   and pyiceberg 0.12.0 read.
# Expected: comparisons may be led astray by a file's minimum and maximum, which leave NaN out (another finding); isnan(x) is the way to ask
#   in spite of them. In the SELECT list nothing is skipped at all.
# Seen: DuckDB 2.0.1 concludes from a finite minimum and maximum that isnan(x) is false, and puts false in its place: WHERE isnan(x) finds 0
#   rows, count_if(isnan(x)) is 0, SELECT isnan(x) is false beside x = nan. max(x) is finite. x::VARCHAR = 'nan' finds the row. Its own
#   files are read rightly. Where all other values are equal, pyarrow's and DataFusion's
#   filters find no NaN either, and PyIceberg's "x IS NAN" with pyarrow's. polars is right.
# Hurts: data audits before a load: "no NaN in 40 columns" is a statement about footers; the load brings them in, sums become NaN.
#   An upgrade of DuckDB changes the answer of a check that was right.
# Instead: load first (CREATE TABLE AS) and ask the table; or SET disabled_optimizers = 'statistics_propagation' and count in the SELECT
#   list; or count CAST(x AS VARCHAR) = 'nan' there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for release in 2.0.1 1.5.5; do
    python3 -m venv "$work/$release"
    "$work/$release/bin/pip" install --quiet duckdb==$release
done
"$work/2.0.1/bin/pip" install --quiet pyarrow==26.0.1 datafusion==55.0.0 polars==2.1.0 "pyiceberg[sql-sqlite]==0.12.0"
cd "$work"
"$work/2.0.1/bin/python" - <<'PY'
import pathlib

import datafusion
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog

catalog = SqlCatalog("c", uri="sqlite:///catalog.db", warehouse=pathlib.Path.cwd().as_uri())
catalog.create_namespace("lake")
context = datafusion.SessionContext()
print("pyarrow", pa.__version__, "datafusion", datafusion.__version__, "polars", pl.__version__, "- expected: 1 NaN, always")
seen = {}
for name, values in (("different", [1.0, 2.0, float("nan")]), ("equal", [1.0, 1.0, float("nan")])):
    rows = pa.table({"x": values})
    pq.write_table(rows, f"{name}.parquet")
    context.register_parquet(name, f"{name}.parquet")
    table = catalog.create_table(f"lake.{name}", schema=rows.schema)
    table.append(rows)
    seen[name] = {
        "pyarrow": ds.dataset(f"{name}.parquet").to_table(filter=pc.field("x").is_nan()).num_rows,
        "DataFusion": context.sql(f"SELECT count(*) AS n FROM {name} WHERE isnan(x)").to_pylist()[0]["n"],
        "PyIceberg": table.scan(row_filter="x IS NAN").to_arrow().num_rows,
        "polars": pl.scan_parquet(f"{name}.parquet").filter(pl.col("x").is_nan()).collect().height,
    }
    print(f"other values {name:9}", seen[name])
duckdb.execute("COPY (FROM 'different.parquet') TO 'by_duckdb.parquet'")
pl.read_parquet("different.parquet").write_parquet("by_polars.parquet")
if list(seen["different"].values()) != [1, 1, 1, 1] or list(seen["equal"].values()) != [0, 0, 0, 1]:
    raise SystemExit("no longer so: NaN is found otherwise")
PY
for release in 2.0.1 1.5.5; do
    "$work/$release/bin/python" - <<'PY'
import duckdb

connection = duckdb.connect()
questions = {
    "WHERE isnan(x)": "count(*) FROM 'different.parquet' WHERE isnan(x)",
    "count_if(isnan(x))": "count_if(isnan(x)) FROM 'different.parquet'",
    "as text": "count_if(x::VARCHAR = 'nan') FROM 'different.parquet'",
    "loaded": "count_if(isnan(x)) FROM loaded",
    "own file": "count_if(isnan(x)) FROM 'by_duckdb.parquet'",
    "file of polars": "count_if(isnan(x)) FROM 'by_polars.parquet'",
}
connection.execute("CREATE TABLE loaded AS FROM 'different.parquet'")
seen = {name: connection.execute(f"SELECT {question}").fetchall()[0][0] for name, question in questions.items()}
connection.execute("SET disabled_optimizers = 'statistics_propagation'")
seen["not optimized"] = connection.execute("SELECT count_if(isnan(x)) FROM 'different.parquet'").fetchall()[0][0]
print("duckdb", duckdb.__version__, seen)
new = duckdb.__version__ == "2.0.1"
wrong = [name for name, count in seen.items() if count != 1]
if wrong != (["WHERE isnan(x)", "count_if(isnan(x))", "file of polars"] if new else []):
    raise SystemExit("no longer so: DuckDB finds NaN otherwise")
PY
done
