#!/usr/bin/env bash
# A DuckDB SUM of BIGINTs is exact on screen and a rounded DOUBLE in the Parquet file that COPY writes.
#
# With: duckdb 2.0.1 (1.5.5 does the same), read back with pyarrow 25.0.1.
# Expected: SUM(BIGINT) of one row is that row's value. DuckDB answers it exactly, as HUGEINT (128 bits), and
#   Parquet has DECIMAL(38,0) and INT64 to keep it in, so one expects an exact column, or an error when it
#   does not fit. Other engines answer a BIGINT or a DECIMAL here.
# Seen: COPY (SELECT sum(id) ...) TO 'x.parquet' succeeds without a word and writes the physical type DOUBLE.
#   9007199254740993 comes back as 9007199254740992.0, from DuckDB itself as well.
# Hurts: control totals. A file of per-day sums made by DuckDB "differs" from the other engine's sums, or, worse,
#   two really different sums become equal, as all integers above 2^53 that share a double do.
# Instead: CAST(sum(id) AS DECIMAL(38,0)), or AS BIGINT, in every aggregate that is written to Parquet.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 pyarrow==25.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pyarrow.parquet as pq

ids = "(SELECT unnest([9007199254740993::BIGINT]) AS id)"
connection = duckdb.connect()
on_screen = connection.execute(f"SELECT sum(id), typeof(sum(id)) FROM {ids}").fetchone()
connection.execute(f"COPY (SELECT sum(id) AS total FROM {ids}) TO 'total.parquet'")
connection.execute(f"COPY (SELECT sum(id)::DECIMAL(38,0) AS total FROM {ids}) TO 'cast.parquet'")
kept_as = str(pq.read_schema("total.parquet").field("total").type)
in_file = pq.read_table("total.parquet")["total"][0].as_py()
own_reading = connection.execute("SELECT total FROM 'total.parquet'").fetchone()[0]
with_cast = pq.read_table("cast.parquet")["total"][0].as_py()

print("duckdb", duckdb.__version__)
print("expected      9007199254740993 in the file")
print("on screen    ", on_screen)
print("in the file  ", kept_as, repr(in_file), "- read by DuckDB:", repr(own_reading))
print("with a cast  ", with_cast)
if on_screen != (9007199254740993, "HUGEINT"):
    raise SystemExit("no longer so: the sum on screen is not the exact HUGEINT")
if kept_as != "double" or in_file != 9007199254740992.0 or own_reading != in_file:
    raise SystemExit("no longer so: the sum is not kept as a rounded double")
if int(with_cast) != 9007199254740993:
    raise SystemExit("no longer so: the cast to DECIMAL(38,0) does not keep the sum")
PY
