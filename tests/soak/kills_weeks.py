"""Kill whole weeks with SIGKILL, headless and stepped through in JupyterLab, and see that each one continues.

    PYTHONPATH=tests python -m soak.kills_weeks [--kills 200] [--results FILE] [--seed 1]      # make soak-weeks

A pass is one run of four weeks and the rollback against stand-ins that stay up, as AWS would. Each week is begun and
killed several times before it may end: its runner (JupyterLab's server) alone, its kernel alone, or everything that
works on the run; at a random moment, or at one just after its last cell, when it is sealed. Half of the weeks are
stepped through by a person, in a kernel that knows its notebook or in a real JupyterLab (``stepping.py``). After each
kill nothing may say finished that is not sealed; at the end every attempt has its sealed notebook, and the whole record
verifies.

``--ways lab`` runs every week in JupyterLab, ``--weeks 4 rollback`` kills these alone; the others are run through.

FILE gets a line for each kill and each week that was continued to its end; started again with the same FILE, it goes on
where it was stopped (Ctrl-C, SIGTERM). ``--kills 0`` prints what FILE holds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.record.verify import verify
from smartroute_runbook.rehearsal import daemon
from smartroute_runbook.runs.from_shell import open_run
from smartroute_runbook.runs.plan import WEEKS, week_of
from smartroute_runbook.runs.status import status_of

from .stepping import step

LONGEST = 600.0
"""Seconds that a week may take on a busy machine."""
WAYS = ("headless", "stepped", "headless", "lab")
"""How a week is run, in turn: by the runner, in a kernel of ours, in JupyterLab."""


# ---- processes -------------------------------------------------------------------------------------------------


def processes() -> Iterator[tuple[int, int, str]]:
    """Id, parent and command line of each process of this machine that may be read."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                yield int(folder.name), parent, (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()


def below(root: int) -> dict[int, str]:
    """All descendants of a process, with their command lines."""
    known, found = list(processes()), {root: ""}
    while more := {pid: line for pid, parent, line in known if parent in found and pid not in found}:
        found |= more
    return {pid: line for pid, line in found.items() if pid != root}


def alive(pid: int) -> bool:
    """Whether a process still works; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# ---- one run ---------------------------------------------------------------------------------------------------


@dataclass
class Pass:
    """One run that is killed again and again."""

    base: Path
    run_id: str
    chance: random.Random
    results: Path
    wrong: list[str] = field(default_factory=list)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Of the run's record."""
        return self.base / "records" / self.run_id

    @property
    def log(self) -> Path:
        """What the last process printed on stderr."""
        return self.base / "log.txt"

    @property
    def begun(self) -> Path:
        """Is there as soon as the last process has its kernel, where a person steps through."""
        return self.base / "begun"

    def entries(self, *kinds: str, week: str) -> list[dict[str, Any]]:
        """Journal entries of a week."""
        found = [json.loads(path.read_bytes()) for path in sorted((self.folder / "journal").glob("0*.json"))]
        return [entry for entry in found if entry["kind"] in kinds and entry["body"].get("week") == week]

    def start(self, week: str, way: str) -> subprocess.Popen[bytes]:
        """The week under way; of one that is stepped through, the kernel is there."""
        options = ["--environment", "rehearsal", "--run-id", self.run_id]
        command = [sys.executable, "-m", "smartroute_runbook", "run", week, *options, "--json"]
        if way != "headless":
            notebook = self.base / "runbooks" / week_of(week)["notebook"]
            command = [sys.executable, "-m", "soak.kills_weeks", "--step", str(notebook), "--run", self.run_id]
            command += ["--way", way, "--begun", str(self.begun)]
        self.begun.unlink(missing_ok=True)
        given = (Path(one).resolve() for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one)
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, given))}  # the week runs in another folder
        with self.log.open("w") as log:  # no pipe: a kernel that outlives its runner holds it open
            process = subprocess.Popen(
                command, cwd=self.base, env=environ, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
            )
        while way != "headless" and process.poll() is None and not self.begun.exists():
            time.sleep(0.05)
        return process

    def others(self, process: subprocess.Popen[bytes] | None = None) -> list[int]:
        """Processes that work on the run besides one: when a person's cells are through, another still seals."""
        mine = {os.getpid(), process.pid if process else 0}
        return [pid for pid, _, line in processes() if self.run_id in line and pid not in mine]

    def killed(self, week: str, way: str) -> bool:
        """Begin a week and kill it; whether it was alive until then."""
        at_the_end = self.chance.random() < 0.25
        whom = self.chance.choice(["all", "all", "runner", "kernel"])
        process, began = self.start(week, way), time.monotonic()
        ends = len(self.entries("week-finished", week=week)) if at_the_end else 0
        moment = self.chance.uniform(0.5, self.seconds.get((week, way), 12.0))
        if at_the_end:
            while process.poll() is None and len(self.entries("week-finished", week=week)) == ends:
                time.sleep(0.02)
            time.sleep(self.chance.uniform(0, 1.5))
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(moment)
        others = self.others(process)
        if process.poll() is not None and not others:
            return False
        after, kernels = time.monotonic() - began, self.kill(process, whom, others)
        process.wait(LONGEST)
        orphaned = time.monotonic()
        while any(map(alive, kernels)) and time.monotonic() < orphaned + 60:
            time.sleep(0.1)
        kill = {"run": self.run_id, "week": week, "way": way, "whom": whom, "after": round(after, 2)}
        kill |= {"end": at_the_end, "orphan_seconds": round(time.monotonic() - orphaned, 1), "code": process.returncode}
        outlived = [f"a kernel outlived its killed {whom}"] if any(map(alive, kernels)) else []
        self.look(kill, outlived)
        return True

    def kill(self, process: subprocess.Popen[bytes], whom: str, others: list[int]) -> list[int]:
        """SIGKILL; the kernels that were there. What is not there any more leaves everything that still works."""
        under = below(process.pid)
        kernels = [pid for pid, line in under.items() if "ipykernel" in line]
        servers = [pid for pid, line in under.items() if "smartroute_runbook lab" in line]
        targets = {"all": [process.pid, *under, *others], "runner": servers or [process.pid], "kernel": kernels}[whom]
        for pid in targets if process.poll() is None and targets else [process.pid, *others]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return kernels

    def look(self, kill: dict[str, Any], problems: list[str]) -> None:
        """What says finished after a kill is sealed, page and attestation too."""
        if (self.folder / "journal" / "000001.json").is_file():
            run, _ = open_run("rehearsal", self.run_id, base=self.base, create=False, aws=False, finished_too=True)
            states = {week: state for week, _, state in status_of(run).weeks}
            for week in [week for week, state in states.items() if state == "finished"]:
                end = self.entries("week-finished", week=week)[-1]["n"]
                seals = [e["body"] for e in self.entries("sealed", week=week) if e["n"] > end]
                names = [seal["name"] for seal in seals if seal["status"] == "finished"]
                files = [f"{name}.{kind}" for name in names for kind in ("ipynb", "html", "attestation.json")]
                if not names or not all((self.folder / name).is_file() for name in files):
                    problems.append(f"week {week} says finished and is not sealed")
            kill["states"] = states
            kill["verify"] = sorted({problem.what for problem in verify(self.folder, under_way=True).problems})
        self.write(kill, problems)

    def write(self, line: dict[str, Any], wrong: list[str]) -> None:
        """A line of the results."""
        self.wrong += wrong
        with self.results.open("a") as file:
            file.write(json.dumps({**line, "wrong": wrong}) + "\n")

    def through(self, week: str, way: str) -> None:
        """The same command again, to the end and to the seal."""
        first, wrong = time.monotonic(), []
        while True:
            process, began = self.start(week, way), time.monotonic()
            process.wait(LONGEST)
            log = self.log.read_text()
            if process.returncode != 4 or "lease" not in log or time.monotonic() > first + 120:
                break
            time.sleep(2)
        self.seconds[week, way] = time.monotonic() - began
        if process.returncode:
            wrong.append(f"did not continue ({process.returncode}): {log}")
        # Whoever seals may still be at work on the attempts that were killed, and another that an earlier one began.
        while (self.others() or not self.sealed(week)) and time.monotonic() < began + LONGEST:
            time.sleep(0.2)
        if not self.sealed(week):
            wrong.append("finished, and never sealed")
        begun, seals = len(self.entries("week-started", week=week)), len(self.entries("sealed", week=week))
        if begun > seals:  # an attempt that was killed before its week was begun has its notebook too
            wrong.append(f"begun {begun} times, sealed {seals} times")
        ended = {"run": self.run_id, "week": week, "way": way, "continued": round(self.seconds[week, way], 1)}
        self.write({**ended, "begun": begun, "seals": seals}, wrong)

    def sealed(self, week: str) -> bool:
        """Whether the newest end of a week is sealed and attested."""
        ends = self.entries("week-finished", week=week)
        seals = [e["body"] for e in self.entries("sealed", week=week) if ends and e["n"] > ends[-1]["n"]]
        done = [seal["name"] for seal in seals if seal["status"] == "finished"]
        return any((self.folder / f"{name}.attestation.json").is_file() for name in done)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--kills", type=int, default=200)
    ask.add_argument("--each", type=int, default=6, help="kills of each week in a pass")
    ask.add_argument("--passes", type=int, default=1_000, help="at most so many this time")
    ask.add_argument("--ways", nargs="+", choices=sorted(set(WAYS)), default=WAYS, help="how weeks are run, in turn")
    ask.add_argument("--weeks", nargs="+", choices=WEEKS, default=WEEKS, help="that are killed")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--results", type=Path, default=Path("kills-weeks.jsonl"))
    ask.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    ask.add_argument("--run", help=argparse.SUPPRESS)
    ask.add_argument("--way", help=argparse.SUPPRESS)
    ask.add_argument("--begun", type=Path, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.step:
        return step(given.step, given.run, given.way, given.begun)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in range(given.passes):
            if len(kills(given.results)) >= given.kills:
                break
            with tempfile.TemporaryDirectory(prefix="smartroute-kills-") as scratch:
                one_pass(Path(scratch), given)
    return report(given.results)


def one_pass(scratch: Path, given: argparse.Namespace) -> None:
    """One run of all weeks; how each is run follows how many runs there were."""
    results = given.results.resolve()
    count, before = len(kills(results)), len({line["run"] for line in lines(results)})
    seconds = {(line["week"], line["way"]): line["continued"] for line in lines(results) if "continued" in line}
    os.environ["SMARTROUTE_REHEARSAL_DIR"] = str(scratch / "rehearsal")
    os.environ.update({k: v for k, v in daemon.up().items() if not k.startswith("SMARTROUTE_REDSHIFT_")})
    copy_to(scratch / "work")
    chance = random.Random(given.seed + count)
    one = Pass(scratch / "work", f"killed-{count:04d}", chance, results, seconds=seconds)
    try:
        for number, week in enumerate(WEEKS):
            way = given.ways[(number + before + given.seed) % len(given.ways)] if week in given.weeks else "headless"
            for _ in range(given.each if week in given.weeks else 0):
                one.killed(week, way)
            one.through(week, way)
            print(f"{len(kills(results))} kills, week {week} ({way}): {one.wrong or 'well'}", flush=True)
        found = verify(one.folder)
        words = [p.what for p in found.problems] + [c.words for c in found.runs[0].claims]
        one.write({"run": one.run_id, "verified": found.exit_code}, words if found.exit_code else [])
    finally:
        for pid in [pid for other in one.others() for pid in (other, *below(other))]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        daemon.down()


def report(results: Path) -> int:
    """Print how often what was killed, and what was wrong; 1 where anything was."""
    table = Counter((line["week"], line["way"], line["whom"]) for line in kills(results))
    print("| week | how it ran | what was killed | times |\n|---|---|---|---|")
    print("\n".join(f"| {' | '.join(key)} | {count} |" for key, count in sorted(table.items())))
    print(", ".join(f"{way}: {sum(n for key, n in table.items() if key[1] == way)}" for way in sorted(set(WAYS))))
    continued = [line for line in lines(results) if "continued" in line]
    attempts = f"{sum(line['begun'] for line in continued)} attempts, {sum(line['seals'] for line in continued)} seals"
    verified = [line["verified"] for line in lines(results) if "verified" in line]
    print(f"{len(continued)} weeks continued to the end ({attempts}); {len(verified)} whole records verified")
    wrong = [f"{line['run']}, week {line.get('week')}: {one}" for line in lines(results) for one in line["wrong"]]
    print(f"{len(kills(results))} kills; wrong: {wrong or 'nothing'}")
    return 1 if wrong else 0


def lines(results: Path) -> list[dict[str, Any]]:
    """What was written so far."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []


def kills(results: Path) -> list[dict[str, Any]]:
    """The kills so far."""
    return [line for line in lines(results) if "whom" in line]


if __name__ == "__main__":
    sys.exit(main())
