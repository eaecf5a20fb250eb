#!/usr/bin/env bash
# pandas' hash of a frame is the same after its columns are renamed: Hamilton's cache answers for planned and actual times swapped.
#
# With: pandas 3.1.1; apache-hamilton 1.90.0 (the newest release; its main branch has it mended).
# Expected: pandas.util.hash_pandas_object(frame), "a data hash", differs when the frames do; a cache that takes it for its key answers
#   for one frame only.
# Seen: the names of the columns are not in it, and of the types little: booleans hash as 1 and 0, times in New York as the same
#   instants in UTC and as naive ones, naive ones as their integers, categories as texts. In Hamilton a run on the frame whose two columns
#   were exchanged gets the result of the run before. There 1 and "1", and a list and a tuple are one key too.
# Hurts: caches, "has the data changed" checks and digests of data sets made with it: a corrected heading or time zone is not seen,
#   and the old numbers come back.
# Instead: put the schema into the key: (tuple(frame.columns), tuple(map(str, frame.dtypes)), hash).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pandas==3.1.1 numpy==2.4.6 apache-hamilton==1.90.0
cd "$work"
cat > flow.py <<'PY'
import pandas as pd


def mean_delay(trips: pd.DataFrame) -> float:
    return float((trips["actual"] - trips["planned"]).mean())
PY
HOME="$work" HAMILTON_TELEMETRY_ENABLED=false "$work/venv/bin/python" -W ignore - <<'PY'
import logging
from importlib.metadata import version

import flow
import pandas as pd
from hamilton import driver
from hamilton.caching.fingerprinting import hash_value
from pandas.util import hash_pandas_object

logging.disable(logging.WARNING)
trips = pd.DataFrame({"planned": [100, 200], "actual": [160, 260]})
exchanged = trips.rename(columns={"planned": "actual", "actual": "planned"})
local = pd.Series(pd.to_datetime(["2026-11-01 12:00"]).tz_localize("America/New_York").as_unit("s"))
PAIRS = {
    "columns exchanged": (trips, exchanged, True),
    "booleans and integers": (pd.Series([True, False]), pd.Series([1, 0]), True),
    "New York and UTC": (local, local.dt.tz_convert("UTC"), True),
    "UTC and no zone": (local.dt.tz_convert("UTC"), local.dt.tz_convert("UTC").dt.tz_localize(None), True),
    "no zone and integers": (local.dt.tz_convert("UTC").dt.tz_localize(None), pd.Series(local.astype("int64")), True),
    "categories and texts": (pd.Series(["a"], dtype="category"), pd.Series(["a"]), True),
    "integers and floats": (pd.Series([1, 2]), pd.Series([1.0, 2.0]), False),
    "other values": (pd.Series([1, 2]), pd.Series([1, 3]), False),
}
print("pandas", pd.__version__, "apache-hamilton", version("apache-hamilton"))
for name, (one, other, expected) in PAIRS.items():
    same = list(hash_pandas_object(one)) == list(hash_pandas_object(other))
    print(f"{name:22} same hash: {same}")
    if same != expected:
        raise SystemExit("no longer so: pandas")


def run(*frames) -> list[float]:
    cached = driver.Builder().with_modules(flow).with_cache(path=str(id(frames))).build()
    return [cached.execute(["mean_delay"], inputs={"trips": frame})["mean_delay"] for frame in frames]


print("Hamilton, cached:", run(trips, exchanged), "- without the run before:", run(exchanged))
if run(trips, exchanged) != [60, 60] or run(exchanged) != [-60]:
    raise SystemExit("no longer so: Hamilton's cache tells the frames apart")
keys = [hash_value(1) == hash_value("1"), hash_value([1, 2]) == hash_value((1, 2)), hash_value(1) == hash_value(2)]
if keys != [True, True, False]:
    raise SystemExit("no longer so: Hamilton's keys")
PY
