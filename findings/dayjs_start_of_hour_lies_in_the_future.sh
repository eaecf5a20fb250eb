#!/usr/bin/env bash
# In Day.js the hour of 03:30 in New York starts at 04:00 on the day clocks go forward; until 06:59 every hour is one too late.
#
# With: the npm packages dayjs 1.11.23 (its plugins utc and timezone) and luxon 3.7.2, in a process whose own time zone is UTC.
# Expected: startOf('hour') is at most an hour before the time it is asked for and never after it; each hour of a day holds 60 minutes.
# Seen: on 14 March 2027 every minute from 03:00 to 06:59 is put into the hour after it, which has not begun: the hour of 3 is empty and
#   the hour of 7 holds 120 minutes. On 1 November 2026 the minutes from 01:00 standard time to 05:59 are put into the hour before it: the
#   first hour of 1 holds 120 minutes. From 07:00 and 06:00 on all is right. hour(0) at noon of these days is 23:00 of the day
#   before, and 01:00. In a process whose zone is New York only the repeated hour is wrong. luxon has 60 minutes in each hour.
# Hurts: rides, delays and queries counted by hour of local time: the morning's curve is moved by an hour on two days of the
#   year, with one hour empty and one doubled, on servers (UTC) but not on the developer's laptop in New York.
# Instead: luxon, or truncate the instant in UTC (Math.floor(ms / 3600000)) for zones with whole hours.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit dayjs@1.11.23 luxon@3.7.2 >/dev/null
cat > ask.cjs <<'JS'
const dayjs = require('dayjs')
dayjs.extend(require('dayjs/plugin/utc'))
dayjs.extend(require('dayjs/plugin/timezone'))
const { DateTime } = require('luxon')

const zone = 'America/New_York'
const hours = {
  dayjs: (instant) => dayjs(instant).tz(zone).startOf('hour').toDate(),
  luxon: (instant) => DateTime.fromJSDate(instant, { zone }).startOf('hour').toJSDate(),
}
const seen = {}
for (const first of ['2027-03-14T05:00:00Z', '2026-11-01T04:00:00Z']) {
  for (const [name, startOfHour] of Object.entries(hours)) {
    const counts = {}
    let later = 0
    for (let minute = 0; minute < 9 * 60; minute++) {
      const instant = new Date(Date.parse(first) + minute * 60000)
      const start = startOfHour(instant)
      const label = start.toLocaleTimeString('en-US', { timeZone: zone, hour: '2-digit', hour12: false, timeZoneName: 'short' })
      counts[label] = (counts[label] ?? 0) + 1
      later += start > instant
    }
    seen[`${first.slice(0, 10)} ${name}`] = { counts, later }
  }
}
console.log('expected: nine hours of 60 minutes, none of which starts later than its minutes')
for (const [name, { counts, later }] of Object.entries(seen)) console.log(name, JSON.stringify(counts), 'later:', later)
const midnight = ['2027-03-14T16:00:00Z', '2026-11-01T17:00:00Z'].map((noon) => dayjs(noon).tz(zone).hour(0).toDate().toLocaleString('sv-SE', { timeZone: zone }))
console.log('hour(0) at noon:', midnight)
const odd = seen['2027-03-14 dayjs'].later === 240 && Math.max(...Object.values(seen['2026-11-01 dayjs'].counts)) === 120
const right = Object.entries(seen).every(([name, { counts }]) => name.endsWith('dayjs') || Object.values(counts).join() === Array(9).fill(60).join())
if (!odd || !right || midnight.join() !== '2027-03-13 23:00:00,2026-11-01 01:00:00') {
  console.log('no longer so: the hours are others')
  process.exit(1)
}
JS
TZ=UTC node ask.cjs
