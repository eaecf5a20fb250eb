#!/usr/bin/env bash
# A GTFS stop with the id NA does not exist for gtfs-kit and partridge, and a route with the name "None" has none.
#
# With: gtfs-kit 13.0.1 and partridge 1.1.2 (pandas 2.2.2, numpy 1.26.4); for comparison duckdb 2.0.1 on the same file.
# Expected: both libraries declare ids and names as text, and read "007" with its zeros, so NA, None, null and nan are texts as well:
#   GTFS says that an id is any sequence of characters, and that only an empty field is missing.
# Seen: pandas' list of words for "missing" is applied to columns of text too: the stop NA has the id NULL, in stops.txt and in
#   stop_times.txt; the headsign "None" is NULL. Nothing is reported, and grouping by stop leaves the visits of that stop out:
#   2 visits of 5. DuckDB reads the same file with "NA" in it.
# Hurts: short ids made of initials (NA for Nassau Av): timetables, headways and delays lack one station; joins with realtime data, where the
#   id is "NA" and not missing, find nothing for it, so a comparison of the feed with the warehouse differs.
# Instead: pandas.read_csv(..., dtype=str, keep_default_na=False, na_values=[""]), or DuckDB with all_varchar; look for NULL ids.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet gtfs-kit==13.0.1 partridge==1.1.2 pandas==2.2.2 numpy==1.26.4 duckdb==2.0.1 \
    geopandas==1.1.4 shapely==2.2.0 networkx==3.6.1 folium==0.20.0
mkdir "$work/feed"
cd "$work/feed"
printf '%s\n' agency_id,agency_name,agency_url,agency_timezone A,A,transit.example,America/New_York >agency.txt
printf '%s\n' route_id,agency_id,route_short_name,route_type 1,A,1,1 >routes.txt
printf '%s\n' stop_id,stop_name,stop_lat,stop_lon 007,Fulton,40.7,-74.0 NA,Nassau,40.8,-74.0 >stops.txt
printf '%s\n' service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date \
    W,1,1,1,1,1,1,1,20261101,20261231 >calendar.txt
printf '%s\n' route_id,service_id,trip_id,trip_headsign 1,W,T1,None 1,W,T2,Fulton 1,W,T3,Fulton >trips.txt
printf '%s\n' trip_id,arrival_time,departure_time,stop_id,stop_sequence T1,08:00:00,08:00:00,007,1 T1,08:05:00,08:05:00,NA,2 \
    T2,09:00:00,09:00:00,007,1 T2,09:05:00,09:05:00,NA,2 T3,10:00:00,10:00:00,007,1 >stop_times.txt
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import duckdb
import gtfs_kit
import pandas as pd
import partridge

feeds = {"gtfs-kit": gtfs_kit.read_feed("feed", dist_units="km"), "partridge": partridge.load_feed("feed")}
by_duckdb = dict(duckdb.execute("SELECT stop_id, count(*) FROM read_csv('feed/stop_times.txt', all_varchar = true) GROUP BY 1").fetchall())
print("duckdb   visits by stop", by_duckdb)
print("expected {'007': 3, 'NA': 2} and the headsign 'None' from both libraries")
for name, feed in feeds.items():
    ids = [None if pd.isna(value) else value for value in feed.stops["stop_id"]]
    visits = {key: int(count) for key, count in feed.stop_times.groupby("stop_id").size().items()}
    missing = bool(feed.trips["trip_headsign"].isna().iloc[0])
    print(f"{name:9} {version(name)} stops {ids}, visits {visits}, headsign 'None' missing: {missing}")
    if ids != ["007", None] or visits != {"007": 3} or not missing:
        raise SystemExit(f"no longer so: {name} reads the stop NA or the headsign None")
if by_duckdb != {"007": 3, "NA": 2}:
    raise SystemExit("no longer so: DuckDB reads another number of visits")
PY
