#!/usr/bin/env bash
# PGlite writes a JavaScript Date into a TIMESTAMP in UTC and reads it back in the machine's zone; the year 99 comes back as 1999.
#
# With: the npm package @electric-sql/pglite 0.5.17 (PostgreSQL in WebAssembly), node 20.
# Expected: what was written comes back; and PostgreSQL's text '2026-11-01' for a DATE is that day on every machine, as a text, or as
#   the local midnight that the npm package pg makes of it.
# Seen: a Date is written by toISOString(), so that a TIMESTAMP holds its UTC time, and read by new Date(text), which takes the time
#   for a local one: 12:30 UTC comes back as 17:30 UTC in New York. A DATE is read as midnight UTC, which is the day before
#   there. TIMESTAMP '0099-01-01' is read as 1999, a date before Christ as "Invalid Date". TIMESTAMPTZ is right; so is TZ=UTC.
# Hurts: tests and local-first pages on machines with a zone: each read and write of a row moves it by hours, d.getDate() is
#   yesterday. CI in UTC is green.
# Instead: timestamptz columns; SELECT d::text; or parsers of one's own: { parsers: { [types.DATE]: text => text } }.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @electric-sql/pglite@0.5.17 >/dev/null
cat > ask.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { PGlite, types } from '@electric-sql/pglite'

const database = new PGlite()
await database.exec('CREATE TABLE t (day DATE, ts TIMESTAMP, tz TIMESTAMPTZ)')
const written = new Date('2026-11-01T12:30:00Z')
await database.query('INSERT INTO t VALUES ($1, $2, $3)', [written, written, written])
const inside = (await database.query("SELECT day::text, ts::text FROM t")).rows[0]
const read = (await database.query('SELECT day, ts, tz FROM t')).rows[0]
await database.query('UPDATE t SET ts = $1', [read.ts])
const again = (await database.query('SELECT ts FROM t')).rows[0]
const old = (await database.query("SELECT TIMESTAMP '0099-01-01 00:00:00' AS ts, DATE '0044-03-15 BC' AS day")).rows[0]
const asText = (await database.query("SELECT day FROM t", [], { parsers: { [types.DATE]: text => text } })).rows[0]
console.log('pglite', JSON.parse(readFileSync('node_modules/@electric-sql/pglite/package.json')).version, process.env.TZ)
console.log('in the table ', inside.day, inside.ts)
console.log('read         ', read.day.toString().slice(4, 15), read.ts.toISOString(), read.tz.toISOString(), '- year 99:', old.ts.getFullYear(), old.day)
console.log('read again   ', again.ts.toISOString(), '- with a parser:', asText.day)
const seen = [inside.ts, read.day.getDate(), read.ts.getTime() - written, again.ts.getTime() - written, read.tz.getTime() - written,
  old.ts.getFullYear(), String(old.day), asText.day].join()
const hours = 3_600_000
const expected = {
  'UTC': ['2026-11-01 12:30:00', 1, 0, 0, 0, 1999, 'Invalid Date', '2026-11-01'],
  'America/New_York': ['2026-11-01 12:30:00', 31, 5 * hours, 10 * hours, 0, 1999, 'Invalid Date', '2026-11-01'],
}
if (seen !== expected[process.env.TZ].join()) throw new Error('no longer so: ' + seen)
JS
TZ=UTC node ask.mjs
TZ=America/New_York node ask.mjs
