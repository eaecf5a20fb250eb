#!/usr/bin/env bash
# Apache Arrow for JavaScript says that the DECIMAL 0.07 is 7 and that 1250.00 is 125000.
#
# With: the npm package apache-arrow 21.2.0; the Arrow file (IPC) written by pyarrow 25.0.1.
# Expected: a DECIMAL(9,2) column is written as 0.07 and 1250.00; its type in JavaScript still knows the scale 2. String(value),
#   Number(value), a template or JSON.stringify of the row give 0.07, or refuse.
# Seen: all of them give the unscaled integer: "7", 7, and "125000" in quotes. table.toString() prints it as well. The scale is
#   in field.type.scale, and it is left to the caller to apply it. Nothing is NaN and nothing fails.
# Hurts: dashboards fed by Arrow (Flight, DuckDB-Wasm, Parquet through parquet-wasm): amounts a hundred times too high; with
#   columns of different scales, sums of unlike units. A check that compares JavaScript with JavaScript agrees.
# Instead: Number(value) / 10 ** field.type.scale (text arithmetic above 15 digits), or CAST to DOUBLE or VARCHAR before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==25.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit apache-arrow@21.2.0 >/dev/null
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

import pyarrow as pa

rows = pa.table({"amount": pa.array([Decimal("0.07"), Decimal("1250.00")], pa.decimal128(9, 2))})
with pa.OSFile("rows.arrow", "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
    writer.write_table(rows)
print("written by pyarrow:", rows["amount"].to_pylist())
PY
cat > show.cjs <<'JS'
const arrow = require('apache-arrow')
const table = arrow.tableFromIPC(require('fs').readFileSync('rows.arrow'))
const column = table.getChild('amount')
const scale = table.schema.fields[0].type.scale
const seen = [
  String(column.get(0)), String(Number(column.get(0))), JSON.stringify(table.get(1)),
  String(Number(column.get(0)) / 10 ** scale),
]
console.log('apache-arrow', JSON.parse(require('fs').readFileSync('node_modules/apache-arrow/package.json')).version, 'scale of the type', scale)
console.log('expected: 0.07 and 1250.00')
console.log('String', seen[0], 'Number', seen[1], 'JSON of the second row', seen[2], 'with the scale applied', seen[3])
if (seen[0] !== '7' || seen[1] !== '7' || !seen[2].includes('125000') || seen[3] !== '0.07' || scale !== 2) {
  console.error('no longer so: decimals are shown otherwise')
  process.exit(1)
}
JS
node show.cjs
