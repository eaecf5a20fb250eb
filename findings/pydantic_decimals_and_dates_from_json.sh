#!/usr/bin/env bash
# pydantic reads the JSON number 12345678901234567890.12 into a Decimal as 12345678901234567000, and the date 20260101 as August 1970.
#
# With: pydantic 2.14.4 (pydantic-core 2.50.5).
# Expected: a field declared Decimal is declared so to be exact: JSON's text of the number is at hand, so all its digits are kept, as
#   json.loads(text, parse_float=Decimal) does. The compact ISO date "20260101" for a datetime is that day, or an error;
#   a date field refuses it, after all.
# Seen: model_validate_json reads a number with a point as a double first: 17 digits are left, 1.10 becomes 1.1. Whole numbers
#   and numbers in quotes are exact. For a datetime, text of digits alone counts as seconds since 1970:
#   "20260101" is 1970-08-23 11:48:21 UTC, without an error. Above 2e10 it counts as milliseconds.
# Hurts: amounts in APIs and settings; evidence that is read back and written again differs from what was signed. Service dates of
#   GTFS (YYYYMMDD) put into datetime fields all fall into one summer.
# Instead: quotes around decimals in JSON (pydantic writes them so), or json.loads with parse_float before validating; date fields,
#   or datetime.strptime(text, "%Y%m%d"), for compact dates.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pydantic==2.14.4
"$work/venv/bin/python" - <<'PY'
import datetime as dt
import json
from decimal import Decimal

import pydantic


class Row(pydantic.BaseModel):
    amount: Decimal


class Visit(pydantic.BaseModel):
    at: dt.datetime


class Day(pydantic.BaseModel):
    on: dt.date


print("pydantic", pydantic.VERSION)
wanted = {
    "12345678901234567890.12": "12345678901234567000",
    "0.1234567890123456789": "0.12345678901234568",
    "1.10": "1.1",
    '"12345678901234567890.12"': "12345678901234567890.12",
}
for text, value in wanted.items():
    seen = str(Row.model_validate_json(f'{{"amount": {text}}}').amount)
    exact = json.loads(text, parse_float=Decimal)
    print(f"JSON {text:26} expected {exact!s:24} Decimal {seen}")
    if seen != value:
        raise SystemExit("no longer so: the decimal is another")
at = Visit.model_validate_json('{"at": "20260101"}').at
try:
    on = str(Day.model_validate_json('{"on": "20260101"}').on)
except pydantic.ValidationError as error:
    on = error.errors()[0]["type"]
print(f'JSON "20260101" expected 2026-01-01 or an error; datetime {at}; date field: {on}')
if str(at) != "1970-08-23 11:48:21+00:00" or on != "date_from_datetime_inexact":
    raise SystemExit("no longer so: the compact date is read otherwise")
PY
