#!/usr/bin/env bash
# In polars' streaming engine value_counts().struct.unnest() puts counts next to other values, and drop_nans() in groups drops nulls.
#
# With: polars 2.1.0.
# Expected: collect(engine="streaming") gives the rows of collect(), in some order; the two fields of one struct stay together, and
#   drop_nans() leaves nulls, as its documentation says.
# Seen: the plan computes value_counts() once for each field, and each time its groups come in another order: with 1,000 stops
#   in 100,000 rows hundreds of stops have the count of another stop, other ones each time. So do two fields taken one by one. The
#   frame's unnest(), or value_counts(sort=True), is right, and all of it in memory. group_by().agg(x.drop_nans().len()) counts rows
#   without nulls, and drop_nans().first() is the first value instead of null.
# Hurts: "trips per stop", rankings and shares as soon as a query moves to streaming (scan_parquet, sinks); the total is right, and on
#   a small sample everything is.
# Instead: .select(value_counts().alias("v")).unnest("v"), or group_by("stop").len(); filter(x.is_not_nan() | x.is_null()).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet polars==2.1.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
from collections import Counter

import polars as pl

stops = [(number * 7919) % 1000 if number % 3 else number * number % 1000 for number in range(100_000)]
right = Counter(stops)
trips = pl.LazyFrame({"stop": stops})
counts = pl.col("stop").value_counts()
QUERIES = {
    "value_counts().struct.unnest()": trips.select(counts.struct.unnest()),
    "two fields": trips.select(counts.struct.field("stop"), counts.struct.field("count")),
    "the frame's unnest()": trips.select(counts.alias("both")).unnest("both"),
    "group_by().len()": trips.group_by("stop").len(),
}
print("polars", pl.__version__, "- stops with a wrong count, of", len(right), "in five runs")
for name, query in QUERIES.items():
    wrong = {}
    for engine in ("in-memory", "streaming"):
        frames = [query.collect(engine=engine) for _ in range(5)]
        wrong[engine] = [sum(right[stop] != count for stop, count in frame.rows()) for frame in frames]
        if any(frame.to_series(1).sum() != len(stops) for frame in frames):
            raise SystemExit("no longer so: the total is wrong")
    print(f"{name:32}", wrong)
    if any(wrong["in-memory"]) or (sum(wrong["streaming"]) > 0) != (name in list(QUERIES)[:2]):
        raise SystemExit("no longer so: value_counts")
delays = pl.LazyFrame({"route": ["A"] * 4, "late": [None, 2.0, float("nan"), 3.0]})
for name, expression, expected in (
    ("drop_nans().len()", pl.col("late").drop_nans().len(), {"in-memory": 3, "streaming": 2}),
    ("drop_nans().first()", pl.col("late").drop_nans().first(), {"in-memory": None, "streaming": 2.0}),
):
    seen = {engine: delays.group_by("route").agg(x=expression).collect(engine=engine)["x"][0] for engine in expected}
    print(f"{name:32}", seen, "of null, 2, NaN, 3")
    if seen != expected:
        raise SystemExit("no longer so: drop_nans")
PY
