#!/usr/bin/env bash
# sqlglot translates Hive's and Spark's LATERAL VIEW OUTER explode(...) as if OUTER were not there: rows with empty lists are gone.
#
# With: sqlglot 30.30.0, duckdb 2.0.1; pysail 0.7.2 with pyspark-client 4.1.3 answers for Spark's dialect.
# Expected: OUTER keeps a row whose array is NULL or empty, with NULL for the element. Trino and DuckDB have LEFT JOIN UNNEST(...) ON TRUE
#   for it; a translator writes that, or raises "unsupported".
# Seen: CROSS JOIN UNNEST(...), with and without OUTER, for DuckDB, Trino, Presto and Athena; nothing is reported at
#   unsupported_level=RAISE. The join drops the rows without elements: of the trips A, B and C below only A is left.
# Hurts: Hive views and Spark jobs moved to Athena or Trino: trips without alerts, orders without items, users without tags leave the
#   report, and counts of "none" become zero. The translated query runs.
# Instead: search sources for LATERAL VIEW OUTER and explode_outer; write LEFT JOIN UNNEST(...) ON TRUE by hand.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==2.0.1 sqlglot==30.30.0 pysail==0.7.2 pyspark-client==4.1.3 pandas==2.3.3
cd "$work"
RUST_LOG=error venv/bin/python -W ignore - <<'PY'
import duckdb
import sqlglot
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

trips = "SELECT 'A' AS trip, array('slow', 'full') AS alerts UNION ALL SELECT 'B', CAST(NULL AS array<string>) UNION ALL SELECT 'C', CAST(array() AS array<string>)"
source = f"SELECT t.trip, a.alert FROM ({trips}) AS t LATERAL VIEW OUTER explode(t.alerts) a AS alert ORDER BY 1, 2"
server = SparkConnectServer()
server.start(background=True)
spark = SparkSession.builder.remote(f"sc://localhost:{server.listening_address[1]}").getOrCreate()
by_sail = [tuple(row) for row in spark.sql(source).collect()]
joins = {}
for dialect in ("duckdb", "trino", "presto", "athena"):
    text = sqlglot.transpile(source, read="spark", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
    joins[dialect] = text[text.index(") AS t") + 6 : text.index("UNNEST")].strip()
by_duckdb = duckdb.execute(sqlglot.transpile(source, read="spark", write="duckdb")[0]).fetchall()
print("sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__)
print("expected:", by_sail, "as Sail answers")
print("seen:    ", by_duckdb, "from DuckDB after the translation")
print("joins:   ", joins)
if by_sail != [("A", "full"), ("A", "slow"), ("B", None), ("C", None)]:
    raise SystemExit("no longer so: Sail answers otherwise")
if by_duckdb != [("A", "full"), ("A", "slow")] or set(joins.values()) != {"CROSS JOIN"}:
    raise SystemExit("no longer so: sqlglot keeps the rows without elements")
PY
