#!/usr/bin/env bash
# In Apache Arrow for JavaScript the mean of the delays 60, missing and 240 is 100: toArray() gives 60, 0, 240.
#
# With: the npm packages apache-arrow 21.2.0, d3-array 3.2.4 and arquero 8.0.1; the Arrow file (IPC) written by pyarrow 25.0.1.
# Expected: column.toArray() has null where the column has, as column.get(1), [...column] and column.toJSON() do; d3.mean and d3.median
#   leave null out. Times have one unit everywhere.
# Seen: for numbers and timestamps toArray() is the typed array behind the column: 0 in place of missing (other writers leave
#   anything there), so means, medians and minima count trips that no one saw as punctual. For booleans, texts and dates it has null.
#   The same time is 1793511000123 from get() and 1793511000123000n from toArray(): microseconds of the file.
#   Of a Date that is written into a DATE column toArray() gives milliseconds.
# Hurts: dashboards that hand column.toArray() to d3, deck.gl or a chart, as tutorials do for its speed.
# Instead: [...column] or column.toJSON(), or look at column.nullCount first; Arquero's fromArrow() is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyarrow==25.0.1
npm init -y >/dev/null
npm install --silent --no-fund --no-audit apache-arrow@21.2.0 d3-array@3.2.4 arquero@8.0.1 >/dev/null
"$work/venv/bin/python" - <<'PY'
from datetime import date, datetime

import pyarrow as pa

rows = pa.table(
    {
        "late": pa.array([60, None, 240], pa.int32()),
        "fare": pa.array([2.75, None, 3.25], pa.float64()),
        "at": pa.array([datetime(2026, 11, 1, 5, 30, 0, 123000), None, datetime(2026, 11, 1, 6, 30)], pa.timestamp("us")),
        "day": pa.array([date(2026, 11, 1), None, date(2026, 11, 2)], pa.date32()),
        "seen": pa.array([True, None, False], pa.bool_()),
        "route": pa.array(["A", None, "B"], pa.string()),
    }
)
with pa.OSFile("rows.arrow", "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
    writer.write_table(rows)
print("written by pyarrow:", rows["late"].to_pylist())
PY
cat > show.mjs <<'JS'
import { readFileSync } from 'node:fs'
import * as aq from 'arquero'
import { tableFromIPC } from 'apache-arrow'
import { mean, median, min } from 'd3-array'
const table = tableFromIPC(readFileSync('rows.arrow'))
const text = (value) => JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
const seen = {}
for (const { name } of table.schema.fields) {
  const column = table.getChild(name)
  seen[name] = [text(Array.from(column.toArray())), text([...column])]
  console.log(name.padEnd(6), 'toArray()', seen[name][0].padEnd(52), '[...column]', seen[name][1], 'nullCount', column.nullCount)
}
const late = table.getChild('late')
const means = [mean(late.toArray()), median(late.toArray()), min(late.toArray()), mean(late), median(late), min(late)]
means.push(aq.fromArrow(table).rollup({ mean: aq.op.mean('late') }).get('mean'))
console.log('d3 on toArray(): mean', means[0], 'median', means[1], 'min', means[2])
console.log('d3 on the column:', means[3], means[4], means[5], 'Arquero', means[6])
const expected = {
  late: ['[60,0,240]', '[60,null,240]'],
  fare: ['[2.75,0,3.25]', '[2.75,null,3.25]'],
  at: ['["1793511000123000n","0n","1793514600000000n"]', '[1793511000123,null,1793514600000]'],
  day: ['[1793491200000,null,1793577600000]', '[1793491200000,null,1793577600000]'],
  seen: ['[true,null,false]', '[true,null,false]'],
  route: ['["A",null,"B"]', '["A",null,"B"]'],
}
if (text(seen) !== text(expected) || text(means) !== '[100,60,0,150,150,60,150]') {
  console.error('no longer so')
  process.exit(1)
}
JS
node show.mjs
