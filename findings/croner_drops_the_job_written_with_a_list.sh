#!/usr/bin/env bash
# When clocks go forward, croner moves the job "0 2" to 03:00 and leaves out the jobs "0,30 2": how a time is written decides.
#
# With: the npm packages croner 11.0.1 and cron-parser 5.10.6; America/New_York, 14 March 2027 and 1 November 2026.
# Expected: cron's rule is that jobs at fixed times run once on such days and jobs of every hour ("*") follow the clock. "0,30 2 * * *" is
#   two fixed times: on 14 March both are moved behind the gap, as "0 2 * * *" is, and on 1 November "0,30 1 * * *" runs each once.
# Seen: croner treats only a single minute and a single hour as a fixed time. "0 2" and "30 2" run at 03:00; "0,30 2" and "*/30 2" do not run
#   on that day at all. In November "30 1" runs once, "0,30 1" and "0 1,3" run their times of 01 twice. cron-parser runs every one of
#   them once (30 2 at 03:30).
# Hurts: a load that must run at 02:00 and is tried again at 02:30, written as one line: no load on 14 March, two at 01 in November; two
#   lines "0 2" and "30 2" are moved to the same minute and run beside each other.
# Instead: schedule in UTC, or away from 01:00 to 03:00; let the load find out which days are missing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit cron-parser@5.10.6 croner@11.0.1 >/dev/null
cat > ask.mjs <<'JS'
import { CronExpressionParser } from 'cron-parser'
import { Cron } from 'croner'

const zone = 'America/New_York'
const ask = {
  'cron-parser': (expression, from) => CronExpressionParser.parse(expression, { tz: zone, currentDate: from }).take(9).map((next) => next.toDate()),
  croner: (expression, from) => new Cron(expression, { timezone: zone }).nextRuns(9, from),
}
const runs = (library, expression, day) => ask[library](expression, new Date(`${day}T04:30:00Z`))
  .map((date) => date.toLocaleString('sv-SE', { timeZone: zone }))
  .filter((text) => text.startsWith(day) && text.slice(11) < '03:45').map((text) => text.slice(11, 16)).join(' ')
const seen = {}
for (const [day, expression] of [
  ['2027-03-14', '0 2 * * *'], ['2027-03-14', '30 2 * * *'], ['2027-03-14', '0,30 2 * * *'],
  ['2026-11-01', '30 1 * * *'], ['2026-11-01', '0,30 1 * * *'], ['2026-11-01', '0 1,3 * * *'],
]) seen[`${day} ${expression}`] = Object.fromEntries(Object.keys(ask).map((name) => [name, runs(name, expression, day)]))
console.log('expected: as many runs as there are times in the expression')
console.table(seen)
const got = Object.values(seen).map((row) => row.croner)
const want = ['03:00', '03:00', '', '01:30', '01:00 01:30 01:00 01:30', '01:00 01:00 03:00']
const others = Object.values(seen).map((row) => row['cron-parser'].split(' ').length).join()
if (got.join('|') !== want.join('|') || others !== '1,1,2,1,2,2') {
  console.log('no longer so: the runs of those days changed')
  process.exit(1)
}
JS
node ask.mjs
