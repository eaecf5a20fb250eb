#!/usr/bin/env bash
# On the day clocks go back in New York, the npm package cron runs a job of 02:00 twice: at 01:00 and at 02:00.
#
# With: the npm packages cron 4.4.0 (luxon 3.7.2), cron-parser 5.10.6 and croner 11.0.1; time zone America/New_York, 1 November 2026.
# Expected: 02:00 exists once on that day; only the hour from 01:00 is repeated. "0 2 * * *" runs once, at 02:00.
# Seen: with cron, whose answer to "when next?" after the evening of 31 October is 01:00 standard time (the hour that 02:00 of summer time
#   would have been), then 02:00. A CronJob, driven hour by hour with node's own mock timers, fires at both. The same for "30 2 * * *",
#   "*/20 2 * * *" and "0 */2 * * *"; 01:00 matches none of them. "0 1 * * *" and "0 3 * * *" run once. cron-parser and croner say
#   02:00 only.
# Hurts: nightly loads and retention jobs that were put at 02:00 to keep off the repeated hour: on one night of the year they run an hour
#   early, maybe before the day's data is complete, and then again.
# Instead: run jobs in UTC, or at 03:00 and later; make them exactly-once by the day they load, not by the clock.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit cron@4.4.0 luxon@3.7.2 cron-parser@5.10.6 croner@11.0.1 >/dev/null
cat > ask.mjs <<'JS'
import { mock } from 'node:test'
import { CronJob, CronTime } from 'cron'
import { CronExpressionParser } from 'cron-parser'
import { Cron } from 'croner'

const zone = 'America/New_York'
const evening = new Date('2026-10-31T22:00:00Z')
const night = (dates) => dates.map((date) => date.toLocaleString('sv-SE', { timeZone: zone })).filter((text) => text < '2026-11-01 03').map((text) => text.slice(11, 16))
const ask = {
  cron(expression) {
    const time = new CronTime(expression, zone)
    const found = [evening]
    while (found.length < 12) found.push(time.getNextDateFrom(found.at(-1), zone).toJSDate())
    return found.slice(1)
  },
  'cron-parser': (expression) => CronExpressionParser.parse(expression, { tz: zone, currentDate: evening }).take(12).map((next) => next.toDate()),
  croner: (expression) => new Cron(expression, { timezone: zone }).nextRuns(12, evening),
}
const seen = {}
for (const expression of ['0 2 * * *', '30 2 * * *', '*/20 2 * * *', '0 3 * * *']) {
  seen[expression] = Object.fromEntries(Object.keys(ask).map((name) => [name, night(ask[name](expression)).join(' ')]))
}
console.log('expected: the night\'s runs before 03:00 are the same for the three')
console.table(seen)

mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: evening })
const fired = []
CronJob.from({ cronTime: '0 2 * * *', timeZone: zone, start: true, onTick: () => fired.push(new Date()) })
for (let minute = 0; minute < 14 * 60; minute++) mock.timers.tick(60000)
mock.timers.reset()
console.log('a CronJob of "0 2 * * *" fired at', night(fired))
const odd = seen['0 2 * * *'].cron === '01:00 02:00' && seen['30 2 * * *'].cron === '01:30 02:30' && night(fired).join(' ') === '01:00 02:00'
const right = ['cron-parser', 'croner'].every((name) => seen['0 2 * * *'][name] === '02:00')
if (!odd || !right) {
  console.log('no longer so: the runs of that night changed')
  process.exit(1)
}
process.exit(0)
JS
node ask.mjs
