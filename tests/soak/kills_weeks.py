"""Kill whole weeks with SIGKILL, headless and stepped through in a Jupyter kernel, and see that each one continues.

    PYTHONPATH=tests python -m soak.kills_weeks [--kills 200] [--results FILE] [--seed 1]      # make soak-weeks

A pass is one run of four weeks and the rollback against stand-ins that stay up, as AWS would. Each week is begun and
killed several times before it may end: its runner alone, its kernel alone, or everything that works on the run; at a
random moment, or at one just after its last cell, when it is sealed. Half of the weeks are stepped through as
JupyterLab does it: a kernel that knows its notebook, one cell after the other, saved after each, gates signed by a
person. After each kill nothing may say finished that is not sealed; at the end every attempt has its sealed notebook,
and the whole record verifies.

FILE gets a line for each kill; started again with the same FILE, it goes on where it was stopped.
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

LONGEST = 600.0
"""Seconds that a week may take on a busy machine."""
SIGN = """\
if gate.status().state != "signed":
    gate.sign("Ada Lovelace", "read", gate.items, reasons=dict.fromkeys(gate.against, "rehearsed"))
"""


# ---- a person at JupyterLab ------------------------------------------------------------------------------------


def step(path: Path, run_id: str) -> int:
    """Execute a notebook cell by cell in one kernel, save it after each, sign each gate; 1 where a cell fails."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    book = nbformat.read(path, 4)
    parameters = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", ()))
    parameters.source = parameters.source.replace('run_id: str = ""', f'run_id: str = "{run_id}"')
    client = NotebookClient(book, timeout=None, kernel_name="python3")
    environment = {**os.environ, "JPY_SESSION_NAME": str(path)}
    with client.setup_kernel(env=environment, cwd=str(path.parent)):
        for at, cell in [(at, cell) for at, cell in enumerate(book.cells) if cell.cell_type == "code"]:
            try:
                client.execute_cell(cell, at)
                if "run.gate(" in cell.source:
                    book.cells.append(nbformat.v4.new_code_cell(SIGN))
                    client.execute_cell(book.cells[-1], len(book.cells) - 1, store_history=False)
                    book.cells.pop()
            except (CellExecutionError, DeadKernelError) as error:
                print(error, file=sys.stderr)
                return 1
            finally:
                written = path.with_name(f".{path.name}.saving")
                nbformat.write(book, written)
                written.replace(path)
    return 0


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
    def said(self) -> Path:
        """What the last process said on its way out."""
        return self.base / "said.txt"

    def entries(self, *kinds: str, week: str) -> list[dict[str, Any]]:
        """Journal entries of a week."""
        found = [json.loads(path.read_bytes()) for path in sorted((self.folder / "journal").glob("0*.json"))]
        return [entry for entry in found if entry["kind"] in kinds and entry["body"].get("week") == week]

    def start(self, week: str, way: str) -> subprocess.Popen[bytes]:
        """The week under way."""
        options = ["--environment", "rehearsal", "--run-id", self.run_id]
        command = [sys.executable, "-m", "smartroute_runbook", "run", week, *options, "--json"]
        if way == "stepped":
            notebook = self.base / "runbooks" / week_of(week)["notebook"]
            command = [sys.executable, __file__, "--step", str(notebook), "--run", self.run_id]
        with self.said.open("w") as said:  # no pipe: a kernel that outlives its runner holds it open
            return subprocess.Popen(
                command, cwd=self.base, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )

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
        # When JupyterLab's cells are through, a process of its own still seals.
        others = [pid for pid, _, line in processes() if self.run_id in line and pid not in (os.getpid(), process.pid)]
        if process.poll() is not None and not others:
            return False
        kernels = [pid for pid, line in below(process.pid).items() if "ipykernel" in line]
        targets = {"all": [process.pid, *below(process.pid), *others], "runner": [process.pid], "kernel": kernels}[whom]
        for pid in targets or [process.pid, *others]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        after = time.monotonic() - began
        process.wait(LONGEST)
        orphaned = time.monotonic()
        while any(map(alive, kernels)) and time.monotonic() < orphaned + 60:
            time.sleep(0.1)
        if any(map(alive, kernels)):
            self.wrong.append(f"{week}, {way}: a kernel outlived its killed {whom}")
        told = {"run": self.run_id, "week": week, "way": way, "whom": whom, "after": round(after, 2)}
        told |= {"end": at_the_end, "orphan_seconds": round(time.monotonic() - orphaned, 1), "code": process.returncode}
        self.look(told)
        return True

    def look(self, told: dict[str, Any]) -> None:
        """What says finished after a kill is sealed, page and attestation too."""
        problems: list[str] = []
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
            told["states"] = states
            told["verify"] = sorted({problem.what for problem in verify(self.folder, under_way=True).problems})
        self.wrong += [f"{told['run']}, week {told['week']}, {told['way']}, {told['whom']}: {one}" for one in problems]
        with self.results.open("a") as file:
            file.write(json.dumps({**told, "wrong": problems}) + "\n")

    def through(self, week: str, way: str) -> None:
        """The same command again, to the end and to the seal."""
        began = time.monotonic()
        while True:
            process = self.start(week, way)
            process.wait(LONGEST)
            said = self.said.read_text()
            if process.returncode != 4 or "lease" not in said or time.monotonic() > began + 120:
                break
            time.sleep(2)
        self.seconds[week, way] = time.monotonic() - began
        if process.returncode:
            self.wrong.append(f"{self.run_id}, week {week}, {way}: did not continue ({process.returncode}): {said}")
        while way == "stepped" and not self.sealed(week) and time.monotonic() < began + LONGEST:
            time.sleep(0.2)
        if not self.sealed(week):
            self.wrong.append(f"{self.run_id}, week {week}, {way}: finished, and never sealed")
        begun, seals = len(self.entries("week-started", week=week)), len(self.entries("sealed", week=week))
        if begun > seals:  # an attempt that was killed before its week was begun has its notebook too
            self.wrong.append(f"{self.run_id}, week {week}, {way}: begun {begun} times, sealed {seals} times")

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
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--results", type=Path, default=Path("kills-weeks.jsonl"))
    ask.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    ask.add_argument("--run", help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.step:
        return step(given.step, given.run)
    wrong: list[str] = []
    seconds: dict[tuple[str, str], float] = {}
    for _ in range(given.passes):
        if (count := len(lines(given.results))) >= given.kills:
            break
        with tempfile.TemporaryDirectory(prefix="smartroute-kills-") as scratch:
            os.environ["SMARTROUTE_REHEARSAL_DIR"] = str(Path(scratch) / "rehearsal")
            environ = {k: v for k, v in daemon.up().items() if not k.startswith("SMARTROUTE_REDSHIFT_")}
            os.environ.update(environ)
            copy_to(Path(scratch) / "work")
            chance = random.Random(given.seed + count)
            one = Pass(Path(scratch) / "work", f"killed-{count:04d}", chance, given.results.resolve(), seconds=seconds)
            try:
                for number, week in enumerate(WEEKS):
                    way = ("headless", "stepped")[(number + count // 5 + given.seed) % 2]
                    for _ in range(given.each):
                        one.killed(week, way)
                    one.through(week, way)
                    print(f"{len(lines(given.results))} kills, week {week} ({way}): {one.wrong or 'well'}", flush=True)
                found = verify(one.folder)
                if found.exit_code:
                    said = [p.what for p in found.problems] + [c.words for c in found.runs[0].claims]
                    one.wrong.append(f"{one.run_id}: the record does not verify: {said}")
            finally:
                daemon.down()
            wrong += one.wrong
    told = lines(given.results)
    table = Counter((line["week"], line["way"], line["whom"]) for line in told)
    print("| week | how it ran | what was killed | times |\n|---|---|---|---|")
    print("\n".join(f"| {' | '.join(key)} | {count} |" for key, count in sorted(table.items())))
    print(f"{len(told)} kills; wrong: {wrong + [one for line in told for one in line['wrong']] or 'nothing'}")
    return 1 if wrong else 0


def lines(results: Path) -> list[dict[str, Any]]:
    """The kills so far."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
