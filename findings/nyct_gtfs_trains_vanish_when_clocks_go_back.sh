#!/usr/bin/env bash
# nyct-gtfs says that a subway train seen at 01:58 has not departed at 01:02, four minutes later, in the night clocks go back.
#
# With: nyct-gtfs 2.1.0 (protobuf 4.25.3), the newest; the feed is made by the classes that it ships. TZ is set to New York and to UTC.
# Expected: the feed's times are seconds since 1970; what a library makes of them can be compared and subtracted: a train that is seen
#   before the feed was made is under way, one that comes in 22 minutes comes in 22 minutes, a ride of 20 minutes takes 20.
# Seen: each time becomes a wall clock without a zone, that of the machine. In New York 01:58 (EDT) lies after 01:02 (EST): underway is
#   False, location and last_position_update are None, filter_trips(underway=True) is empty for every train that last moved before the
#   clocks were set; arrival - last_generated is minus 38 minutes, a ride from 01:00 EDT to 01:20 EST lasts 20. On a machine in UTC, as in
#   the cloud, arrivals are in UTC and departure_time, made of the trip's name, in New York's time: all year a ride of 20 minutes takes 4
#   or 5 hours more.
# Hurts: boards and collectors of the subway: trains vanish and come back once a year; delays and ride times are off by hours.
# Instead: the raw message (trip._trip_update.stop_time_update[i].arrival.time, _feed.header.timestamp), made aware in UTC; the
#   departure localized in America/New_York.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet nyct-gtfs==2.1.0 tzdata==2026.6
cd "$work"
cat > ask.py <<'PY'
import os
import sys
from datetime import UTC, datetime
from importlib.metadata import version

from nyct_gtfs import NYCTFeed
from nyct_gtfs.compiled_gtfs import gtfs_realtime_pb2, nyct_subway_pb2


def ask(made: datetime, seen: datetime, arrival: datetime, trip: str) -> tuple[object, ...]:
    message = gtfs_realtime_pb2.FeedMessage()
    message.header.gtfs_realtime_version = "1.0"
    message.header.timestamp = int(made.timestamp())
    message.header.Extensions[nyct_subway_pb2.nyct_feed_header].nyct_subway_version = "1.0"
    update = message.entity.add(id="1").trip_update
    update.trip.trip_id, update.trip.start_date, update.trip.route_id = trip, "20261101", "A"
    update.trip.Extensions[nyct_subway_pb2.nyct_trip_descriptor].train_id = "1A 0100 FAR/207"
    stop = update.stop_time_update.add(stop_id="A02N")
    stop.arrival.time = int(arrival.timestamp())
    vehicle = message.entity.add(id="2").vehicle
    vehicle.trip.CopyFrom(update.trip)
    vehicle.stop_id, vehicle.timestamp = "A03N", int(seen.timestamp())
    feed = NYCTFeed("A", fetch_immediately=False)
    feed.load_gtfs_bytes(message.SerializeToString())
    train = feed.trips[0]
    comes = train.stop_time_updates[0].arrival
    minutes = [int((comes - since).total_seconds() // 60) for since in (feed.last_generated, train.departure_time)]
    return train.underway, train.location, len(feed.filter_trips(underway=True)), *minutes


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC)


zone = os.environ["TZ"]
# 05:58 UTC is 01:58 EDT, 06:02 is 01:02 EST; 18:00 is 13:00 EST. The trips' names say 01:00 and 13:00, in hundredths of a minute.
night = ask(at(6, 2), at(5, 58), at(6, 20), "006000_A..N55R")
before = ask(at(5, 58), at(5, 57), at(6, 20), "006000_A..N55R")
noon = ask(at(18, 2), at(18, 0), at(18, 20), "078000_A..N55R")
print("nyct-gtfs", version("nyct-gtfs"), "TZ", zone)
for name, seen in (("01:58 EDT", before), ("01:02 EST", night), ("13:02 EST", noon)):
    print(f"{name}: under way {seen[0]!s:5}  location {seen[1]}  trains {seen[2]}  minutes to arrival {seen[3]}  from origin to arrival {seen[4]}")
expected = {
    "America/New_York": ((True, "A03N", 1, -38, 20), (False, None, 0, 18, 20), (True, "A03N", 1, 18, 20)),
    "UTC": ((True, "A03N", 1, 22, 320), (True, "A03N", 1, 18, 320), (True, "A03N", 1, 18, 320)),
}
if (before, night, noon) != expected[zone]:
    sys.exit("no longer so")
PY
for zone in America/New_York UTC; do TZ=$zone "$work/venv/bin/python" ask.py; done
