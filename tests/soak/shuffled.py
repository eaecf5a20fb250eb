"""200 identical tables, each shuffled in rows, files and columns on either side: not one false alarm.

    python tests/soak_shuffled.py [TABLES]

Part of ``make soak``; the tests do twenty of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from prove.test_tables import shuffled
from support.prove_engines import DuckEngine


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    engines = DuckEngine("athena"), DuckEngine("redshift")
    began, alarms, rows = time.monotonic(), [], 0
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            proof, held = shuffled(engines, Path(folder), seed)
        rows += held
        if not proof.equal:
            alarms.append(seed)
    took = time.monotonic() - began
    print(f"{count} identical tables, {rows:,} rows, {len(alarms)} false alarms {alarms}, {took:.0f} s")
    return 1 if alarms else 0


if __name__ == "__main__":
    raise SystemExit(main())
