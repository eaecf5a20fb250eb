#!/usr/bin/env bash
# pyorc writes 40000 into a smallint and 3000000000 into an int, reads them back, and pyarrow reads -25536 and -1294967296.
#
# With: pyorc 0.12.0; the files read by pyarrow 25.0.1.
# Expected: a number that its column's type cannot hold is an error, as for a bigint of 2^63 and a decimal of too many digits
#   (InvalidOperation) in the same library; what one reader of the file says, all say.
# Seen: pyorc checks the range of bigint alone. ORC's encoding has no width, so the file holds the large number: pyorc's own
#   reader gives it back, a test of write and read passes, and a reader that believes the schema keeps the low 16 or 32 bits. In a
#   tinyint, which has a width, 300 is 44 for both.
# Hurts: exports to a warehouse of counters and ids that outgrew their type: negative numbers for readers that believe the schema,
#   the right ones for whoever checks with pyorc.
# Instead: declare bigint, or compare with the type's range before writing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyorc==0.12.0 pyarrow==25.0.1
"$work/venv/bin/python" - <<'PY'
import io
from decimal import Decimal
from importlib.metadata import version

import pyarrow as pa
import pyarrow.orc
import pyorc

print("pyorc", version("pyorc"), "pyarrow", pa.__version__)


def through(kind: str, value) -> tuple:
    """The value as pyorc and as pyarrow read it from the file that pyorc wrote, or the error of writing."""
    body = io.BytesIO()
    try:
        with pyorc.Writer(body, f"struct<n:{kind}>") as writer:
            writer.write((value,))
    except Exception as error:
        return (type(error).__name__,) * 2
    body.seek(0)
    own = next(pyorc.Reader(body))[0]
    body.seek(0)
    return own, pa.orc.read_table(body)["n"][0].as_py()


CASES = (
    ("smallint", 40_000, (40_000, -25_536)),
    ("int", 3_000_000_000, (3_000_000_000, -1_294_967_296)),
    ("tinyint", 300, (44, 44)),
    ("smallint", 32_767, (32_767, 32_767)),
    ("bigint", 2**63, ("TypeError", "TypeError")),
    ("decimal(5,2)", Decimal("123456.78"), ("InvalidOperation", "InvalidOperation")),
)
print(f"{'column':14}{'written':>22}{'pyorc reads':>20}{'pyarrow reads':>20}")
for kind, value, expected in CASES:
    seen = through(kind, value)
    print(f"{kind:14}{value!s:>22}{seen[0]!s:>20}{seen[1]!s:>20}")
    if seen != expected:
        raise SystemExit(f"no longer so: {seen} and not {expected}")
PY
