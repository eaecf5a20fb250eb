#!/usr/bin/env bash
# @dsnp/parquetjs reads an INT96 timestamp as nanoseconds since midnight: the day is gone, without an error.
#
# With: the npm package @dsnp/parquetjs 1.8.8; the file written by pyarrow 25.0.1; hyparquet 1.33.0 for comparison.
# Expected: INT96 is the timestamp that Athena, Hive, Impala and Spark wrote for years: a day number and nanoseconds of the
#   day. A reader gives a Date, or the twelve raw bytes, or says that it does not support the type.
# Seen: parquetjs returns the number 36000000000000 for 2026-01-15 10:00 and for 2026-01-16 10:00 alike: only the
#   nanoseconds of the day. hyparquet returns both instants rightly. From the same table written without INT96, as
#   TIMESTAMP_MICROS, parquetjs too returns right Dates, so tests with new files do not show it.
# Hurts: dashboards and lambdas that read UNLOADed or older files: rows of all days collapse into one, and duplicates are
#   removed that are none.
# Instead: hyparquet; or write timestamps as INT64 (TIMESTAMP_MICROS); or keep dates in partition columns and check them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==25.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @dsnp/parquetjs@1.8.8 hyparquet@1.33.0 >/dev/null
"$work/venv/bin/python" - <<'PY'
import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq

rows = pa.table({"at": pa.array([dt.datetime(2026, 1, 15, 10), dt.datetime(2026, 1, 16, 10)], pa.timestamp("us"))})
pq.write_table(rows, "int96.parquet", use_deprecated_int96_timestamps=True, compression="none")
pq.write_table(rows, "micros.parquet", compression="none")
PY
cat > show.mjs <<'JS'
import parquetjs from '@dsnp/parquetjs'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
const text = (value) => (value instanceof Date ? value.toISOString() : String(value))
async function byParquetjs(file) {
  const reader = await parquetjs.ParquetReader.openFile(file)
  const cursor = reader.getCursor()
  const values = [await cursor.next(), await cursor.next()].map((row) => text(row.at))
  await reader.close()
  return values.join(' ')
}
const byHyparquet = async (file) =>
  (await parquetReadObjects({ file: await asyncBufferFromFile(file) })).map((row) => text(row.at)).join(' ')
const right = '2026-01-15T10:00:00.000Z 2026-01-16T10:00:00.000Z'
const seen = [await byParquetjs('int96.parquet'), await byParquetjs('micros.parquet'), await byHyparquet('int96.parquet')]
console.log('expected          ', right)
console.log('parquetjs, INT96  ', seen[0])
console.log('parquetjs, micros ', seen[1])
console.log('hyparquet, INT96  ', seen[2])
if (seen[0] !== '36000000000000 36000000000000' || seen[1] !== right || seen[2] !== right) {
  console.error('no longer so: the readers give other values')
  process.exit(1)
}
JS
node show.mjs
