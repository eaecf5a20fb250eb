#!/usr/bin/env bash
# cron-parser's next() plans the job of 02:30 for 03:30 when clocks go forward; prev() says the next day that there was no such run.
#
# With: cron-parser 5.10.6 (node 20), the parser behind many schedulers of JavaScript.
# Expected: next() and prev() walk one list: what next() names from one side, prev() names from the other.
# Seen: on a day without 02:30 next() gives 03:30, and prev() the run of the day before. On the night that has 01:30 twice next()
#   gives the first alone, prev() both, the second first. On all other days of the year they agree.
# Hurts: watchdogs and catch-up of missed runs: they ask prev() for the run that should have been, and compare it with the
#   last one that was. In March they look for yesterday's and miss that today's failed, in November they find a
#   run missing that was never planned, or start the job a second time.
# Instead: step next() from a day earlier up to now and keep the last; or plan such jobs in UTC.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6
cat > ask.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { CronExpressionParser } from 'cron-parser';

const version = JSON.parse(readFileSync('node_modules/cron-parser/package.json')).version;
console.log('cron-parser', version, 'node', process.version);
const short = (date) => date.toISOString().slice(0, 16) + 'Z';

function runs(expression, from, to, step) {
  const start = step === 'next' ? from : to;
  const times = CronExpressionParser.parse(expression, { currentDate: new Date(start), tz: 'America/New_York' });
  const found = [];
  for (;;) {
    const date = times[step]().toDate();
    if (date <= new Date(from) || date >= new Date(to)) return found.sort();
    found.push(short(date));
  }
}

const cases = [
  ['30 2 * * *', '2026-03-07T12:00Z', '2026-03-09T12:00Z', ['2026-03-08T07:30Z', '2026-03-09T06:30Z'], ['2026-03-09T06:30Z']],
  ['30 1 * * *', '2026-10-31T12:00Z', '2026-11-02T12:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ['2026-11-01T05:30Z', '2026-11-01T06:30Z', '2026-11-02T06:30Z']],
];
for (const [expression, from, to, forward, back] of cases) {
  const next = runs(expression, from, to, 'next');
  const prev = runs(expression, from, to, 'prev');
  console.log(`${expression}, New York, ${from} to ${to}\n   next() ${next.join(' ')}\n   prev() ${prev.join(' ')}`);
  if (String(next) !== String(forward) || String(prev) !== String(back)) throw new Error('no longer so');
}
const whole = ['next', 'prev'].map((step) => runs('30 2 * * *', '2026-03-09T12:00Z', '2026-12-31T12:00Z', step));
console.log('30 2 * * *, the rest of the year:', whole[0].length, 'and', whole[1].length, 'runs');
if (String(whole[0]) !== String(whole[1])) throw new Error('no longer so: the rest of the year');
JS
node ask.mjs
