#!/usr/bin/env bash
# great_tables prints the whole number 12345678901234567 as 12,345,678,901,234,568: fmt_integer and fmt_number go through floats.
#
# With: great-tables 1.1.0, pandas 3.1.1, polars 2.1.0.
# Expected: a column of int64 formatted by fmt_integer has thousands separators and its own digits; Decimal columns are exact as well.
# Seen: above 2^53 the last digits are others, in pandas and in polars alike, and with use_seps=False too. A Decimal of 12345678901234567.89
#   is right with fmt_number, so it is not the table that lacks the digits; without any formatter the integers are right.
# Hurts: reports with ids (snowflake ids, hashes kept as BIGINT), nanoseconds, sums of cents: the number in the report finds no row.
# Instead: no formatter for such columns, or Decimal, or fmt(lambda x: f"{x:,}").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet great-tables==1.1.0 pandas==3.1.1 polars==2.1.0
"$work/venv/bin/python" - <<'PY'
import re
from decimal import Decimal
from importlib.metadata import version

import pandas as pd
import polars as pl
from great_tables import GT

number = 12345678901234567


def cells(table):
    return re.findall(r"<td[^>]*>([^<]*)", table.as_raw_html())


print("great-tables", version("great-tables"), "pandas", pd.__version__, "polars", pl.__version__)
print("expected 12,345,678,901,234,567 in every line")
seen = {}
for name, frame in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
    integers = frame({"x": [number]})
    seen[name, "fmt_integer"] = cells(GT(integers).fmt_integer("x"))
    seen[name, "fmt_number"] = cells(GT(integers).fmt_number("x", decimals=0))
    seen[name, "without separators"] = cells(GT(integers).fmt_integer("x", use_seps=False))
    seen[name, "no formatter"] = cells(GT(integers))
    seen[name, "a function"] = cells(GT(integers).fmt(lambda x: f"{x:,}", "x"))
seen["pandas", "Decimal"] = cells(GT(pd.DataFrame({"x": [Decimal(number)]})).fmt_number("x", decimals=0))
for key, (text,) in seen.items():
    print(f"{key[0]} {key[1]:18} {text}")
odd = {key[1] for key, (text,) in seen.items() if text.replace(",", "") != str(number)}
if odd != {"fmt_integer", "fmt_number", "without separators"}:
    raise SystemExit(f"no longer so: {odd}")
if any(seen["pandas", way] != seen["polars", way] for way in odd):
    raise SystemExit("no longer so: pandas and polars differ")
PY
