#!/usr/bin/env bash
# redshift_connector rounds a NUMERIC(38, s) to 28 digits when it reads it in binary.
#
# With: redshift_connector 2.2.0; its decoder of binary NUMERIC is called with the sixteen bytes that the server sends.
# Expected: NUMERIC arrives as decimal.Decimal, which is exact and unbounded, so all 38 digits of Redshift's widest
#   NUMERIC arrive. Converting a Decimal from an integer is exact, and so is moving its point, one thinks.
# Seen: the decoder moves the point with Decimal.scaleb, and scaleb rounds to the context's precision, 28 digits unless
#   somebody changed it. 1234567890123456789012345678901234.56 arrives as 1234567890123456789012345679000000.
#   No warning; printed as a number it looks exact. The text protocol (client_protocol_version
#   0 or 1) keeps every digit, but binary is what the driver asks for, and Redshift grants, by default.
# Hurts: sums of DECIMAL(38,0) digests, wide keys, money in small units: two different values become equal, or an equal
#   pair differs because the other engine's driver (Athena's: text) keeps all digits.
# Instead: decimal.getcontext().prec = 38 or more in each thread that reads (DefaultContext before threads start),
#   or CAST(x AS VARCHAR) in the query.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet redshift_connector==2.2.0
"$work/venv/bin/python" - <<'PY'
import decimal

import redshift_connector
from redshift_connector.utils.type_utils import numeric_in, numeric_in_binary

unscaled = 123456789012345678901234567890123456  # 36 digits, as NUMERIC(38,2): 1234567890123456789012345678901234.56
sent = unscaled.to_bytes(16, "big", signed=True)
exact = "1234567890123456789012345678901234.56"
binary = numeric_in_binary(sent, 0, 16, 2)
text = numeric_in(exact.encode(), 0, len(exact))
with decimal.localcontext() as context:
    context.prec = 38
    wide = numeric_in_binary(sent, 0, 16, 2)

print("redshift_connector", redshift_connector.__version__, "precision of the context", decimal.getcontext().prec)
print("expected            ", exact)
print("binary              ", f"{binary:f}")
print("text                ", f"{text:f}")
print("binary, precision 38", f"{wide:f}")
if binary == decimal.Decimal(exact) or f"{binary:f}" != "1234567890123456789012345679000000":
    raise SystemExit("no longer so: the binary NUMERIC is not rounded to 28 digits")
if text != decimal.Decimal(exact) or wide != decimal.Decimal(exact):
    raise SystemExit("no longer so: text, or a wider context, does not keep every digit")
PY
