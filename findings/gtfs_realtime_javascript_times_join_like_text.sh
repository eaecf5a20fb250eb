#!/usr/bin/env bash
# In the JavaScript bindings of GTFS-realtime an arrival time plus 60 is "176403337260": the digits are put side by side.
#
# With: the npm package gtfs-realtime-bindings 2.2.0 (protobufjs, long); node 20 or later.
# Expected: StopTimeEvent.time is an int64. In JavaScript that is a number or a BigInt; adding 60 gives the time a minute later,
#   or a BigInt refuses to mix with a number. Comparing two equal times with == gives true.
# Seen: it is a Long object. time > 1764000000 works and time - other works, so first tests pass; time + 60 turns it into
#   text and appends; two equal times from two messages are unequal with == and ===, and as keys of a Map; and
#   JSON.stringify writes the number in quotes. A missing delay reads as 0, "on time".
# Hurts: who computes departure plus dwell, removes duplicates by arrival time, or compares rows with those that the Python
#   bindings wrote (numbers there, text here).
# Instead: Number(time) at once on reading (exact far beyond our days), and Object.hasOwn(event, "delay").
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit gtfs-realtime-bindings@2.2.0 >/dev/null
cat > show.cjs <<'JS'
const { transit_realtime: gtfs } = require('gtfs-realtime-bindings')
const Event = gtfs.TripUpdate.StopTimeEvent
const bytes = Event.encode({ time: 1764033372 }).finish()
const one = Event.decode(bytes)
const two = Event.decode(bytes)
const seen = {
  plus: one.time + 60,
  minus: one.time - 60,
  equal: one.time == two.time,
  distinct: new Map([[one.time, 1], [two.time, 1]]).size,
  json: JSON.stringify(one),
  delay: one.delay,
  number: Number(one.time) + 60,
}
console.log('gtfs-realtime-bindings', require('gtfs-realtime-bindings/package.json').version, 'node', process.version)
console.log('expected: time + 60 = 1764033432, equal times are equal')
console.log(seen)
const wanted = { plus: '176403337260', minus: 1764033312, equal: false, distinct: 2,
  json: '{"time":"1764033372"}', delay: 0, number: 1764033432 }
for (const [name, value] of Object.entries(wanted)) {
  if (seen[name] !== value) {
    console.error(`no longer so: ${name} is ${seen[name]}, not ${value}`)
    process.exit(1)
  }
}
JS
node show.cjs
