#!/usr/bin/env bash
# A pendulum time in the hour that clocks repeat is an hour earlier after pickle or copy.copy: the second 01:30 becomes the first.
#
# With: pendulum 3.3.0; datetime and zoneinfo of Python 3.11 or later for comparison.
# Expected: an object that was pickled, or copied, is equal to the one it was made of; datetime keeps fold in both.
# Seen: on 1 November 2026 in New York 01:30-05:00 comes back as 01:30-04:00, 3600 seconds earlier, from pickle.loads(pickle.dumps(t))
#   and from copy.copy(t). copy.deepcopy, add(), start_of() and astimezone() keep the hour; so pendulum itself knows which of the two it is.
#   Times in UTC are right, and so are those of all other days.
# Hurts: who hands such times to another process (multiprocessing, ProcessPoolExecutor, Celery with pickle, joblib's and diskcache's
#   files): once a year events of one hour are put into the hour before, and durations are an hour off.
# Instead: hand over t.in_timezone("UTC") or t.isoformat(), and go back to local time on the other side.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pendulum==3.3.0
"$work/venv/bin/python" - <<'PY'
import copy
import datetime as dt
import pickle
from zoneinfo import ZoneInfo

import pendulum

second = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.timezone.utc)
times = {
    "pendulum": pendulum.instance(second).in_timezone("America/New_York"),
    "pendulum, UTC": pendulum.instance(second),
    "datetime": second.astimezone(ZoneInfo("America/New_York")),
}
ways = {"pickle": lambda t: pickle.loads(pickle.dumps(t)), "copy": copy.copy, "deepcopy": copy.deepcopy}
print("pendulum", pendulum.__version__, "expected: 0 seconds everywhere")
moved = {}
for name, time in times.items():
    for way, through in ways.items():
        back = through(time)
        moved[name, way] = back.timestamp() - time.timestamp()
        print(f"{name:14} {way:9} {time.isoformat()} -> {back.isoformat()}  {moved[name, way]:+.0f} s")
odd = {key: seconds for key, seconds in moved.items() if seconds}
if odd != {("pendulum", "pickle"): -3600, ("pendulum", "copy"): -3600}:
    raise SystemExit(f"no longer so: {odd}")
PY
