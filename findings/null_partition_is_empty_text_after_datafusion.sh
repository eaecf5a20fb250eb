#!/usr/bin/env bash
# DataFusion writes the partition NULL as the empty text, and delta-rs the empty text as NULL: one folder name, two meanings.
#
# With: datafusion 55.0.0 and deltalake 1.6.6 write; duckdb 2.0.1, pyarrow 25.0.1 and polars 2.1.0 read.
# Expected: NULL goes to route=__HIVE_DEFAULT_PARTITION__, as from Hive, Spark, Athena, DuckDB, pyarrow and polars, and comes back as
#   NULL; an empty text is something else, or is refused, as a folder cannot say it.
# Seen: COPY ... PARTITIONED BY of DataFusion puts the row without a route into the folder "route=": DuckDB and pyarrow read ''.
#   IS NULL finds nothing any more. delta-rs puts '' into "route=" beside the NULL folder: polars' Delta reader gives '',
#   delta-rs's own gives NULL (its protocol says that an empty value is NULL), so the two readers of one table disagree.
# Hurts: counts of rows without a key before and after a conversion; joins on route: '' meets nothing, or meets other ''.
# Instead: fill NULL partitions with a word of your own before writing, and compare COUNT(*) with COUNT(column) afterwards.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datafusion==55.0.0 deltalake==1.6.6 duckdb==2.0.1 pyarrow==25.0.1 polars==2.1.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pathlib

import datafusion
import deltalake
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

rows = pa.table({"route": ["A", None], "trip": [1, 2]})
fusion = datafusion.SessionContext()
fusion.from_arrow(rows, "t")
fusion.sql("COPY (SELECT * FROM t) TO 'fusion/' STORED AS PARQUET PARTITIONED BY (route)").collect()
folders = sorted(p.name for p in pathlib.Path("fusion").iterdir())
query = "SELECT route FROM read_parquet('fusion/**/*.parquet', hive_partitioning = true) WHERE trip = 2"
by_duckdb = duckdb.execute(query).fetchone()[0]
table = ds.dataset("fusion", partitioning="hive").to_table().sort_by("trip")
by_pyarrow = table["route"].to_pylist()[1]

deltalake.write_deltalake("delta", pa.table({"route": ["A", "", None], "trip": [1, 2, 3]}), partition_by=["route"])
own = deltalake.DeltaTable("delta").to_pyarrow_dataset().to_table().sort_by("trip")["route"].to_pylist()
other = pl.read_delta("delta").sort("trip")["route"].to_list()

print("datafusion", datafusion.__version__, "deltalake", deltalake.__version__, "duckdb", duckdb.__version__)
print("expected: None after DataFusion; the same from both readers of the Delta table")
print("datafusion wrote", folders, "for ['A', None]; duckdb reads", repr(by_duckdb), "pyarrow", repr(by_pyarrow))
print("delta-rs wrote ['A', '', None]; delta-rs reads", own, "polars", other)
if folders != ["route=", "route=A"] or by_duckdb != "" or by_pyarrow != "":
    raise SystemExit("no longer so: NULL written by DataFusion is read otherwise")
if own != ["A", None, None] or other != ["A", "", None]:
    raise SystemExit("no longer so: the readers of the Delta table read otherwise")
PY
