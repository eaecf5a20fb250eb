"""Kill loads with SIGKILL, start them again, and prove each time that every row is there exactly once.

    python tests/soak_kills.py --kills 100 --seed 1        # make soak

Three kinds of moments: every call and statement of a load, each before it is carried out and while it is (the
journal is in S3, so that each of its entries is such a call); random ones; and random ones under each fault class.
The stand-ins stay up, as AWS would; the load is a process of its own, forked from one that has imported everything.
The product knows nothing of this: the stand-ins' fault hook sees each call arrive and sends the signal.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from smartroute_runbook import load
from smartroute_runbook.environment.parameters import load_parameters
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

sys.path.append(str(Path(__file__).resolve().parents[1]))  # run as a script, tests/ is not on the path

Tell = Callable[[str], None]

FAULTS: dict[str, tuple[FaultRule, ...]] = {
    "throttling": (FaultRule("throttle", chance=0.15),),
    "internal errors": (FaultRule("error", chance=0.1),),
    "expired credentials": (
        FaultRule("expired", service="s3", chance=0.03),
        FaultRule("expired", service="athena", chance=0.03),
    ),
    "slow answers": (FaultRule("slow", chance=0.2, seconds=0.2),),
    "dropped connections": (FaultRule("drop", chance=0.05),),
    "Athena query fails once": (FaultRule("error", service="athena-query", chance=0.15),),
    "Redshift statement fails once": (FaultRule("error", service="redshift-query", chance=0.04),),
    "Redshift connection breaks": (FaultRule("drop", service="redshift-query", chance=0.04),),
    "truncated object": (
        FaultRule("truncate", service="s3", operation="GetObject", chance=0.1),
        FaultRule("truncate", service="s3-read", chance=0.05),
    ),
    "duplicated delivery": (FaultRule("twice", chance=0.3),),
    "stale listing": (
        FaultRule("stale", service="s3", operation="ListObjectsV2", chance=0.3, seconds=86400),
        FaultRule("stale", service="s3-list", chance=0.3, seconds=86400),
    ),
}  # fmt: skip


# ---- the loads: processes forked from one that has imported everything ---------------------------------------------


def warm() -> None:
    """Botocore's service models are read once for all processes forked from here: half of a small load's time."""
    import boto3
    import botocore.loaders

    loader = botocore.loaders.create_loader()
    botocore.loaders.create_loader = lambda *_: loader
    session = boto3.Session(region_name="us-east-1")
    for service in ("athena", "glue", "iam", "redshift", "redshift-data", "s3", "secretsmanager"):
        session.client(service)


def nursery() -> None:
    """Fork a load for each line of standard input (JSON: run_id, base, settings); tell its pid, then how it ended."""
    import pyarrow.parquet  # noqa: F401
    import pyathena  # noqa: F401
    import redshift_connector  # noqa: F401

    warm()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            given = json.loads(line)
            code, said = 0, ""
            try:
                run = Run.open("rehearsal", given["run_id"], given["settings"], base=Path(given["base"]))
                run.do(load.LoadDays())
            except Exception as error:
                code, said = 1, f"{type(error).__name__}: {error}"
            Path(given["said"]).write_text(said)
            os._exit(code)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


@dataclass
class Nursery:
    """The parent of the loads, and where they tell why they failed."""

    base: Path
    settings: Mapping[str, Any]
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        command = [sys.executable, __file__, "--nursery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, run_id: str, settings: Mapping[str, Any]) -> int:
        """A load under way; its process id."""
        said = str(self.base / "said.txt")
        given = {"run_id": run_id, "base": str(self.base), "settings": settings, "said": said}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self) -> tuple[int, str]:
        """How the load ended: 0, 1 with its error, or minus the signal."""
        assert self.process.stdout is not None
        status = os.waitstatus_to_exitcode(int(self.process.stdout.readline()))
        return status, (self.base / "said.txt").read_text() if status == 1 else ""

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


# ---- what the stand-ins see --------------------------------------------------------------------------------------


class Watch:
    """The stand-ins' fault hook: counts what arrives, passes it on to faults, and kills when the n-th call arrives."""

    def __init__(self) -> None:
        self.faults: Faults | None = None
        self.reset()

    def reset(self, target: int = 0, *, before: bool = False) -> None:
        """Count from 0; kill at ``target`` (0: never), ``before`` the call is carried out or while it is."""
        self.target, self.before, self.count, self.pid = target, before, 0, 0
        self.calls: list[str] = []
        self.work: Counter[str] = Counter()
        self._lock, self._ready = threading.Lock(), threading.Event()

    def arm(self, pid: int) -> None:
        """This is the process that makes the calls."""
        self.pid = pid
        self._ready.set()

    def __call__(self, call: Any) -> Any:
        if call.service in ("s3-read", "s3-list"):  # what the engines do by themselves is no boundary of the client
            return self.faults(call) if self.faults else None
        with self._lock:
            self.count += 1
            hit = self.count == self.target
            self.calls.append(f"{call.service}:{call.operation}")
            for word in ("UNLOAD", "COPY"):
                self.work[word] += call.service.endswith("-query") and bool(
                    re.match(rf"(/\*.*?\*/\s*)?{word}\b", call.path)
                )
        if hit and self._ready.wait(10):
            os.kill(self.pid, signal.SIGKILL)
            if self.before:
                raise ConnectionAbortedError("killed")
        return self.faults(call) if self.faults else None


# ---- cases -------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """Cases of one kind."""

    name: str
    cases: int = 0
    killed: int = 0
    failed_attempts: int = 0
    lost: int = 0
    doubled: int = 0
    needed: int = 0
    unloads: int = 0
    copies: int = 0
    seconds: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """One line of the results table."""
        wasted = [f"{100 * (n / self.needed - 1):.0f} %" if self.needed else "" for n in (self.unloads, self.copies)]
        cells = (
            self.name,
            self.cases,
            self.killed,
            self.failed_attempts,
            self.lost,
            self.doubled,
            *wasted,
            f"{self.seconds:.0f}",
        )
        return "| " + " | ".join(map(str, cells)) + " |"


HEADER = (
    "| moments | cases | killed | failed attempts | rows lost | doubled | exported again | copied again | seconds |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


class Lab:
    """Stand-ins that are up, a world that is prepared, and loads to kill in it."""

    def __init__(self, stack: Any, base: Path, tell: Tell = print, **settings: Mapping[str, Any]) -> None:
        self.stack, self.base, self.tell = stack, base, tell
        given = load_parameters("rehearsal", base)["settings"]
        self.settings = {**given, **{name: {**given.get(name, {}), **more} for name, more in settings.items()}}
        self.nursery, self.watch, self.number = Nursery(base, self.settings), Watch(), 0
        self.name = f"kills{os.getpid()}"

    @contextlib.contextmanager
    def watching(self) -> Iterator[Lab]:
        """The stand-ins tell of every call, until the end."""
        before, self.stack.gateway.fault = self.stack.gateway.fault, self.watch
        try:
            yield self
        finally:
            self.stack.gateway.fault = before
            self.nursery.close()

    def run(self) -> Run:
        """A run of its own for each case: journals stay short."""
        from support.gates import reach

        self.number += 1
        run = Run.open("rehearsal", f"{self.name}-{self.number}", self.settings, base=self.base)
        return reach(run, 2, through="week2.tables")

    def whole(self) -> tuple[float, int, int]:
        """A load that nobody disturbs: seconds, calls, batches."""
        run = self.run()
        empty(run)
        load.pinned(run)
        self.watch.reset()
        began = time.monotonic()
        self.watch.arm(self.nursery.start(run.id, self.settings))
        status, said = self.nursery.wait()
        assert status == 0, said
        seconds, calls = time.monotonic() - began, self.watch.count
        batches = self.watch.work["UNLOAD"]
        quiet = Tally("undisturbed")
        self.prove(run, quiet, "a load that nobody disturbed")
        assert not quiet.wrong, quiet.wrong
        return seconds, calls, batches

    def case(
        self,
        tally: Tally,
        what: str,
        *,
        at: float = 0.0,
        call: int = 0,
        before: bool = False,
        faults: Faults | None = None,
    ) -> None:
        """Kill one load, start it until it ends, prove every table."""
        began = time.monotonic()
        run = self.run()
        empty(run)
        self.watch.reset(call, before=before)
        self.watch.faults = faults
        pid = self.nursery.start(run.id, self.settings)
        self.watch.arm(pid)
        timer = threading.Timer(at, kill, [pid]) if at else None
        if timer:
            timer.start()
        status, said = self.nursery.wait()
        if timer:
            timer.cancel()
        tally.killed += status < 0
        self.watch.target = 0
        attempts = 0
        while status:
            if status == 1:
                tally.failed_attempts += 1
                tally.errors[said[:200]] += 1
            attempts += 1
            assert attempts < 40, f"{what}: {said}"
            if attempts == 8:
                self.watch.faults = None  # the bad day is over
            self.watch.arm(self.nursery.start(run.id, self.settings))
            status, said = self.nursery.wait()
        self.watch.faults = None
        tally.cases += 1
        tally.unloads += self.watch.work["UNLOAD"]
        tally.copies += self.watch.work["COPY"]
        self.prove(run, tally, what)
        tally.seconds += time.monotonic() - began

    def prove(self, run: Run, tally: Tally, what: str) -> None:
        """What ``smartroute-runbook compare`` does, for each table."""
        for name in run.settings.athena.tables:
            proof = load.prove_table(run, name)
            assert proof.control_rows > 0, what
            for difference in proof.differences:
                there, here = difference.rows
                tally.lost += max(there - here, 0)
                tally.doubled += max(here - there, 0)
            if not proof.equal:
                tally.wrong.append(f"{what}: {name} is {proof.verdict}")
                self.tell(tally.wrong[-1])


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def empty(run: Run) -> None:
    """Unload everything, so that the next load has all to do."""
    schema = run.settings.redshift.schema_name
    with run.redshift() as redshift:
        tables = ("vehicles", "delay_metrics", "crowding_metrics", "migration_ledger")
        redshift.transaction([f'DELETE FROM "{schema}"."{table}"' for table in tables])


def boundaries(lab: Lab, tally: Tally, every: int = 1) -> None:
    """A kill at each call and statement, before it is carried out and after."""
    _, calls, batches = lab.whole()
    for n in range(1, calls + 1, every):
        for before in (True, False):
            tally.needed += batches
            lab.case(tally, f"call {n}, {'not ' if before else ''}carried out", call=n, before=before)
        if n % 10 == 1:
            lab.tell(f"{tally.name}: call {n} of {calls}")


def random_moments(lab: Lab, tally: Tally, count: int, seed: int, rules: tuple[FaultRule, ...] = ()) -> None:
    """Kills at random moments, drawn from a seed; under faults from the same seed."""
    seconds, _, batches = lab.whole()
    chance = random.Random(seed)
    n = 0
    while tally.killed < count and n < 3 * count:
        fresh = tuple(FaultRule(r.kind, r.service, r.operation, r.every, r.chance, r.times, r.seconds) for r in rules)
        faults = Faults(*fresh, seed=seed + n) if rules else None
        moment = chance.uniform(0.01, seconds)
        tally.needed += batches
        before = tally.killed
        lab.case(tally, f"{tally.name}: kill {n} after {moment:.3f} s, seed {seed}", at=moment, faults=faults)
        if tally.killed == before:
            seconds = max(0.2, min(seconds, moment))  # it had ended by then: loads are faster than thought
        n += 1
        if n % 10 == 0:
            lab.tell(f"{tally.name}: {tally.killed} of {count} killed")


def prepare_world(run: Run) -> None:
    """Week 1's cluster and week 2's workgroup and tables, each signed for."""
    from support.gates import do_signed, pass_week, reach

    from smartroute_runbook import prepare

    reach(run, 1, through="week1.decision")
    do_signed(run, prepare.steps(run))
    pass_week(run, 1)
    run.begin(2)
    run.do(load.MigrationWorkgroup())
    do_signed(run, [load.CreateTables()], "week2.tables")


WINDOW = {"load": {"first_day": "2026-09-22"}, "aws": {"attempts": 4}}
ONE = {**WINDOW, "athena": {"tables": ["delay_metrics"]}}
"""One batch of four hours."""
TWO = {**WINDOW, "athena": {"tables": ["delay_metrics", "crowding_metrics"]}}
"""Two such batches, exported side by side."""


def main() -> None:
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.rehearsal.stack import Stack

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="random moments")
    parser.add_argument("--fault-kills", type=int, default=6, help="random moments under each fault class")
    parser.add_argument("--every", type=int, default=1, help="each n-th boundary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds whose name begins so: calls, random, faults")
    parser.add_argument("--results", type=Path, help="a Markdown file to append to")
    parser.add_argument("--nursery", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.nursery:
        nursery()
        return
    rows, wrong, errors = [], list[str](), Counter[str]()

    def done(tally: Tally) -> None:
        rows.append(tally.row)
        wrong.extend(tally.wrong)
        errors.update(tally.errors)
        print(tally.row, flush=True)

    with tempfile.TemporaryDirectory() as folder, Stack(trips_share=0.002) as stack:
        base = Path(folder)
        copy_to(base)
        warm()
        prepare_world(Run.open("rehearsal", "world", base=base))
        bucket = "smartroute-data-lake-123456789012"
        print(HEADER, flush=True)
        s3 = {**ONE, "record": {"store": f"s3://{bucket}/records"}}
        kinds: list[tuple[str, dict[str, Any], Callable[[Lab, Tally], None]]] = [
            ("calls", s3, lambda lab, tally: boundaries(lab, tally, given.every)),
            ("calls, Data API", data_api(s3), lambda lab, tally: boundaries(lab, tally, 4 * given.every)),
            ("random", TWO, lambda lab, tally: random_moments(lab, tally, given.kills, given.seed)),
        ]
        for name, rules in FAULTS.items():
            act = partial(random_moments, count=given.fault_kills, seed=given.seed, rules=rules)
            kinds.append((f"faults: {name}", TWO, act))
        for name, settings, act in kinds:
            if not name.startswith(given.only):
                continue
            tally = Tally(name)
            with Lab(stack, base, **settings).watching() as lab:
                act(lab, tally)
            done(tally)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    text = f"\n## {datetime.datetime.now(datetime.UTC).date()}, {machine}, seed {given.seed}\n\n" + "\n".join(
        [HEADER, *rows]
    )
    print("\n".join(f"{count} x {said}" for said, count in errors.most_common(25)))
    if given.results:
        given.results.parent.mkdir(exist_ok=True)
        with given.results.open("a") as file:
            file.write(text + "\n")
    if wrong:
        raise SystemExit(f"{len(wrong)} loads were not equal afterwards: {'; '.join(wrong)}")


def data_api(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same through the Data API: what was sent goes on after the client's death."""
    return {**settings, "redshift": {"transport": "data-api"}}


if __name__ == "__main__":
    main()
