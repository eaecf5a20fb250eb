#!/usr/bin/env bash
# The hours of a local day from arrow's span_range leave out an hour when clocks go back, and hold one hour twice when they go forward.
#
# With: arrow 1.4.0, python-dateutil 4.0.0, pendulum 3.3.0, pandas 3.1.1 (numpy 2.4.6); zoneinfo with tzdata 2026.6.
# Expected: the hourly intervals of a local day cover it without gap and overlap: 25 on 2026-11-01 in New York and 23 on 2026-03-08, as
#   pandas.date_range and pendulum's intervals give. shift(hours=24) is 24 hours later, shift(days=1) the same time tomorrow.
# Seen: arrow counts on the clock face. In November 01:00-02:00 EDT is followed by 02:00-03:00 EST: 24 intervals, and the hour from 06:00 to
#   07:00 UTC is in none. In March the interval from 01:00 EST ends at 03:59:59 EDT, 2 hours, and the next one begins at 03:00: the hour from
#   07:00 to 08:00 UTC is in two. Minutes likewise: 1440 in November. shift(hours=24) and + timedelta(hours=24) move by 25 hours, and the
#   difference of the two is "1 day". dateutil's rrule(HOURLY) gives the same 24 beginnings in November, and 07:00 UTC twice in March.
# Hurts: loads and counts by hour in a local zone: once a year an hour is loaded by no run, once another is loaded twice; totals
#   checked by the same intervals agree; "until = since + 24 hours" jumps over an hour of rows.
# Instead: intervals in UTC, shown in local time: Arrow.span_range("hour", start.to("utc"), end.to("utc")) and .to(zone).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet arrow==1.4.0 python-dateutil==4.0.0 pendulum==3.3.0 pandas==3.1.1 numpy==2.4.6 tzdata==2026.6
"$work/venv/bin/python" - <<'PY'
import datetime as dt
from importlib.metadata import version
from zoneinfo import ZoneInfo

import arrow
import pandas as pd
import pendulum
from dateutil.rrule import HOURLY, rrule

zone, tick = ZoneInfo("America/New_York"), dt.timedelta(microseconds=1)


def minutes_covered(day: dt.datetime, spans: list[tuple[arrow.Arrow, arrow.Arrow]]) -> dict[int, int]:
    """How many minutes of the day are in 0, 1 or 2 of the intervals."""
    utc = [(first.to("utc"), last.to("utc")) for first, last in spans]
    end = (day + dt.timedelta(days=1)).astimezone(dt.timezone.utc)
    minutes: dict[int, int] = {}
    at = day.astimezone(dt.timezone.utc)
    while at < end:
        times = sum(first <= at <= last for first, last in utc)
        minutes[times] = minutes.get(times, 0) + 1
        at += dt.timedelta(minutes=1)
    return minutes


print("arrow", arrow.__version__, "dateutil", version("python-dateutil"), "pendulum", version("pendulum"), "pandas", pd.__version__)
print("expected: 25 and 23 hours, each minute in one interval")
seen = {}
for day in (dt.datetime(2026, 11, 1, tzinfo=zone), dt.datetime(2026, 3, 8, tzinfo=zone)):
    last = day + dt.timedelta(days=1) - tick
    spans = list(arrow.Arrow.span_range("hour", day, last))
    in_utc = list(arrow.Arrow.span_range("hour", arrow.get(day).to("utc"), arrow.get(last).to("utc")))
    rule = [time.astimezone(dt.timezone.utc) for time in rrule(HOURLY, dtstart=day, until=last)]
    local = pendulum.instance(day)
    seen[day.month] = {
        "span_range": len(spans), "minutes by intervals": minutes_covered(day, spans), "in UTC": minutes_covered(day, in_utc),
        "rrule": (len(rule), len(set(rule))), "pandas": len(pd.date_range(day, last, freq="h")),
        "pendulum": len(list(pendulum.interval(local, local.add(days=1)).range("hours"))) - 1,
        "shift(hours=24)": str(arrow.get(day).shift(hours=24).to("utc") - arrow.get(day).to("utc")),
    }
    print(day.date(), seen[day.month])
november, march = seen[11], seen[3]
if november["span_range"] != 24 or november["minutes by intervals"] != {1: 1440, 0: 60}:
    raise SystemExit("no longer so: the repeated hour is in an interval")
if march["minutes by intervals"] != {1: 1320, 2: 60} or march["rrule"] != (24, 23) or november["rrule"] != (24, 24):
    raise SystemExit("no longer so: the hours of March are other ones")
if (november["pandas"], november["pendulum"], march["pandas"], march["pendulum"]) != (25, 25, 23, 23):
    raise SystemExit("no longer so: pandas or pendulum counts otherwise")
if november["shift(hours=24)"] != "1 day, 1:00:00" or november["in UTC"] != {1: 1500} or march["in UTC"] != {1: 1380}:
    raise SystemExit("no longer so: 24 hours are 24 hours, or hours in UTC have gaps")
PY
