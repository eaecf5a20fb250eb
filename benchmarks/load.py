"""A weekday of the timetable through week 2: tables, export, COPY, counts, proof; seconds and memory of the client.

    python benchmarks/load.py --rows 1 5 19          # millions of vehicles rows; 19 is the whole subway

The stand-ins run in a process of their own, so that the client's memory is the client's. Each size has stand-ins, a
run and a client of its own. Results are appended to ``benchmarks/results/load.md``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

WHOLE = 19.0  # million rows of a weekday with all trips


def serve(share: float) -> None:
    """The stand-ins, until standard input ends."""
    from smartroute_runbook.rehearsal.stack import Stack

    with Stack(trips_share=share) as stack:
        print(json.dumps(stack.environ()), flush=True)
        sys.stdin.read()


class Clock:
    """Seconds spent in a function, over all its calls and threads."""

    def __init__(self, function):
        self.function, self.seconds, self.lock = function, 0.0, threading.Lock()

    def __call__(self, *arguments):
        began = time.perf_counter()
        try:
            return self.function(*arguments)
        finally:
            with self.lock:
                self.seconds += time.perf_counter() - began


def client(base: Path) -> None:
    """One load of ``vehicles``; prints its row of the table."""
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from support.gates import do_signed, pass_week, reach

    from smartroute_runbook import load, prepare
    from smartroute_runbook.environment.parameters import load_parameters
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.load import copy
    from smartroute_runbook.runs.run import Run

    copy_to(base)
    given = load_parameters("rehearsal", base)["settings"]
    run = Run.open("rehearsal", "benchmark", {**given, "athena": {"tables": ["vehicles"]}}, base=base)
    reach(run, 1, through="week1.decision")
    do_signed(run, prepare.steps(run))
    pass_week(run, 1)
    run.begin(2)
    run.do(load.MigrationWorkgroup())
    seconds = {}

    def timed(what, act):
        began = time.perf_counter()
        found = act()
        seconds[what] = time.perf_counter() - began
        return found

    export, swap = Clock(copy.export_batch), Clock(copy.load_batch)
    copy.export_batch, copy.load_batch = export, swap
    timed("inventory", lambda: load.inventory(run))
    timed("tables", lambda: do_signed(run, [load.CreateTables()], "week2.tables"))
    outcome = timed("load", lambda: run.do(load.LoadDays())).outcome.facts
    counted = timed("count", lambda: load.reconcile(run))
    loading = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    proof = timed("proof", lambda: load.prove(run))
    assert not counted.blocks, counted.blocks
    assert not proof.blocks, proof.blocks
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = [f"{outcome['rows']:,}", f"{outcome['bytes'] / 1e6:,.0f}"]
    cells += [f"{seconds[what]:.1f}" for what in ("inventory", "tables", "load")]
    cells += [f"{export.seconds:.1f}", f"{swap.seconds:.1f}", f"{outcome['rows'] / seconds['load']:,.0f}"]
    cells += [f"{seconds['count']:.1f}", f"{seconds['proof']:.1f}", f"{loading:.0f}", f"{memory:.0f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


HEADER = """
## {when}, {machine}

Seconds; "load" is the whole step (proposed twice, exported two days side by side, copied, verified), of which "export"
and "copy" are summed over threads. MB are the client's peak resident memory, after the load and after the proof.

| rows | Parquet MB | inventory | tables | load | export | copy | rows/s | count | proof | MB load | MB proof |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def measured(rows: float) -> str:
    share = min(1.0, rows / WHOLE)
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(share)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        environ = {**os.environ, **json.loads(server.stdout.readline())}
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--client", folder]
            return subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout
    finally:
        server.stdin.close()
        server.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, nargs="+", default=[1.0], help="millions")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--client", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    if given.client:
        client(given.client)
        return
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    text = HEADER.format(when=datetime.datetime.now(datetime.UTC).date(), machine=machine)
    print(text, end="", flush=True)
    for rows in given.rows:
        began = time.perf_counter()
        line = measured(rows)
        print(line, end="", flush=True)
        print(f"({time.perf_counter() - began:.0f} s with the stand-ins' start)", file=sys.stderr, flush=True)
        text += line
    results = Path(__file__).parent / "results" / "load.md"
    results.parent.mkdir(exist_ok=True)
    with results.open("a") as file:
        file.write(text)


if __name__ == "__main__":
    main()
