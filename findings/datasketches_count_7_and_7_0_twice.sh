#!/usr/bin/env bash
# Apache DataSketches counts 1000 vehicles seen on two days as 2000, when the second day's column has one missing value.
#
# With: datasketches 5.2.0, pandas 3.1.1 (numpy 2.4.6), duckdb 2.0.1 for the exact count.
# Expected: a sketch of Monday and one of Tuesday are merged, and say how many vehicles were seen on both; vehicle 7 is vehicle 7. A text
#   without letters is a value as any other.
# Seen: an integer and a float are hashed as different things: 7 and 7.0 are two. pandas makes floats of a column of integers once a value
#   is missing, in read_csv and from Arrow, so the union of HLL, CPC and Theta sketches doubles that day, and the intersection of
#   two Theta sketches is empty: "no vehicle came back". The NaN itself counts as one more. The empty text is not counted.
# Hurts: distinct vehicles, riders, trips of a week from sketches of days: too many by a whole day, retention of zero.
# Instead: one type for ever: int(value) or str(value) before update, missing ones left out; read_csv(dtype="Int64").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet datasketches==5.2.0 pandas==3.1.1 numpy==2.4.6 duckdb==2.0.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import datasketches
import duckdb
import pandas

for day, extra in (("monday", []), ("tuesday", [""])):
    with open(f"{day}.csv", "w") as file:
        file.writelines(f"{vehicle},x\n" for vehicle in ["vehicle", *range(1, 1001), *extra])
SKETCHES = {
    "HLL": (lambda: datasketches.hll_sketch(14), lambda: datasketches.hll_union(14)),
    "CPC": (lambda: datasketches.cpc_sketch(14), lambda: datasketches.cpc_union(14)),
    "Theta": (lambda: datasketches.update_theta_sketch(14), lambda: datasketches.theta_union(14)),
}


def sketch(kind: str, values: list[object]) -> object:
    new = SKETCHES[kind][0]()
    for value in values:
        new.update(value)
    return new


def union(kind: str, one: object, other: object) -> int:
    both = SKETCHES[kind][1]()
    for each in (one, other):
        both.update(each)
    return round(both.get_result().get_estimate() if hasattr(both, "get_result") else both.get_estimate())


print("datasketches", version("datasketches"), "pandas", pandas.__version__)
days = {name: pandas.read_csv(f"{name}.csv")["vehicle"] for name in ("monday", "tuesday")}
exact = duckdb.sql("SELECT count(DISTINCT vehicle) FROM 'monday.csv' NATURAL FULL JOIN 'tuesday.csv'").fetchall()[0][0]
print("types:", {name: str(column.dtype) for name, column in days.items()}, "exact:", exact)
seen = {}
for kind in SKETCHES:
    parts = {name: sketch(kind, column.tolist()) for name, column in days.items()}
    whole = {name: sketch(kind, [int(value) for value in column.dropna()]) for name, column in days.items()}
    seen[kind] = (union(kind, *parts.values()), union(kind, *whole.values()))
    print(f"{kind:6} union as read {seen[kind][0]}, as int {seen[kind][1]}")
    if kind == "Theta":
        back = []
        for pair in (parts, whole):
            common = datasketches.theta_intersection()
            for each in pair.values():
                common.update(each)
            back.append(round(common.get_result().get_estimate()))
empty = [round(sketch(kind, ["", "A"]).get_estimate()) for kind in SKETCHES]
print("vehicles on both days, as read and as int:", back, " '' and 'A':", empty)
if exact != 1000 or any(not 1960 < read < 2040 or not 980 < right < 1020 for read, right in seen.values()):
    raise SystemExit("no longer so: unions")
if back != [0, 1000] or empty != [1, 1, 1]:
    raise SystemExit("no longer so: intersections or empty texts")
PY
