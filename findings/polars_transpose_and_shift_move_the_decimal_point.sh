#!/usr/bin/env bash
# polars' transpose() makes 110.00 of the DECIMAL 1.10, and shift(1, fill_value=9) fills a column of amounts with 0.09.
#
# With: polars 2.1.0; for comparison the same calls on Float64, and the neighbours of shift: extend_constant, fill_null, LAG in SQL.
# Expected: transpose moves values and changes none. fill_value=9 puts 9.00 into a column of DECIMAL(38,2), as the others do, or is
#   refused. Eager and lazy frames agree.
# Seen: the stored integer (110 hundredths) is taken for the value, and the value for the stored integer. Every DECIMAL of a transposed
#   frame is 10 to the scale times too large, beside an int column the ints too; fill_value of shift is 10 to the scale times
#   too small: 9 and Decimal("9.99") both give 0.09. LazyFrame.shift, extend_constant, fill_null and LAG(c, 1, 9.99) are right, and so
#   is fill_value=9.99, a float, which makes the column Float64. No warning, the type of the column stays.
# Hurts: reports that turn a table of amounts on its side: everything times 100, consistently; "previous fare, or 9 for the first": the
#   first row of every group. Sums still agree with each other after a transpose.
# Instead: cast to Float64 or String before transpose and back; LazyFrame.shift, or shift(1) and then fill_null.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import polars as pl

fares = pl.DataFrame({"c": [Decimal("1.10"), Decimal("2.22")]})
mixed = pl.DataFrame({"a": [Decimal("1.10")], "b": [2]})
column = fares["c"]
print("polars", pl.__version__, fares.schema)
turned = {
    "transpose": list(fares.transpose().row(0)),
    "transpose beside an int": mixed.transpose()["column_0"].to_list(),
    "transpose of Float64": list(fares.cast(pl.Float64).transpose().row(0)),
}
print("expected: 1.10 and 2.22 (1.10 and 2), then 9.00 or 9.99 before 1.10")
for name, answer in turned.items():
    print(f"{name:28} {[str(value) for value in answer]}")
first = {
    "shift, 9": column.shift(1, fill_value=9),
    "shift, 9.99": column.shift(1, fill_value=Decimal("9.99")),
    "shift as expression, 9": fares.select(pl.col("c").shift(1, fill_value=9))["c"],
    "LazyFrame.shift, 9": fares.lazy().shift(1, fill_value=9).collect()["c"],
    "shift, then fill_null": column.shift(1).fill_null(9),
    "LAG(c, 1, 9.99)": fares.sql("SELECT LAG(c, 1, 9.99) OVER (ORDER BY c) AS c FROM self")["c"],
    "extend_constant": column.extend_constant(9, 1)[::-1],
}
first = {name: answer[0] for name, answer in first.items()}
for name, answer in first.items():
    print(f"{name:28} {answer}")
hundred, cents = [Decimal("110.00"), Decimal("222.00")], Decimal("0.09")
if list(turned.values()) != [hundred, [Decimal("110.00"), Decimal("200.00")], [1.1, 2.22]]:
    raise SystemExit("no longer so: transpose gives other values")
if list(first.values()) != [cents, cents, cents, 9, 9, Decimal("9.99"), 9]:
    raise SystemExit("no longer so: the first row is filled otherwise")
PY
