#!/usr/bin/env bash
# hyparquet's filter { at: someDate } finds every row, whatever the date, and { trips: 7 } finds none where trips is an INT64.
#
# With: the npm package hyparquet 1.33.0; the file written by pyarrow 26.0.1.
# Expected: { column: value } is short for { column: { $eq: value } }, for a Date as for a number or a text: its own code names it
#   the "implicit $eq".
# Seen: a Date is taken for an object of operators; it has none, so every row fits, also for a day that no row holds, and
#   those whose value is NULL. An operator that it does not know ({ $greater: 5 }) fits every row as well. An INT64 column
#   is a BigInt, and 7 does not equal 7n, while { $gte: 7 } finds it.
# Hurts: pages that show "the trips of that day" from Parquet over HTTP: they show all trips, and totals over them.
# Instead: { at: { $eq: someDate } }; BigInt (7n) for INT64 columns; filterStrict: false.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==26.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit hyparquet@1.33.0 >/dev/null
"$work/venv/bin/python" - <<'PY'
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

at = [datetime(2026, 11, 1, 8), datetime(2026, 11, 2, 8), None]
rows = {"id": pa.array([1, 2, 3], pa.int32()), "at": pa.array(at, pa.timestamp("ms")), "trips": pa.array([7, 8, None], pa.int64())}
pq.write_table(pa.table(rows), "rows.parquet")
PY
cat > ask.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { asyncBufferFromFile, parquetQuery, parquetReadObjects } from 'hyparquet'

const file = await asyncBufferFromFile('rows.parquet')
const moment = new Date('2026-11-01T08:00:00Z')
const noRowsDay = new Date('2001-01-01T00:00:00Z')
const asked = [
  ['at: the first moment', { at: moment }, '1,2,3'],
  ['at: a day in 2001', { at: noRowsDay }, '1,2,3'],
  ['at: { $eq: first }', { at: { $eq: moment } }, '1'],
  ['at: { $eq: 2001 }', { at: { $eq: noRowsDay } }, ''],
  ['id: { $greater: 5 }', { id: { $greater: 5 } }, '1,2,3'],
  ['id: 2', { id: 2 }, '2'],
  ['trips: 7', { trips: 7 }, ''],
  ['trips: 7n', { trips: 7n }, '1'],
  ['trips: { $gte: 7 }', { trips: { $gte: 7 } }, '1,2'],
]
console.log('hyparquet', JSON.parse(readFileSync('node_modules/hyparquet/package.json')).version)
for (const [name, filter, expected] of asked) {
  for (const read of [parquetQuery, parquetReadObjects]) {
    const seen = (await read({ file, filter })).map(row => row.id).join()
    console.log(read.name.padEnd(19), name.padEnd(21), seen)
    if (seen !== expected) throw new Error('no longer so: ' + name)
  }
}
const loose = (await parquetQuery({ file, filter: { trips: 7 }, filterStrict: false })).map(row => row.id).join()
console.log('trips: 7, filterStrict: false', loose)
if (loose !== '1') throw new Error('no longer so: filterStrict')
JS
node ask.mjs
