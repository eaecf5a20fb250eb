#!/usr/bin/env bash
# A DELETED trip of a GTFS-realtime feed reads as SCHEDULED in the Python bindings of one release earlier.
#
# With: gtfs-realtime-bindings 3.0.0 (protobuf 7.36.2) writes; 2.0.0 (protobuf 6.33.2) reads.
# Expected: a reader that does not know a new value of schedule_relationship shows a number, or fails, or shows "unknown".
#   A trip that has been taken out of service must in no case look as if it ran.
# Seen: trip updates with DELETED (7) or NEW (8), which 3.0.0 knows, come out of 2.0.0 with schedule_relationship 0,
#   SCHEDULED. The feed's enums are proto2: an unknown value is put among the unknown fields and the field counts
#   as unset, so its default is given. HasField is False, JSON leaves the field out, and parsing succeeds.
# Hurts: pollers that store the value of the field: the withdrawn train is kept as a scheduled one, in history too, and two
#   pollers of different age store different tables from the same bytes.
# Instead: store NULL unless HasField("schedule_relationship"), keep the raw message, and raise an alarm for
#   google.protobuf.unknown_fields.UnknownFieldSet(trip) that is not empty.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/2.0.0"
python3 -m venv "$work/3.0.0"
"$work/2.0.0/bin/pip" install --quiet gtfs-realtime-bindings==2.0.0 protobuf==6.33.2
"$work/3.0.0/bin/pip" install --quiet gtfs-realtime-bindings==3.0.0 protobuf==7.36.2
cd "$work"
"$work/3.0.0/bin/python" - <<'PY'
from google.transit import gtfs_realtime_pb2 as gtfs

feed = gtfs.FeedMessage(header=gtfs.FeedHeader(gtfs_realtime_version="2.0", timestamp=1764000000))
for name in ("CANCELED", "DELETED", "NEW"):
    trip = feed.entity.add(id=name).trip_update.trip
    trip.trip_id = name
    trip.schedule_relationship = gtfs.TripDescriptor.ScheduleRelationship.Value(name)
open("feed.pb", "wb").write(feed.SerializeToString())
PY
"$work/2.0.0/bin/python" - <<'PY'
from importlib.metadata import version

from google.protobuf.unknown_fields import UnknownFieldSet
from google.transit import gtfs_realtime_pb2 as gtfs

feed = gtfs.FeedMessage.FromString(open("feed.pb", "rb").read())
print("written by gtfs-realtime-bindings 3.0.0, read by", version("gtfs-realtime-bindings"))
print("expected: DELETED and NEW are not read as SCHEDULED")
seen = {}
for entity in feed.entity:
    trip = entity.trip_update.trip
    name = gtfs.TripDescriptor.ScheduleRelationship.Name(trip.schedule_relationship)
    unknown = [(field.field_number, field.data) for field in UnknownFieldSet(trip)]
    seen[entity.id] = (name, trip.HasField("schedule_relationship"))
    print(f"written {entity.id:9} read {name:10} HasField {seen[entity.id][1]!s:6} unknown fields {unknown}")
if seen != {"CANCELED": ("CANCELED", True), "DELETED": ("SCHEDULED", False), "NEW": ("SCHEDULED", False)}:
    raise SystemExit("no longer so: the earlier release reads these values otherwise")
PY
