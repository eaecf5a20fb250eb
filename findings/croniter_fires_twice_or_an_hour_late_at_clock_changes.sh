#!/usr/bin/env bash
# A daily job runs an hour late on the day clocks go back with croniter 6.0.0, and twice with 7.0.0.
#
# With: croniter 6.0.0 and 7.0.0, cronsim 2.8, apscheduler 3.11.3; time zones by zoneinfo and tzdata 2026.6 (2026f).
# Expected: "0 3 * * *" fires at 03:00 local time every day; "30 1 * * *" fires once on the day on which 01:30 comes twice,
#   as cron itself and systemd do, and at 01:30 on the day after.
# Seen, around 2026-11-01 in New York: croniter 6.0.0 gives 04:00 on that day for the first, and 02:30 on the day after for
#   the second. croniter 7.0.0 gives 03:00, and fires 01:30 twice, an hour apart. cronsim fires once.
#   APScheduler's CronTrigger fires twice as well (its manual warns of it); its from_crontab takes day 1 for Tuesday.
# Hurts: daily loads that must run once: 7.0.0 mends the hour and brings a second run, on one night a year, in which
#   the same partition is loaded again; plans compared across two schedulers disagree by a run or by a day.
# Instead: schedule in UTC, or outside 01:00-03:00 local time, and make the load idempotent by its date.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for release in 6.0.0 7.0.0; do
    python3 -m venv "$work/$release"
    "$work/$release/bin/pip" install --quiet croniter==$release cronsim==2.8 apscheduler==3.11.3 tzdata==2026.6
done
cat > "$work/show.py" <<'PY'
import datetime as dt
import sys
import zoneinfo
from importlib.metadata import version

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

zone = zoneinfo.ZoneInfo("America/New_York")
start = dt.datetime(2026, 10, 31, 12, tzinfo=zone)


def by_croniter(line: str) -> list[str]:
    times = croniter(line, start)
    return [times.get_next(dt.datetime).strftime("%a %H:%M%z") for _ in range(3)]


def by_cronsim(line: str) -> list[str]:
    times = CronSim(line, start)
    return [next(times).strftime("%a %H:%M%z") for _ in range(3)]


def by_apscheduler(line: str) -> list[str]:
    trigger, fired, now = CronTrigger.from_crontab(line, timezone=zone), [], start
    for _ in range(3):
        fired.append(trigger.get_next_fire_time(fired[-1] if fired else None, now))
        now = (fired[-1].astimezone(dt.timezone.utc) + dt.timedelta(seconds=1)).astimezone(zone)
    return [time.strftime("%a %H:%M%z") for time in fired]


release = version("croniter")
wanted = {
    ("0 3 * * *", "6.0.0"): ["Sun 04:00-0500", "Mon 03:00-0500", "Tue 03:00-0500"],
    ("30 1 * * *", "6.0.0"): ["Sun 01:30-0400", "Mon 02:30-0500", "Tue 01:30-0500"],
    ("0 3 * * *", "7.0.0"): ["Sun 03:00-0500", "Mon 03:00-0500", "Tue 03:00-0500"],
    ("30 1 * * *", "7.0.0"): ["Sun 01:30-0400", "Sun 01:30-0500", "Mon 01:30-0500"],
}
for line in ("0 3 * * *", "30 1 * * *"):
    seen = by_croniter(line)
    print(f"{line:11} croniter {release} {seen}")
    print(f"{line:11} cronsim {by_cronsim(line)} apscheduler {by_apscheduler(line)}")
    if seen != wanted[line, release]:
        sys.exit(f"no longer so: croniter {release} gives {seen}")
if by_cronsim("30 1 * * *")[:2] != ["Sun 01:30-0400", "Mon 01:30-0500"]:
    sys.exit("no longer so: cronsim does not fire once")
PY
echo "expected: each line once a day, at the local time it names, also on Sunday 2026-11-01"
"$work/6.0.0/bin/python" "$work/show.py" 2>/dev/null
"$work/7.0.0/bin/python" "$work/show.py"
