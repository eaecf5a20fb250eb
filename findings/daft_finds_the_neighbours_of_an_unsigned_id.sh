#!/usr/bin/env bash
# In Daft "WHERE id = 1234567890123456789" finds ...788, ...789 and ...790 when id is a UINT64, and a join takes another row's name.
#
# With: daft 0.7.26; for comparison duckdb 2.0.1, polars 2.1.0 and datafusion 55.0.0.
# Expected: two whole numbers are equal when they are the same; a literal that fits into the column's type takes that type.
# Seen: where uint64 meets int64, and a literal is one, both become float64, which has 53 bits: =, <>, IN, BETWEEN and join keys
#   cannot tell numbers of 19 digits apart that are up to 128 to each side, and differences are 0. There is no warning. int64 with
#   int64 is right, and so is a literal that was cast to uint64.
# Hurts: keys that are hashes: xxhash and DuckDB's hash() are UINT64, and other tools keep the same keys as BIGINT. A lookup
#   returns other people's rows, a join of the two multiplies them or finds a name for a key that has none.
# Instead: cast one side: col("id") == lit(key).cast(DataType.uint64()), and join keys of one type.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet daft==0.7.26 duckdb==2.0.1 polars==2.1.0 datafusion==55.0.0 pyarrow==25.0.1
export DAFT_PROGRESS_BAR=0 DAFT_ANALYTICS_ENABLED=0
"$work/venv/bin/python" - <<'PY' 2>"$work/log" || { cat "$work/log"; exit 1; }
import daft
import datafusion
import duckdb
import polars as pl
import pyarrow as pa
from daft import DataType, col, lit

KEY = 1_234_567_890_123_456_789
cards = pa.table({"id": pa.array([KEY - 1, KEY, KEY + 1], pa.uint64()), "name": ["before", "asked for", "after"]})
taps = pa.table({"id": pa.array([KEY], pa.int64())})
frame, connection, context = daft.from_arrow(cards), duckdb.connect(), datafusion.SessionContext()
for name, table in (("cards", cards), ("taps", taps)):
    connection.register(name, table)
    context.register_record_batches(name, [table.to_batches()])
ENGINES = {
    "Daft": lambda query: daft.sql(query, cards=frame, taps=daft.from_arrow(taps)).to_pydict()["name"],
    "DuckDB": lambda query: [row[0] for row in connection.execute(query).fetchall()],
    "polars": lambda query: pl.SQLContext(cards=pl.from_arrow(cards), taps=pl.from_arrow(taps)).execute(query).collect()["name"].to_list(),
    "DataFusion": lambda query: context.sql(query).to_pydict()["name"],
}
print("daft", daft.__version__, "duckdb", duckdb.__version__, "polars", pl.__version__, "datafusion", datafusion.__version__)
every, one = ["after", "asked for", "before"], ["asked for"]
for query, ours in {
    f"SELECT name FROM cards WHERE id = {KEY}": every,
    f"SELECT name FROM cards WHERE id IN ({KEY})": every,
    f"SELECT name FROM cards WHERE id > {KEY}": [],
    "SELECT name FROM cards JOIN taps ON cards.id = taps.id": every,
}.items():
    print(query)
    for engine, ask in ENGINES.items():
        names = sorted(ask(query))
        print(f"   {engine:11}{names}")
        if names != (ours if engine == "Daft" else ["after"] if ">" in query else one):
            raise SystemExit("no longer so")
cast = frame.where(col("id") == lit(KEY).cast(DataType.uint64())).to_pydict()["name"]
stranger = daft.from_arrow(taps).join(daft.from_arrow(cards.slice(2)), on="id").to_pydict()
print("literal cast to uint64:", cast)
print("taps joined with the card after it alone:", stranger)
if cast != one or stranger["name"] != ["after"]:
    raise SystemExit("no longer so")
PY
