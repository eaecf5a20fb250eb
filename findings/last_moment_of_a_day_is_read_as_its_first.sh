#!/usr/bin/env bash
# 23:59:59.9999999, the last moment of a day as .NET and SQL Server write it, is 00:00:00 for msgspec and for Trino's Python client.
#
# With: msgspec 0.23.0, trino 0.340.0; for comparison Python's fromisoformat, pydantic 2.14.4, whenever 0.11.0, duckdb 2.0.1.
# Expected: a time of seven digits that has no room in a datetime.time is cut to 23:59:59.999999, or refused: its latest
#   moment must not become its earliest.
# Seen: both round to microseconds and throw the full day away that comes out; a datetime of the same digits moves on to the next
#   day, which is right. .NET's TimeOnly.MaxValue and SQL Server's largest time(7) are this value; they stand for "open end".
# Hurts: service hours and validity from such systems: "from 06:00 to 23:59:59.9999999" is a span that ends before it begins,
#   and a filter start <= t < end finds nothing.
# Instead: read the text, and cut it at the sixth digit; in Trino SELECT CAST(t AS varchar).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet msgspec==0.23.0 trino==0.340.0 pydantic==2.14.4 whenever==0.11.0 duckdb==2.0.1
"$work/venv/bin/python" - <<'PY'
import datetime as dt
from importlib.metadata import version

import duckdb
import msgspec
import pydantic
import whenever
from trino.mapper import TimeValueMapper

print(*(f"{name} {version(name)}" for name in ("msgspec", "trino", "pydantic", "whenever", "duckdb")))
READERS = {
    "msgspec": lambda text: msgspec.json.decode(f'"{text}"', type=dt.time),
    "msgspec, a datetime": lambda text: msgspec.json.decode(f'"2026-11-02T{text}"', type=dt.datetime),
    "trino": TimeValueMapper(6).map,  # what the client does with the text of a time(7)
    "fromisoformat": dt.time.fromisoformat,
    "pydantic": lambda text: pydantic.TypeAdapter(dt.time).validate_json(f'"{text}"'),
    "whenever": whenever.Time.parse_iso,
    "DuckDB": lambda text: duckdb.execute("SELECT CAST(? AS TIME)", [text]).fetchone()[0],
}
OPENS, CLOSES = "06:00:00", "23:59:59.9999999"
seen = {}
for name, read in READERS.items():
    opens, closes = read(OPENS), read(CLOSES)
    seen[name] = str(closes), opens < closes
    print(f"{name:22}{CLOSES}  is read as  {closes!s:28} after {OPENS}: {opens < closes}")
if seen["msgspec"] != ("00:00:00", False) or seen["trino"] != ("00:00:00", False):
    raise SystemExit("no longer so")
if seen["msgspec, a datetime"][0] != "2026-11-03 00:00:00" or not all(seen[name][1] for name in list(READERS)[3:]):
    raise SystemExit("no longer so: the others")
PY
