#!/usr/bin/env bash
# APScheduler's CronTrigger.from_crontab("0 6 * * 1-5") runs from Tuesday to Saturday, and "* * 0" on Monday.
#
# With: apscheduler 3.11.3, cronsim 2.8 and cron-converter 2.0.2; time zone America/New_York, November 2026.
# Expected: from_crontab takes "a standard crontab expression": there 0 and 7 are Sunday and 1-5 is Monday to Friday; the day of the month
#   or the day of the week suffices when both are given; a daily job runs once on the day clocks go back.
# Seen: APScheduler counts its own week from 0 = Monday and passes the numbers on: 1-5 is Tuesday to Saturday, 0 is Monday, and 7 is
#   refused. Names (mon-fri) are right. "0 6 1-7 * 1" needs both, for cron-converter too: one day a month where cron has eleven.
#   "30 1 * * *" runs twice on 1 November, at 01:30 daylight and at 01:30 standard time; cronsim and cron-converter run it once.
# Hurts: crontabs that are moved into a Python scheduler: Monday's load does not run, Saturday's does; each week five runs, so a count of
#   runs does not show it. Loads at 01:30 run twice.
# Instead: write names (mon-fri), schedule in UTC, and print the next seven fire times in a test.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet apscheduler==3.11.3 cronsim==2.8 cron-converter==2.0.2
cd "$work"
"$work/venv/bin/python" - <<'PY'
import datetime as dt
from importlib.metadata import version
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from cron_converter import Cron
from cronsim import CronSim

zone = ZoneInfo("America/New_York")


def by_apscheduler(expression, start):
    trigger = CronTrigger.from_crontab(expression, timezone=zone)
    now, previous = start, None
    while True:
        previous = trigger.get_next_fire_time(previous, now)
        yield previous
        now = (previous.astimezone(dt.timezone.utc) + dt.timedelta(seconds=1)).astimezone(zone)


def by_cron_converter(expression, start):
    schedule = Cron(expression).schedule(start_date=start)
    while True:
        yield schedule.next()


ask = {"APScheduler": by_apscheduler, "cronsim": CronSim, "cron-converter": by_cron_converter}
print(*(f"{name} {version(name)}" for name in ("apscheduler", "cronsim", "cron-converter")))


def runs(name, expression, until, shown):
    found = []
    for moment in ask[name](expression, dt.datetime(2026, 10, 31, 12, tzinfo=zone)):
        if moment >= until or len(found) > 40:
            return found
        found.append(moment.astimezone(zone).strftime(shown))


month = dt.datetime(2026, 12, 1, tzinfo=zone)
week = dt.datetime(2026, 11, 9, tzinfo=zone)
seen = {}
for name in ask:
    days = [list(dict.fromkeys(runs(name, expression, week, "%a"))) for expression in ("0 6 * * 1-5", "0 6 * * 0")]
    both = len(runs(name, "0 6 1-7 * 1", month, "%d"))
    night = runs(name, "30 1 * * *", dt.datetime(2026, 11, 2, tzinfo=zone), "%H:%M %Z")
    seen[name] = (*days, both, night)
    print(f"{name:15} 1-5: {' '.join(days[0])}; 0: {days[1][0]}; 1-7 * 1: {both} runs in November; 30 1: {night}")
print("expected        1-5: Mon Tue Wed Thu Fri; 0: Sun; 11 runs; once")
workdays = ["Mon", "Tue", "Wed", "Thu", "Fri"]
if seen["APScheduler"] != (["Tue", "Wed", "Thu", "Fri", "Sat"], ["Mon"], 1, ["01:30 EDT", "01:30 EST"]):
    raise SystemExit("no longer so: APScheduler runs at other times")
if seen["cronsim"] != (workdays, ["Sun"], 11, ["01:30 EDT"]) or seen["cron-converter"][0] != workdays:
    raise SystemExit("no longer so: cronsim or cron-converter run at other times")
PY
