"""Kill weeks and commands at each of their writes, run them again, and look at users, rows and record.

    PYTHONPATH=tests python -m soak.kills_commands [--only CASE...] [--seconds N] [--seed N] [--results FILE]

The record is in S3, so that the stand-ins see each write: of the journal, of a sample, of the dashboard's parameter, of
Redshift. A case starts from a state that is kept: weeks 1 to 3 are through, or all four. Its process and all below it
get SIGKILL when the n-th write arrives, which is carried out or not. Then users are on Athena, in a trial that ends, or
on Redshift as a signed gate allows; the same command again ends well, every row is there once, and the record verifies.
*two*: the same command twice at one moment, one of them killed.

Moments are drawn from the seed, case after case in turn; where the dashboard moves, many of its parameter's writes.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.moving_lake import MovingLake

from smartroute_runbook import load
from smartroute_runbook.api.routing import Route
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.record.fetch import fetch
from smartroute_runbook.record.verify import verify
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.rehearsal.stack import Stack
from smartroute_runbook.runs.run import Run

from .kills_weeks import alive, below
from .kills_weeks import processes as all_processes

LONGEST = 600.0
"""Seconds that a command may take on a busy machine."""
RUN, RECORDS = "killed", f"s3://{world.LAKE}/records"
PUBLISHED = "dashboard/queries/redshift/"
OPTIONS = ["--environment", "rehearsal", "--run-id", RUN, "--records", RECORDS, "--json"]
_READS = re.compile(r"(/\*.*?\*/\s*)*(SELECT|WITH|SET|SHOW|EXPLAIN|BEGIN|START|ROLLBACK|FETCH|CLOSE|DECLARE)\b", re.I)
_WRITES = ("Put", "Create", "Delete", "Update", "Modify", "Attach", "Tag", "Publish", "Subscribe", "Send", "Schedule")


@dataclass(frozen=True)
class Moment:
    """The n-th write of those whose names begin so (0: never), ``before`` it is carried out or when it is."""

    n: int
    before: bool = False
    among: str = ""


NEVER, PARAMETER = Moment(0), "ssm PutParameter"


class Writes:
    """The stand-ins' fault hook: counts writes, and kills a process with all below it when the n-th arrives."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._lock, self._moment = threading.Lock(), NEVER
        self._root: Callable[[], int] = int

    def aim(self, moment: Moment, root: Callable[[], int]) -> None:
        """Count from 0, and kill this process then."""
        with self._lock:
            self.seen, self._moment, self._root = [], moment, root

    def __call__(self, call: Any) -> None:
        """Take note of a call."""
        if call.service == "redshift-query":
            if _READS.match(call.path.lstrip()):
                return
            name = f"redshift {call.path.lstrip()[:40]}"
        elif call.service == "athena-query":
            if not call.path.lstrip().upper().startswith("UNLOAD"):
                return
            name = "athena UNLOAD"
        elif call.operation.startswith(_WRITES):
            name = f"{call.service} {call.operation} {call.path[-60:]}"
        else:
            return
        with self._lock:
            self.seen.append(name)
            moment = self._moment
            hit = name.startswith(moment.among) and len(self.of(moment.among)) == moment.n
        if hit:
            kill(self._root())
            if moment.before:
                raise ConnectionAbortedError("killed")

    def of(self, among: str) -> list[str]:
        """Writes of a kind."""
        return [name for name in self.seen if name.startswith(among)]


def kill(root: int) -> None:
    """SIGKILL for a process and all below it."""
    for pid in (root, *below(root)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Case:
    """A command that is killed: what happens before, how it is continued, and where users are in the end."""

    name: str
    state: str
    command: list[str]
    ends_on: str
    before: Callable[[World], None] = lambda _: None
    codes: tuple[int, ...] = (0,)
    """How the command ends when it is run again, and how an undisturbed one does."""
    two: bool = False
    moves: float = 0.0
    """How many of its moments are writes of the dashboard's parameter, of which it makes so many: ``settings``."""
    settings: int = 2


@dataclass
class World:
    """The stand-ins, a working folder, and states of the record that are gone back to."""

    stack: Stack
    base: Path
    writes: Writes = field(default_factory=Writes)
    states: dict[str, dict[str, bytes]] = field(default_factory=dict)
    parameters: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.s3, self.ssm = self.stack.client("s3"), self.stack.client("ssm")
        self.lake = MovingLake(self.s3, self.stack.client("glue"))

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """A command under way, in a session of its own."""
        with (self.base / "log.txt").open("ab") as log:
            argv = [sys.executable, "-m", "smartroute_runbook", *command, *OPTIONS]
            return subprocess.Popen(argv, cwd=self.base, stdout=log, stderr=log, start_new_session=True)

    def through(self, command: list[str], codes: tuple[int, ...]) -> str:
        """A command to its end, again while a lease is held; what is wrong with how it ended."""
        (self.base / "log.txt").write_text("")
        first = time.monotonic()
        while True:
            code = self.start(command).wait(LONGEST)
            log = (self.base / "log.txt").read_text()
            if code in codes or "its lease holds until" not in log or time.monotonic() > first + 90:
                return "" if code in codes else f"{' '.join(command)} ended with {code}: {log[-600:]}"
            time.sleep(1)

    # ---- states ----------------------------------------------------------------------------------------------

    def held(self) -> Iterator[str]:
        """Of the record, and of what is published for Redshift."""
        for prefix in ("records/", PUBLISHED):
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=world.LAKE, Prefix=prefix):
                yield from (one["Key"] for one in page.get("Contents", ()))

    def history(self) -> list[str]:
        """Every value that the dashboard's parameter had."""
        pages = self.ssm.get_paginator("get_parameter_history").paginate(Name=world.ENGINE_PARAMETER)
        return [one["Value"] for page in pages for one in page["Parameters"]]

    def keep(self, state: str) -> None:
        """Remember the record and the parameter as they are."""
        self.states[state] = {key: self._body(key) for key in self.held()}
        self.parameters[state] = self.history()

    def back_to(self, state: str) -> None:
        """The record and the parameter, with its versions, as they were."""
        for key in list(self.held()):
            self.s3.delete_object(Bucket=world.LAKE, Key=key)
        for key, body in self.states[state].items():
            self.s3.put_object(Bucket=world.LAKE, Key=key, Body=body)
        self.ssm.delete_parameter(Name=world.ENGINE_PARAMETER)
        for value in self.parameters[state]:
            self.ssm.put_parameter(Name=world.ENGINE_PARAMETER, Value=value, Type="String", Overwrite=True)

    def _body(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=world.LAKE, Key=key)["Body"].read())

    # ---- what is looked at -----------------------------------------------------------------------------------

    def route(self) -> Route:
        """Where the dashboard's parameter leads."""
        return Route.parse(self.ssm.get_parameter(Name=world.ENGINE_PARAMETER)["Parameter"]["Value"])

    def astray(self, allowed: bool) -> list[str]:
        """Whether users are where nobody allowed it, just after a kill."""
        route = self.route()
        if route.engine == "athena":
            return []
        if route.until is None:
            return [] if allowed else [f"users are left on {route}"]
        left = (route.until - datetime.now(UTC)).total_seconds()
        return [] if left < 65 else [f"a trial goes on for {left:.0f} s"]

    def amiss(self, case: Case) -> list[str]:
        """What is wrong in the end: with users, rows or record."""
        wrong = []
        if str(self.route()) != case.ends_on:
            wrong.append(f"the parameter is {self.route()}")
        prover = Run.open("rehearsal", "prover", base=self.base)
        for table in prover.settings.athena.tables:
            proof = load.prove_table(prover, table)
            if not proof.equal or not proof.control_rows:
                wrong.append(f"{table} is {proof.verdict}: {proof.differences[:1]}")
        with tempfile.TemporaryDirectory() as scratch:
            found = verify(fetch(f"{RECORDS}/{RUN}", Path(scratch)), under_way=True)
            wrong += [f"record: {one.what} ({one.file})" for one in found.problems]
        return wrong


def run_case(place: World, case: Case, moment: Moment) -> dict[str, Any]:
    """Kill a case at a moment, run it again; what was wrong. Where the moment never came, nothing disturbed it."""
    place.back_to(case.state)
    case.before(place)
    allowed = str(place.route()) == "redshift" or case.ends_on == "redshift"
    began, processes, log = time.monotonic(), list[subprocess.Popen[bytes]](), place.base / "log.txt"
    log.write_text("")
    place.writes.aim(moment, lambda: processes[0].pid)
    processes += [place.start(case.command) for _ in range(1 + case.two)]
    codes, wrong = [one.wait(LONGEST) for one in processes], list[str]()
    while any(alive(pid) and RUN in line for pid, _, line in all_processes()):
        time.sleep(0.1)
    writes = place.writes.of(moment.among)
    place.writes.aim(NEVER, int)
    killed = codes[0] == -signal.SIGKILL
    if not killed and not set(codes) <= {*case.codes, 4}:
        wrong.append(f"undisturbed it ended with {codes}: {log.read_text()[-600:]}")
    wrong += place.astray(allowed) + traceback_in(log)
    if killed or case.two:
        why = place.through(case.command, case.codes)
        wrong += [*([why] if why else []), *traceback_in(log)]
    wrong += place.amiss(case)
    at = writes[moment.n - 1] if killed else "not reached"
    took = round(time.monotonic() - began, 1)
    return {"case": case.name, "n": moment.n, "of": len(writes), "among": moment.among, "before": moment.before,
            "killed": killed, "at": at, "codes": codes, "seconds": took, "wrong": wrong}  # fmt: skip


def traceback_in(log: Path) -> list[str]:
    """No kill is an excuse for a traceback."""
    text = log.read_text()
    return [text[-1500:]] if "Traceback" in text else []


def cases() -> list[Case]:
    """Every command that changes something."""
    sync, four, watch = ["sync"], ["run", "4"], ["watch", "--hours", "0.003", "--every", "0.5"]
    corrected = lambda place: place.lake.correct()  # noqa: E731
    return [
        Case("run 4", "three weeks", four, "redshift", moves=0.7, settings=9),
        Case("run 4, two", "three weeks", four, "redshift", two=True),
        Case("sync", "four weeks", sync, "redshift", corrected),
        Case("sync, two", "four weeks", sync, "redshift", corrected, two=True),
        Case("sync --mend", "four weeks", [*sync, "--mend"], "redshift", lambda place: place.lake.drift()),
        Case("sync --mend, two", "four weeks", [*sync, "--mend"], "redshift", lambda p: p.lake.drift(), two=True),
        Case("watch", "four weeks", watch, "redshift"),
        Case("watch that trips", "four weeks", watch, "athena", spoiled, codes=(1, 4), moves=0.3),
        Case("switch athena", "four weeks", ["switch", "athena"], "athena", moves=0.3),
        Case("switch athena, two", "four weeks", ["switch", "athena"], "athena", two=True),
        Case("rollback", "four weeks", ["rollback"], "athena"),
        Case("run 3", "two weeks", ["run", "3"], "athena"),
    ]


def spoiled(place: World) -> None:
    """A query is broken on Redshift after the cut-over."""
    key = next(key for key in place.held() if key.startswith(PUBLISHED))
    place.s3.put_object(Bucket=world.LAKE, Key=key, Body=b"SELECT missing FROM nowhere")


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--only", nargs="+", default=[], help="names of cases")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seconds", type=float, default=3600, help="begin no case after so long")
    ask.add_argument("--results", type=Path, default=Path("kills-commands.jsonl"))
    given = ask.parse_args()
    chosen = [case for case in cases() if not given.only or case.name in given.only]
    began, wrong, chance = time.monotonic(), 0, random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder, Stack(trips_share=0.002) as stack:
        os.environ |= {k: v for k, v in stack.environ().items() if not k.startswith("SMARTROUTE_REDSHIFT_")}
        for name in [name for name in os.environ if name.startswith("SMARTROUTE_REDSHIFT_")]:
            del os.environ[name]
        copy_to(Path(folder))
        place = World(stack, Path(folder))
        stack.gateway.fault = place.writes
        reached = iter(("one week", "two weeks", "three weeks", "four weeks"))
        for week, state in zip("1234", reached, strict=True):
            if week == "4" and all(case.state != "four weeks" for case in chosen):
                break
            if why := place.through(["run", week], (0,)):
                raise SystemExit(why)
            place.keep(state)
        reach = {case.name: 12 for case in chosen}  # how many writes each is known to have
        for case in itertools.cycle(chosen):
            if time.monotonic() - began > given.seconds:
                break
            among = PARAMETER if chance.random() < case.moves else ""
            n = chance.randint(1, case.settings if among else reach[case.name])
            line = run_case(place, case, Moment(n, chance.random() < 0.5, among))
            if not among:
                reach[case.name] = max(reach[case.name], 2 * n) if line["killed"] else max(line["of"], 1)
            wrong += bool(line["wrong"])
            with given.results.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(*(f"{key}={value}" for key, value in line.items()), flush=True)
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
