"""What an hour of ``sync`` takes beside a job of AWS Glue: bytes billed, dollars a month.

    python benchmarks/hourly_sync.py [--share 0.05]

A lake of SmartRoute's three tables is loaded; then one partition of each table gets a file more, as an hour brings one,
and ``sync`` runs; then it runs with nothing new. Bytes are what Athena would bill; seconds are of the stand-ins
and of this machine. A Glue job is billed by DPU-second, 0.44 US dollars a DPU-hour, for a minute and two DPU at least
(AWS Glue pricing, "ETL jobs"): its dollars here are that floor, before it has read a row.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HOURS_A_MONTH = 730
GLUE_USD = 0.44 * 2 / 60
"""One run at the floor."""
USD_A_TB = 5.0


def main() -> None:
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from soak.kills import prepare_world
    from support.gates import do_signed, pass_week, reach, sign

    from smartroute_runbook import load
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack
    from smartroute_runbook.runs.run import Run
    from smartroute_runbook.runs.state import BILLED

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=0.05, help="of the subway's trips")
    given = parser.parse_args()
    with Stack(trips_share=given.share) as stack, tempfile.TemporaryDirectory() as folder:
        os.environ |= stack.environ()
        copy_to(Path(folder) / "home")
        run = Run.open("rehearsal", "hourly", {"load": {"first_day": "2026-09-22"}}, base=Path(folder) / "home")
        calls = Counter[str]()  # a client copies the session's hooks when it is made: Athena's is made later
        run.clients.session.events.register("before-call.athena", lambda model, **_: calls.update([model.name]))
        prepare_world(run)
        do_signed(run, [load.LoadDays()])
        pass_week(run, 2)
        reach(run, 3)
        sign(run, "week3.compared")
        reach(run, 4)
        load.sync(run)
        names = (
            "what came",
            "partitions",
            "rows",
            "Athena calls",
            "MB billed",
            "seconds",
            "sync, $ a month",
            "Glue, at least",
        )
        print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
        for words in ("a file in one partition of each table", "nothing"):
            if words != "nothing":
                _arrives(run)
            calls.clear()
            run.meter.take()
            noted, began = len(run.journal.entries()), time.perf_counter()
            done = load.sync(run)
            seconds = time.perf_counter() - began
            billed = run.meter.take() + sum(one.body.get(BILLED, 0) for one in run.journal.entries()[noted:])
            usd = billed / 1e12 * USD_A_TB * HOURS_A_MONTH
            print(
                f"| {words} | {done.partitions} | {done.rows:,} | {sum(calls.values())} | {billed / 1e6:,.0f} "
                f"| {seconds:.1f} | {usd:.2f} | {GLUE_USD * HOURS_A_MONTH:.2f} |"
            )


def _arrives(run) -> None:
    """One file more in the newest loaded partition of each table: the same rows once more, as if they had come late."""
    from smartroute_runbook.lake import read_table, registered
    from smartroute_runbook.lake.files import split

    s3 = run.clients.boto("s3")
    for name in run.settings.athena.tables:
        table = read_table(run, name)
        part = [one for one in registered(run, table) if one.files][-2]
        bucket, key = split(part.files[0].address)
        s3.copy_object(Bucket=bucket, Key=f"{key.rpartition('/')[0]}/late.parquet", CopySource=f"{bucket}/{key}")


if __name__ == "__main__":
    main()
