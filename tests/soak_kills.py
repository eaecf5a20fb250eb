"""Kill a load with SIGKILL at random moments, start it again, and prove each time that every row is there once.

``python tests/soak_kills.py --kills 100 --seed 1`` (``make soak``); a few kills run in ``tests/test_load.py``.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smartroute_runbook import load
from smartroute_runbook.run import Run

LOAD = """
import sys
from smartroute_runbook import load
from smartroute_runbook.run import Run
run = Run.open("rehearsal", "kills")
print("ready", flush=True)
run.do(load.LoadDays())
"""


def empty(run: Run) -> None:
    """Unload everything, so that the next load has all to do."""
    schema = run.settings.redshift.schema_name
    with run.redshift() as redshift:
        redshift.transaction(
            [f'DELETE FROM "{schema}"."{t}"' for t in (*run.settings.athena.tables, "migration_ledger")]
        )


def start(base: Path) -> subprocess.Popen[str]:
    """A load in a process of its own, past its imports."""
    environ = {**os.environ, "SMARTROUTE_HOME": str(base)}
    process = subprocess.Popen([sys.executable, "-c", LOAD], env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as told:
        assert told.readline().strip() == "ready"
    return process


def kills(base: Path, count: int, seed: int, tell: Callable[[str], None] = print) -> float:
    """So many kills, each followed by a load that must end with every row exactly once; returns the wasted share."""
    run, chance = Run.open("rehearsal", "kills", base=base), random.Random(seed)
    empty(run)
    before = loaded(run)
    began = time.monotonic()
    assert start(base).wait(600) == 0
    whole = time.monotonic() - began
    days = loaded(run) - before
    for n in range(count):
        empty(run)
        moment = chance.uniform(0, whole)
        process = start(base)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = len(load.ledger(run))
        assert start(base).wait(600) == 0
        proof = load.prove(run)
        assert not proof.blocks, f"kill {n} (seed {seed}) after {moment:.3f} s: {proof.blocks}"
        tell(f"kill {n + 1} of {count} after {moment:.2f} s: {kept} days were loaded, then all; equal")
    return (loaded(run) - before - days) / (count * days) - 1 if count else 0.0


def loaded(run: Run) -> int:
    """How many days were loaded so far, by the journal."""
    return sum(1 for _ in run.journal.of("loaded"))


def main() -> None:
    from smartroute_runbook.rehearsal.stack import Stack
    from smartroute_runbook.working_folder import copy_to

    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stack(days=3, trips_share=0.004):
        base = Path(folder)
        copy_to(base)
        prepare_world(Run.open("rehearsal", "kills", base=base))
        wasted = kills(base, given.kills, given.seed)
    print(f"{given.kills} kills, seed {given.seed}: 0 rows lost, 0 doubled; days loaded more than once: {wasted:.1%}")


def prepare_world(run: Run) -> None:
    """Week 1's cluster and week 2's workgroup and tables."""
    from smartroute_runbook import prepare

    for step in (*prepare.steps(run), load.MigrationWorkgroup(), load.CreateTables()):
        run.do(step)


if __name__ == "__main__":
    main()
