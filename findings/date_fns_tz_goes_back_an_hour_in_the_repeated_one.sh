#!/usr/bin/env bash
# With @date-fns/tz startOfMinute() of 06:30:20 UTC is 05:30 UTC in the night clocks go back, and the hours of that day are 24, not 25.
#
# With: date-fns 4.4.0, @date-fns/tz 1.5.0 (node 20); for comparison luxon 3.7.2.
# Expected: the start of a minute is at most a minute ago, and a day of 25 hours has 25 hours, as luxon says; a TZDate knows which of
#   the two 01:30 it is, format() prints -05:00.
# Seen: every setter goes by the wall clock and takes the first 01:30, also from the second one: startOfMinute, setMinutes, setSeconds
#   and setMilliseconds move the time an hour back. eachHourOfInterval, which counts up the hour, leaves out 06:00 UTC.
#   setUTCMinutes(), format(), addHours() and comparisons are right.
# Hurts: counts by hour and by minute: an hour of events is added to the one before, and a chart built from the list of
#   hours has no place for them.
# Instead: round in UTC: new TZDate(Math.floor(+t / 60000) * 60000, zone), and step with addHours from the start.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund date-fns@4.4.0 @date-fns/tz@1.5.0 luxon@3.7.2
cat > ask.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { TZDate } from '@date-fns/tz';
import { addHours, eachHourOfInterval, formatISO, setMilliseconds, startOfMinute } from 'date-fns';
import { DateTime, Interval } from 'luxon';

const NEW_YORK = 'America/New_York';
for (const name of ['date-fns', '@date-fns/tz', 'luxon']) {
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version);
}
const utc = (date) => new Date(+date).toISOString();
const second = Date.UTC(2026, 10, 1, 6, 30, 20);
const date = new TZDate(second, NEW_YORK);
const utcSetter = new TZDate(second, NEW_YORK);
utcSetter.setUTCMinutes(45);
const seen = {
  'the time': utc(date),
  'formatISO': formatISO(date),
  'startOfMinute': utc(startOfMinute(date)),
  'setMilliseconds(5)': utc(setMilliseconds(date, 5)),
  'setUTCMinutes(45)': utc(utcSetter),
  'addHours(1)': utc(addHours(date, 1)),
  'luxon, startOf minute': utc(DateTime.fromMillis(second, { zone: NEW_YORK }).startOf('minute')),
};
for (const [name, value] of Object.entries(seen)) console.log(name.padEnd(24), value);
const hours = eachHourOfInterval({ start: new TZDate(2026, 10, 1, 0, 0, 0, NEW_YORK), end: new TZDate(2026, 10, 1, 23, 0, 0, NEW_YORK) });
const day = DateTime.fromObject({ year: 2026, month: 11, day: 1 }, { zone: NEW_YORK });
const luxon = Interval.fromDateTimes(day, day.plus({ days: 1 })).splitBy({ hours: 1 }).length;
console.log('hours of the day'.padEnd(24), hours.length, 'luxon', luxon, ' at 06:00 UTC:', hours.filter((hour) => utc(hour).includes('T06:00')).length);
if (seen['luxon, startOf minute'] !== '2026-11-01T06:30:00.000Z' || luxon !== 25) throw new Error('no longer so: luxon');
if (seen['startOfMinute'] !== '2026-11-01T05:30:00.000Z' || seen['setMilliseconds(5)'] !== '2026-11-01T05:30:20.005Z') throw new Error('no longer so');
if (seen['setUTCMinutes(45)'] !== '2026-11-01T06:45:20.000Z' || hours.length !== 24) throw new Error('no longer so');
JS
node ask.mjs
