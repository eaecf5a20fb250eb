#!/usr/bin/env bash
# In Vega-Lite the greatest of the delays 30, 60 and 120 in a CSV is 60: transforms, ranks and "argmax" compare the texts.
#
# With: the npm packages vega-lite 6.5.0 and vega 6.4.0.
# Expected: a field that the chart calls quantitative is read from a CSV as a number ("type inference based on the spec"), in all
#   of the chart; or all of it works on texts.
# Seen: an encoding with aggregate "max" makes the column a number, and says 120. Without one the values stay texts: joinaggregate and
#   aggregate say max 60, min 120; a window's rank puts 120 before 30; argmax is the row of 60;
#   Mean, sum and median are those of numbers. The bars themselves are drawn rightly.
# Hurts: charts of a CSV by its address: "the worst trip", "above the maximum of its route" and ranks are wrong as soon as numbers
#   differ in length. JSON, whose numbers are numbers, is right.
# Instead: "format": {"type": "csv", "parse": {"delay": "number"}}; the type "quantitative" is not enough.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit vega@6.4.0 vega-lite@6.5.0 >/dev/null
printf 'line,delay\nA,60\nB,120\nC,30\n' > trips.csv
cat > ask.mjs <<'JS'
import * as vega from 'vega'
import * as vegaLite from 'vega-lite'

const y = { field: 'delay', type: 'quantitative' }
const greatest = { op: 'max', field: 'delay', as: 'greatest' }
const charts = {
  'encoding max': { encoding: { y: { ...y, aggregate: 'max' } } },
  'joinaggregate max': { transform: [{ joinaggregate: [greatest] }], encoding: { y } },
  'aggregate max, min': { transform: [{ aggregate: [greatest, { op: 'min', field: 'delay', as: 'least' }] }], encoding: { y: { ...y, field: 'least' } } },
  'window rank': { transform: [{ window: [{ op: 'rank', as: 'rank' }], sort: [{ field: 'delay' }] }], encoding: { y } },
  'argmax': { encoding: { x: { aggregate: { argmax: 'delay' }, field: 'line' } } },
}
async function rows(chart, format) {
  const compiled = vegaLite.compile({ data: { url: 'trips.csv', format }, mark: 'point', ...chart }).spec
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', loader: vega.loader({ mode: 'file' }) })
  await view.runAsync()
  return view.data(compiled.data.at(-1).name)
}
const show = {
  'encoding max': data => data[0].max_delay,
  'joinaggregate max': data => data[0].greatest,
  'aggregate max, min': data => [data[0].greatest, data[0].least].join(),
  'window rank': data => data.map(row => row.line + row.rank).join(),
  'argmax': data => data[0].argmax_delay.line,
}
const seen = {}
for (const parse of [undefined, { delay: 'number' }]) {
  for (const name in charts) {
    seen[name] = [...(seen[name] ?? []), String(show[name](await rows(charts[name], { type: 'csv', parse })))]
  }
}
console.log('vega-lite', vegaLite.version, 'vega', vega.version, '- lines A 60, B 120, C 30; as it is, and with parse: number')
for (const name in seen) console.log(name.padEnd(19), ...seen[name].map(text => text.padEnd(10)))
const before = {
  'encoding max': '120,120', 'joinaggregate max': '60,120', 'aggregate max, min': '60,120,120,30', 'window rank': 'A3,B1,C2,A2,B3,C1', 'argmax': 'A,B',
}
for (const name in before) if (String(seen[name]) !== before[name]) throw new Error('no longer so: ' + name)
JS
node ask.mjs
