#!/usr/bin/env bash
# PyAthena writes the parameter 10:00 in New York and the parameter 10:00 UTC as the same literal, TIMESTAMP '... 10:00:00.000'.
#
# With: pyathena 4.2.1; its DefaultParameterFormatter makes the text that is sent to Athena. For comparison psycopg 3.3.9.
# Expected: a datetime with a zone is an instant. Trino and Athena have TIMESTAMP WITH TIME ZONE literals for it; a driver writes one, or
#   converts to UTC, or refuses a value that it cannot say. psycopg keeps the offset.
# Seen: the offset is left out: 10:00-05:00, 10:00+00:00 and 10:00 without a zone give the same text, three decimals and all.
#   Instants that are equal (15:00 UTC and 10:00-05:00) give different texts. No warning.
# Hurts: "since" and "until" of catch-up loads computed with zones: the window is moved by the offset, four or five hours in New York;
#   rows are loaded twice or never, and after a clock change the error changes by an hour.
# Instead: value.astimezone(timezone.utc).replace(tzinfo=None) before passing it, with columns in UTC; or from_iso8601_timestamp(%(since)s)
#   with value.isoformat() as text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyathena==4.2.1 psycopg==3.3.9 psycopg-binary==3.3.9
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt
from importlib.metadata import version

from psycopg.types.datetime import DatetimeDumper
from pyathena.formatter import DefaultParameterFormatter

new_york = dt.timezone(dt.timedelta(hours=-5))
plain = dt.datetime(2026, 1, 15, 10)
values = {
    "10:00 without a zone": plain,
    "10:00 UTC": plain.replace(tzinfo=dt.timezone.utc),
    "10:00 New York": plain.replace(tzinfo=new_york),
    "15:00 UTC, the same instant": dt.datetime(2026, 1, 15, 15, tzinfo=dt.timezone.utc),
}
print("pyathena", version("pyathena"), "psycopg", version("psycopg"))
print("expected: texts that differ where the instants differ, and agree where they are equal")
seen = []
for name, value in values.items():
    text = DefaultParameterFormatter().format("SELECT count(*) FROM trips WHERE left_at >= %(since)s", {"since": value})
    seen.append(text.split(">= ")[1])
    print(f"{name:28} PyAthena {seen[-1]}, psycopg {DatetimeDumper(dt.datetime).dump(value).decode()}")
ten, three = "TIMESTAMP '2026-01-15 10:00:00.000'", "TIMESTAMP '2026-01-15 15:00:00.000'"
if seen != [ten, ten, ten, three] or not DatetimeDumper(dt.datetime).dump(values["10:00 New York"]).endswith(b"-05:00"):
    raise SystemExit("no longer so: zones are written otherwise")
PY
