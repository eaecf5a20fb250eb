#!/usr/bin/env bash
# pandera with coerce=True validates 2.7 as the integer 2 and the text "False" as true, and drops rows that share a label with a bad one.
#
# With: pandera 0.35.0, pandas 3.1.1, polars 2.1.0.
# Expected: a validator that cannot turn a value into the type without loss says so: as it does for "Int64" of pandas and for 300 as an int8.
# Seen: Column(int, coerce=True) cuts 2.7 to 2, in polars as well; Column(bool, coerce=True) makes true of "False", "0" and "no", as
#   every text but the empty one is true. With drop_invalid_rows=True rows go by their index label: in a frame that was
#   concatenated from two, the good row of the other part goes too. Nothing is reported.
# Hurts: pipelines that trust the frame after validate(): passengers, minutes and amounts lose their fractions, all trips of a CSV read as
#   texts are cancelled, rows are missing.
# Instead: pandas' "Int64" and "boolean" as types, which raise; a Check on the texts before; reset_index(drop=True) before validate().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "pandera[polars]==0.35.0" pandas==3.1.1 polars==2.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pandas as pd
import pandera
import pandera.pandas as pa
import pandera.polars as pap
import polars as pl


def outcome(validate) -> str:
    try:
        return str(validate())
    except (pa.errors.SchemaError, pa.errors.SchemaErrors):
        return "refused"


def coerced(kind, values) -> str:
    schema = pa.DataFrameSchema({"x": pa.Column(kind, coerce=True)})
    return outcome(lambda: schema.validate(pd.DataFrame({"x": values})).x.tolist())


in_polars = pap.DataFrameSchema({"x": pap.Column(pl.Int64, coerce=True)})
positive = pa.DataFrameSchema({"x": pa.Column(int, pa.Check.gt(0))}, drop_invalid_rows=True)
parts = pd.concat([pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [-3, 4]})])
ANSWERS = {
    "int of 2.7, -2.7": (coerced(int, [2.7, -2.7]), "[2, -2]"),
    "Int64 of 2.7": (coerced("Int64", [2.7]), "refused"),
    "int8 of 300": (coerced("int8", [300]), "refused"),
    "polars' Int64 of 2.7": (outcome(lambda: in_polars.validate(pl.DataFrame({"x": [2.7]}))["x"].to_list()), "[2]"),
    "bool of 'False', '0', 'no', ''": (coerced(bool, ["False", "0", "no", ""]), "[True, True, True, False]"),
    "boolean of 'no'": (coerced("boolean", ["no"]), "refused"),
    "x > 0 of 1, 2 and -3, 4": (outcome(lambda: positive.validate(parts, lazy=True).x.tolist()), "[2, 4]"),
    "the same, index reset": (outcome(lambda: positive.validate(parts.reset_index(drop=True), lazy=True).x.tolist()), "[1, 2, 4]"),
}
print("pandera", pandera.__version__, "pandas", pd.__version__, "polars", pl.__version__)
for name, (seen, expected) in ANSWERS.items():
    print(f"{name:32} {seen}")
    if seen != expected:
        raise SystemExit("no longer so")
PY
