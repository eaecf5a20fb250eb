#!/usr/bin/env bash
# redshift_connector's numeric_to_float=True reads 0.35 as 0.35000000000000003: one amount in seven is off.
#
# With: redshift_connector 2.2.0.
# Expected: with numeric_to_float=True a DECIMAL comes as the float that is nearest to it, the one that Python prints as
#   the same digits: float(Decimal("0.57")) is 0.57. The driver's reading of a DECIMAL in text does that.
# Seen: in the binary protocol, the default on Redshift, the driver multiplies the whole number by 10 ** -scale, which is no
#   exact float: of the 100,000 amounts from 0.00 to 999.99, 13,929 are another float than their own digits.
# Hurts: dashboards that print 0.5700000000000001, joins of prices and == in pandas that find no match, and comparisons of
#   engines without a tolerance. A division by 10 ** scale would be right for up to 15 digits.
# Instead: leave numeric_to_float off and convert: float(value), or CAST(x AS FLOAT8) in the engine.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet redshift_connector==2.2.0
"$work/venv/bin/python" - <<'PY'
import redshift_connector
from redshift_connector.utils.type_utils import numeric_in_binary, numeric_to_float_binary, numeric_to_float_in

print("redshift_connector", redshift_connector.__version__)
off = []
for cents in range(100_000):
    sent = cents.to_bytes(8, "big", signed=True)  # as Redshift sends a DECIMAL(10,2)
    exact, binary = numeric_in_binary(sent, 0, 8, 2), numeric_to_float_binary(sent, 0, 8, 2)
    text = str(exact).encode()
    if numeric_to_float_in(text, 0, len(text)) != float(exact):
        raise SystemExit("no longer so: the reading of the text is not the nearest float either")
    if binary != float(exact):
        off.append((exact, float(exact), binary))
print(f"{'DECIMAL':10}{'expected':12}{'seen'}")
for exact, nearest, binary in off[:5]:
    print(f"{exact!s:10}{nearest!r:12}{binary!r}")
print(f"{len(off):,} of 100,000 amounts are another float")
if len(off) != 13_929:
    raise SystemExit("no longer so")
PY
