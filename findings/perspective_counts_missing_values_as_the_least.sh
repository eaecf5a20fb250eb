#!/usr/bin/env bash
# In Perspective the low of the delays 60, missing and 240 is 0, their min is nothing and their median is 60.
#
# With: perspective-python 5.6.1; for comparison polars 2.1.0.
# Expected: aggregates leave missing values out, as its own sum, avg and stddev do: the least is 60, the median 150.
# Seen: min and q1 of a group with a missing value are empty, low is 0, a number that is nowhere in the data, and the median is that
#   of the values with the missing one as the least of them. Of an even number of integers the median is the upper one of
#   the two in the middle, of floats their mean. max and high are right.
# Hurts: dashboards (it is the engine of Perspective's grids and charts, also in the browser): the shortest delay of each route with
#   a gap is "0" or blank, medians are too low by one rank, and changing the column from integer to float changes them.
# Instead: filter=[["delay", "is not null", None]] in the view; medians only of floats, or computed before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet perspective-python==5.6.1 polars==2.1.0 pyarrow==25.0.1
"$work/venv/bin/python" - <<'PY'
import io
from importlib.metadata import version

import perspective
import polars as pl
import pyarrow as pa

trips = pa.table({
    "route": ["F", "F", "F", "T", "T"],
    "delay": pa.array([60, None, 240, 30, 90], pa.float64()),
    "whole": pa.array([60, None, 240, 30, 90], pa.int32()),
})
sink = io.BytesIO()
with pa.ipc.new_stream(sink, trips.schema) as writer:
    writer.write_table(trips)
table = perspective.Server().new_local_client().table(sink.getvalue())
print("perspective-python", version("perspective-python"), "polars", pl.__version__)


def by_route(column: str, aggregate: str, **how) -> list:
    """The value of the routes F and T."""
    return table.view(group_by=["route"], columns=[column], aggregates={column: aggregate}, **how).to_columns()[column][1:]


def by_polars(column: str, aggregate: str) -> list:
    frame = pl.from_arrow(trips).group_by("route").agg(getattr(pl.col(column), aggregate)()).sort("route")
    return frame[column].to_list()


EXPECTED = {
    ("delay", "sum"): [300, 120],
    ("delay", "max"): [240, 90],
    ("delay", "min"): [None, 30],
    ("delay", "low"): [0, 30],
    ("delay", "median"): [60, 60],
    ("whole", "low"): [0, 30],
    ("whole", "median"): [60, 90],
}
for (column, aggregate), expected in EXPECTED.items():
    ours, theirs = by_route(column, aggregate), by_polars(column, {"low": "min"}.get(aggregate, aggregate))
    note = "" if ours == theirs else "  <- not the same"
    print(f"{aggregate:7} of {column}, routes F and T: Perspective {ours!s:16} polars {theirs}{note}")
    if ours != expected:
        raise SystemExit("no longer so")
filtered = by_route("delay", "min", filter=[["delay", "is not null", None]])
print("min of delay, filtered first:", filtered)
if filtered != by_polars("delay", "min"):
    raise SystemExit("no longer so: filtered")
PY
