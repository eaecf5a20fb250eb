#!/usr/bin/env bash
# In chDB's pandas-like frame dt.floor("15min") is midnight, and groupby(...).quantile(0.9) over a Parquet file is the median.
#
# With: chdb 4.4.0 (chdb-core 26.9.0, which is ClickHouse), pandas 3.1.1, pyarrow 26.0.1.
# Expected: "from chdb import datastore as pd" is announced as a change of one import: the answer of pandas, or an error.
# Seen: dt.floor, ceil and round know "D", "h" and "min"; other frequencies ("15min", "2h", "10s", "ms", "W") are the day, with no
#   word, so a quarter hour's departures are the day's. groupby("route")["late"].quantile(0.9) takes any q for 0.5 when
#   the frame comes from a Parquet file; made of a pandas frame it is right.
# Hurts: headways and delays in bins of minutes have one bin a day; the 90th percentile of delays looks as good as the median.
# Instead: SQL through chdb.query (toStartOfInterval, quantileExactInclusive), or pandas itself for both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet chdb==4.4.0 chdb-core==26.9.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import pandas
from chdb import datastore

trips = pandas.DataFrame(
    {
        "route": ["A"] * 6 + ["C"] * 5,
        "at": pandas.date_range("2026-11-02 08:00", periods=11, freq="7min"),
        "late": [0, 10, 20, 30, 40, 600, 5, 5, 5, 5, 900],
    }
)
trips.to_parquet("trips.parquet")


def bins(frame, frequency):
    return [str(moment)[:19] for moment in list(frame["at"].dt.floor(frequency))]


def ninetieth(frame):
    found = frame.groupby("route")["late"].quantile(0.9)
    return {route: float(found.loc[route]) for route in ("A", "C")}


frames = {"pandas": trips, "chdb, of a frame": datastore.DataFrame(trips), "chdb, of Parquet": datastore.read_parquet("trips.parquet")}
print("chdb", version("chdb"), "pandas", pandas.__version__)
for name, frame in frames.items():
    print(f"{name:17} bins of 15 minutes: {len(set(bins(frame, '15min')))}, of an hour: {len(set(bins(frame, 'h')))};", end=" ")
    print("90th percentile:", ninetieth(frame))
medians = {route: float(value) for route, value in trips.groupby("route")["late"].median().items()}
print("the medians                                              :", medians)
right, of_frame, of_parquet = frames.values()
if any(set(bins(frame, "15min")) != {"2026-11-02 00:00:00"} for frame in (of_frame, of_parquet)) or len(set(bins(right, "15min"))) != 5:
    raise SystemExit("no longer so: 15 minutes are no day")
if any(bins(frame, "h") != bins(right, "h") for frame in (of_frame, of_parquet)):
    raise SystemExit("no longer so: hours differ too")
if ninetieth(of_parquet) != medians or ninetieth(of_frame) != ninetieth(right) or ninetieth(right) == medians:
    raise SystemExit("no longer so: the percentile")
PY
