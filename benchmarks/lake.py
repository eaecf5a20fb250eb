"""How fast the rehearsal's lake is made: the default, and a weekday of the whole subway (19 million rows)."""

from __future__ import annotations

import os
import platform
import resource
import sys
import tempfile
from datetime import date
from pathlib import Path

from smartroute_runbook.rehearsal.lake.write import DEFAULT_SHARE, write_lake


def main() -> None:
    print(f"{date.today()}  Python {platform.python_version()}  {os.cpu_count()} CPUs")  # noqa: DTZ011
    print(f"{'share':>6} {'rows':>12} {'seconds':>8} {'rows/s':>12} {'MB':>7} {'bytes/row':>9} {'peak MB':>8}")
    for share in (DEFAULT_SHARE, 1.0):
        with tempfile.TemporaryDirectory() as folder:
            lake = write_lake(Path(folder) / "lake", trips_share=share)
        rows, peak = lake.rows["vehicles"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = f"{rows / lake.seconds:12,.0f} {lake.bytes / 1e6:7.1f} {lake.bytes / rows:9.2f} {peak:8.0f}"
        print(f"{share:6.2f} {rows:12,} {lake.seconds:8.2f} {figures}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
