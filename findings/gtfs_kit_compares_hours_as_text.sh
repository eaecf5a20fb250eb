#!/usr/bin/env bash
# gtfs_kit says that a feed runs from "10:00:00" to "9:45:00" and that no trip is under way at 09:10, when hours have one digit.
#
# With: gtfs-kit 13.0.1, pandas 3.1.1; for comparison partridge 1.1.2.
# Expected: GTFS takes H:MM:SS as well as HH:MM:SS ("8:05:00"), and a library of it compares
#   times; compute_trip_stats() of the same library does, and writes 09:00:00.
# Seen: get_start_and_end_times() and get_trips(date, time) take the minimum and maximum of texts, where "10:00:00" comes before
#   "9:00:00". A trip from 9:45 to 10:15 is under way at no time at all; at "09:10:00", the format that the docstring
#   asks for, no trip of one digit is found, at "9:10:00" some are.
# Hurts: counts of vehicles in service, first and last departures, spans of service: mornings are missing, without a warning.
# Instead: rewrite both columns first: feed.stop_times[c].str.zfill(8).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet gtfs-kit==13.0.1 pandas==3.1.1 partridge==1.1.2
cd "$work"
venv/bin/python -W ignore - <<'PY'
import zipfile
from importlib.metadata import version

import gtfs_kit
import partridge

SERVICE = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nw,1,1,1,1,1,0,0,20261101,20261130\n"
TIMES = {"early": ("9:00:00", "9:30:00"), "across": ("9:45:00", "10:15:00"), "late": ("10:00:00", "10:30:00")}


def write(name: str, shape) -> None:
    stop_times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "".join(
        f"{trip},{shape(time)},{shape(time)},{stop},{number}\n"
        for trip, times in TIMES.items()
        for number, (stop, time) in enumerate(zip("AB", times), 1)
    )
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n1,T,http://example.org,America/New_York\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,A,40.0,-74.0\nB,B,40.1,-74.0\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nF,1,F,F line,1\n",
        "calendar.txt": SERVICE,
        "trips.txt": "route_id,service_id,trip_id\n" + "".join(f"F,w,{trip}\n" for trip in TIMES),
        "stop_times.txt": stop_times,
    }
    with zipfile.ZipFile(name, "w") as feed:
        for file, text in files.items():
            feed.writestr(file, text)


print("gtfs-kit", version("gtfs-kit"), "partridge", version("partridge"))
seen = {}
for name, shape in (("one digit", str), ("two digits", lambda time: time.zfill(8))):
    write("feed.zip", shape)
    feed = gtfs_kit.read_feed("feed.zip", dist_units="km")
    span = feed.get_start_and_end_times("20261102")
    at = {time: sorted(feed.get_trips("20261102", time)["trip_id"]) for time in ("09:10:00", "10:05:00")}
    stats = feed.compute_trip_stats()
    seconds = partridge.load_feed("feed.zip").stop_times
    seen[name] = (tuple(span), *at.values())
    print(f"{name:11} first and last {span}  under way {at}")
    print(f"{'':11} compute_trip_stats {stats['start_time'].min()} to {stats['end_time'].max()}", end="  ")
    print("partridge", seconds["departure_time"].min() / 3600, "to", seconds["arrival_time"].max() / 3600, "hours")
if seen["two digits"] != (("09:00:00", "10:30:00"), ["early"], ["across", "late"]):
    raise SystemExit("no longer so: two digits")
if seen["one digit"] != (("10:00:00", "9:45:00"), [], ["late"]):
    raise SystemExit(f"no longer so: {seen['one digit']}")
PY
