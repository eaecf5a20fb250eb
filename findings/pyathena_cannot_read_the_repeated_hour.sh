#!/usr/bin/env bash
# One row whose timestamp lies in the hour that clocks repeat makes PyAthena fail on the whole result.
#
# With: pyathena 4.2.1, tzdata 2026.6; its DefaultTypeConverter is given the text that Athena returns.
# Expected: TIMESTAMP '2026-11-01 01:30:00 America/New_York' is a valid value of Athena's TIMESTAMP WITH TIME ZONE. A driver reads it as
#   one of the two instants (Python has fold=0 for it), or hands over the text.
# Seen: DataError, "is ambiguous: the local time occurs twice". The converter is called row by row, so the fetch of ten thousand
#   rows ends at that row, with the default cursor. The same instant in UTC, or with an offset such as -05:00, is read. The text does
#   not say which instant it is, so no reader can know: the loss is in the format of the result.
# Hurts: who selects timestamps with zones at night in November: a job that has run all year stops; and who catches the error and goes
#   on has a part of the rows.
# Instead: select t AT TIME ZONE 'UTC', or to_unixtime(t), and convert on the client.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyathena==4.2.1 tzdata==2026.6
"$work/venv/bin/python" - <<'PY'
import pyathena
from pyathena.converter import DefaultTypeConverter

convert = DefaultTypeConverter().convert
seen = {}
print("pyathena", pyathena.__version__, "- expected: a value for each text")
for text in (
    "2026-11-01 00:30:00.000 America/New_York",
    "2026-11-01 01:30:00.000 America/New_York",
    "2026-11-01 05:30:00.000 UTC",
    "2026-11-01 01:30:00.000 -05:00",
):
    try:
        seen[text] = convert("timestamp with time zone", text).isoformat()
    except pyathena.DataError as error:
        seen[text] = f"DataError: {str(error)[:74]}..."
    print(f"{text:42} -> {seen[text]}")
failed = [text for text, result in seen.items() if result.startswith("DataError")]
if failed != ["2026-11-01 01:30:00.000 America/New_York"]:
    raise SystemExit("no longer so: another set of texts cannot be read")
PY
