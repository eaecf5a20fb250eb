#!/usr/bin/env bash
# polars.concat of the amounts 1.1 and 2.22 gives 1.1 and 2.2: the first frame's scale decides, and the other frame's digits go.
#
# With: polars 2.1.0; for comparison pyarrow 26.0.1 on the same two tables.
# Expected: concat(how="vertical") is strict: DATETIME of other units, Int8 beside Int64 or Int beside Float are a SchemaError, so
#   DECIMAL(38,1) beside DECIMAL(38,2) is one as well; or the wider scale is taken, as UNION ALL does everywhere. Stacking loses nothing.
# Seen: the rows of the second frame are rounded to the scale of the first: 2.22 becomes 2.2; in the other order nothing is lost. vstack,
#   extend, Series.append, how="diagonal", lazy frames, and lists and structs of decimals do the same. how="vertical_relaxed" and
#   polars' own SQL UNION ALL take the wider scale; scan_parquet of two such files refuses; pyarrow refuses; DuckDB widens.
# Hurts: nobody chooses these scales: polars takes them from the Decimals of each batch ("1.1" has one digit). A daily append where the
#   first day's amounts end in full tenths rounds all later days; sums differ by cents, counts agree.
# Instead: how="vertical_relaxed", or name the type: schema={"fare": pl.Decimal(38, 2)} for every frame.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import polars as pl
import pyarrow as pa

one = pl.DataFrame({"fare": [Decimal("1.1")]})
two = pl.DataFrame({"fare": [Decimal("2.22")]})
one.write_parquet("1.parquet")
two.write_parquet("2.parquet")
lists = pl.concat([frame.select(pl.concat_list("fare")) for frame in (one, two)])
ways = {
    "concat": lambda: pl.concat([one, two]),
    "concat, other order": lambda: pl.concat([two, one]),
    "concat, lazy": lambda: pl.concat([one.lazy(), two.lazy()]).collect(),
    "concat, diagonal": lambda: pl.concat([one, two], how="diagonal"),
    "vstack": lambda: one.vstack(two),
    "extend": lambda: one.clone().extend(two),
    "concat of lists": lambda: lists.explode("fare"),
    "vertical_relaxed": lambda: pl.concat([one, two], how="vertical_relaxed"),
    "SQL UNION ALL": lambda: pl.SQLContext(a=one, b=two).execute("SELECT * FROM a UNION ALL SELECT * FROM b", eager=True),
    "concat of ms and us": lambda: pl.concat([pl.DataFrame({"fare": [1]}).cast(pl.Datetime(unit)) for unit in ("us", "ms")]),
    "scan of two files": lambda: pl.read_parquet("*.parquet"),
    "pyarrow": lambda: pl.from_arrow(pa.concat_tables([one.to_arrow(), two.to_arrow()])),
}
print("polars", pl.__version__, "pyarrow", pa.__version__)
print("expected: 1.1 and 2.22, or an error")
seen = {}
for name, way in ways.items():
    try:
        seen[name] = sorted(str(value.normalize()) for value in way()["fare"])
    except Exception as error:  # each library has a class of its own
        seen[name] = type(error).__name__
    print(f"{name:20} {seen[name]}")
cut, whole = ["1.1", "2.2"], ["1.1", "2.22"]
if [seen[name] for name in ("concat", "concat, lazy", "concat, diagonal", "vstack", "extend", "concat of lists")] != [cut] * 6:
    raise SystemExit("no longer so: the digits of the second frame are kept")
if [seen[name] for name in ("concat, other order", "vertical_relaxed", "SQL UNION ALL")] != [whole] * 3:
    raise SystemExit("no longer so: a way that kept all digits does not")
if [seen[name] for name in ("concat of ms and us", "scan of two files", "pyarrow")] != ["SchemaError", "SchemaError", "ArrowInvalid"]:
    raise SystemExit("no longer so: a way that refused does not")
PY
