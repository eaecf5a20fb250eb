#!/usr/bin/env bash
# datacompy says that two frames match although their integers and decimals differ, at a tolerance of zero.
#
# With: datacompy 1.1.0, pandas 3.0.6 (numpy 2.3.5), polars 1.44.2; both of its comparers, PandasCompare and PolarsCompare.
# Expected: abs_tol=0 and rel_tol=0, the defaults, mean exact: BIGINT columns are int64 on both sides and compared as
#   integers; decimals are decimal.Decimal, which is exact.
# Seen: numbers are compared as floats. 9007199254740993 and 9007199254740992 match; so do 12345678901234567.89 and
#   12345678901234567.88 as Decimal. matches() is True and the report shows no unequal value. Both columns have the
#   same exact type, so no type conversion warns anybody either.
# Hurts: who proves a migration with it: above 2^53 (ids made by a snowflake generator, nanoseconds since 1970, hashes
#   kept as BIGINT, NUMERIC(19,2) amounts) neighbouring values are "equal".
# Instead: compare such columns as text (astype(str), cast(pl.String)), or let the engines compare.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datacompy==1.1.0 pandas==3.0.6 numpy==2.3.5 polars==1.44.2
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import datacompy
import pandas as pd
import polars as pl

left = {"key": [1], "id": [9007199254740993], "amount": [Decimal("12345678901234567.89")]}
right = {"key": [1], "id": [9007199254740992], "amount": [Decimal("12345678901234567.88")]}
print("datacompy", datacompy.__version__, "pandas", pd.__version__, "polars", pl.__version__)
print("expected: no match, as id and amount differ")
results = {}
for column in ("id", "amount"):
    for name, compare, frame in (
        ("pandas", datacompy.PandasCompare, pd.DataFrame),
        ("polars", datacompy.PolarsCompare, pl.DataFrame),
    ):
        one, other = ({k: side[k] for k in ("key", column)} for side in (left, right))
        for kind, convert in (("as it is", lambda x: x), ("as text", str)):
            pair = [frame({"key": s["key"], column: [convert(v) for v in s[column]]}) for s in (one, other)]
            match = bool(compare(*pair, join_columns="key", abs_tol=0, rel_tol=0).matches())
            results[column, name, kind] = match
            print(f"{column:7} {name} {kind:9} matches: {match}")
if not all(match for (_, _, kind), match in results.items() if kind == "as it is"):
    raise SystemExit("no longer so: different integers or decimals do not match")
if any(match for (_, _, kind), match in results.items() if kind == "as text"):
    raise SystemExit("no longer so: as text they match as well")
PY
