#!/usr/bin/env bash
# In ClickHouse CAST(0.29 AS DECIMAL(10,2)) is 0.28: casts cut where others round, and CAST('300' AS TINYINT) is 44.
#
# With: chdb 4.4.0 (chdb-core 26.9.0, which is ClickHouse), duckdb 2.0.1, pyarrow 26.0.1.
# Expected: the double that was written as 0.29 is 0.29 with two digits, as in Trino, Redshift, PostgreSQL, DuckDB; a text
#   that does not fit its type is an error.
# Seen: the double is multiplied by 100 and cut: 28.999... is 0.28. Of the amounts 0.00 to 99.99 in a Parquet file of doubles one in
#   17 loses a cent. INSERT ... VALUES (0.29) keeps it, INSERT ... SELECT 0.29 does not. Texts are cut too ('0.299' is 0.29);
#   texts of integers wrap ('300' is 44 as TINYINT, '3000000000' is -1294967296 as INTEGER), and the date '2026-02-30' is
#   2 March, '2026-13-01' is 1970-01-01; for a TIMESTAMP both are errors.
# Hurts: sums of money that was a double once; proofs of equality between engines, which differ by cents in a few rows; bad rows that
#   "WHERE the cast fails" should find.
# Instead: through text, CAST(toString(x) AS DECIMAL(10,2)), is right for all of them, round(x, 2) first is not; accurateCastOrNull for
#   integers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet chdb==4.4.0 chdb-core==26.9.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
from importlib.metadata import version

import duckdb
import pyarrow
import pyarrow.parquet
from chdb import session

pyarrow.parquet.write_table(pyarrow.table({"cents": range(10_000), "fare": [cents / 100 for cents in range(10_000)]}), "fares.parquet")
clickhouse = session.Session()


def ask(query):
    return json.loads(str(clickhouse.query(query + " FORMAT JSONCompactStrings")))["data"][0]


wrong = "SELECT sum(CASE WHEN CAST({} AS DECIMAL(10,2)) * 100 <> cents THEN 1 ELSE 0 END) FROM {}"
seen = {
    "CAST(0.29 AS DECIMAL(10,2))": "0.28",
    "CAST('0.299' AS DECIMAL(10,2))": "0.29",
    "CAST('300' AS TINYINT)": "44",
    "CAST('3000000000' AS INTEGER)": "-1294967296",
    "CAST('2026-02-30' AS DATE)": "2026-03-02",
    "CAST('2026-13-01' AS DATE)": "1970-01-01",
    "CAST('2026-02-30 00:00:00' AS TIMESTAMP)": "an error",
}
print("chdb", version("chdb"), "duckdb", duckdb.__version__)
for expression, expected in seen.items():
    found = []
    for engine in (lambda query: ask(query)[0], lambda query: str(duckdb.execute(query).fetchone()[0])):
        try:
            found.append(engine("SELECT " + expression))
        except (RuntimeError, duckdb.Error):
            found.append("an error")
    print(f"{expression:42} ClickHouse {found[0]}, DuckDB {found[1]}")
    if found[0] != expected or found[1] == "0.28":
        raise SystemExit("no longer so: the cast")
for statement in (
    "CREATE DATABASE fares",
    "USE fares",
    "CREATE TABLE f (fare DECIMAL(10,2)) ENGINE = Memory",
    "INSERT INTO f VALUES (0.29)",
    "INSERT INTO f SELECT 0.29",
):
    clickhouse.query(statement)
inserted = ask("SELECT min(fare), max(fare) FROM f")
counts = {
    "ClickHouse": int(ask(wrong.format("fare", "file('fares.parquet')"))[0]),
    "ClickHouse, as text first": int(ask(wrong.format("toString(fare)", "file('fares.parquet')"))[0]),
    "DuckDB": int(duckdb.execute(wrong.format("fare", "'fares.parquet'")).fetchone()[0]),
}
print("0.29 inserted by SELECT and by VALUES:", inserted)
print("wrong amounts of 10000:", counts)
if inserted != ["0.28", "0.29"] or counts["ClickHouse"] < 400 or counts["ClickHouse, as text first"] or counts["DuckDB"]:
    raise SystemExit("no longer so: cents are kept")
PY
