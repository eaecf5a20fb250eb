"""The cut-over under load: how long users stay on the old engine, what fails, and what a kill leaves behind.

    python benchmarks/cut_over.py [PART...] [--seconds N]

One hundred clients ask the reference API (1 s cache of the parameter). Meanwhile the dashboard is cut over and back by
the week's own steps, each time in a run whose gates are signed: with Redshift well (``switches``), paused, wrong, slow,
with SSM throttled (``troubles``), and killed with SIGKILL at random moments (``kills``). Then bad releases are planted
under the watch (``releases``), and its rules read 50 times 48 simulated hours (``days``). The engines are stand-ins on
one machine: the numbers say how the switch behaves, and nothing about AWS's times.

What was measured lies in ``results/cut_over.jsonl``; a second call measures the rest. Remove it to begin anew.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cutting_over.page import PARTS, Rows, page
from cutting_over.users import QUERIES, Users
from cutting_over.watching import days, releases
from cutting_over.world import DASHBOARD, SETTINGS, TROUBLES, World

from smartroute_runbook import operate
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.operate.back import go_back
from smartroute_runbook.rehearsal.stack import Stack

RESULTS = Path(__file__).parent / "results"
LONGEST_KILL = 10.0  # seconds: about what a cut-over takes
SETTLED = 1.5  # seconds: the API's cache, and a little

More = Callable[[], bool]


def switches(world: World, users: Users, rows: Rows, more: More, times: int) -> None:
    """Cut-overs and ways back."""
    while len(rows.of("switches")) < times and more():
        run, began = world.ready(), time.time()
        run.do(operate.CutOver(QUERIES))
        took = time.time() - began
        time.sleep(SETTLED)
        asked_back = time.time()
        run.do(operate.Switch("athena", QUERIES))
        time.sleep(SETTLED)
        whole, home = world.set_at("redshift@", began), world.set_at("athena", asked_back)
        there = max(0.0, users.met(whole, home).last("athena") - whole)
        back = max(0.0, users.met(home).last("redshift") - home)
        met = users.met(began)
        seconds = {"took": took, "there": there, "back": back}
        rows.add("switches", **seconds, requests=len(met.requests), failed=met.failed, wrong=met.wrong)


def troubles(world: World, users: Users, rows: Rows, more: More, _times: int) -> None:
    """Each trouble: there before the attempt, beginning while 10 % are tried, and while all are."""
    known = {(row["trouble"], row["share"]) for row in rows.of("troubles")}
    for name, share in ((name, share) for name in TROUBLES for share in (0, 10, 100)):
        while (name, share) not in known and more():
            if _troubled(world, users, rows, name, share):
                known.add((name, share))
            else:
                print(f"{name}: the attempt ended before {share} % were tried; once more", flush=True)
            world.to_athena()


def _troubled(world: World, users: Users, rows: Rows, name: str, share: int) -> bool:
    """One attempt with a trouble; whether the attempt lived until the trouble was to begin."""
    (begin, end), run, began = TROUBLES[name], world.ready(), time.time()
    with suppress(RunbookError), world.at_share(share, lambda: begin(world)) as begun:
        run.do(operate.CutOver(QUERIES))
    if not begun.is_set():
        return False
    time.sleep(SETTLED + 2)
    met, left = users.met(began), world.parameter
    end(world)
    counts = {"requests": len(met.requests), "failed": met.failed, "wrong": met.wrong, "instead": met.instead}
    told = {"page": world.page(run), "left": left, "slowest": met.slowest, "why": run.switches().switches[-1].why}
    rows.add("troubles", trouble=name, share=share, **counts, **told)
    return True


def kills(world: World, users: Users, rows: Rows, more: More, times: int) -> None:
    """SIGKILL at random moments of a cut-over; then nobody does anything until its trial is over."""
    while (n := len(rows.of("kills"))) < times and more():
        run, chance = world.ready(), random.Random(n)
        began, killed, left = _killed(world, run.id, chance.uniform(0.0, LONGEST_KILL))
        time.sleep(DASHBOARD["trial_seconds"] + 1 + SETTLED)  # its last second may be a part of one
        over = time.time()
        time.sleep(SETTLED)
        met = users.met(began)
        counts = {"requests": len(met.requests), "failed": met.failed, "wrong": met.wrong}
        counts["unanswered"] = users.met(over).failed
        late = max(0.0, met.last("redshift") - killed) if "@" in left else 0.0
        told = world.page(run)
        go_back(parse_settings(SETTINGS), lambda name=run.id: world.opened(name), lambda _: QUERIES)
        first = next(iter(run.switches().switches))
        noted = first.outcome if first.to == "redshift" else "not begun"
        where = re.sub("@.*", ", a trial", left)
        rows.add("kills", after=killed - began, left=where, late=late, page=told, noted=noted, **counts)


def _killed(world: World, name: str, after: float) -> tuple[float, float, str]:
    """A cut-over in a process of its own, killed: when it began, when it was killed, and the parameter then."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-m", "cutting_over.world", str(world.base), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        began = time.time()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=after)
        worker.kill()  # SIGKILL
    return began, time.time(), world.parameter


MEASURE = {"switches": switches, "troubles": troubles, "kills": kills, "releases": releases, "days": days}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--times", type=int, default=20, help="of switches and kills")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after so long")
    given = parser.parse_args()
    began, rows = time.monotonic(), Rows(RESULTS / "cut_over.jsonl")
    with Stack(trips_share=0.002) as stack, tempfile.TemporaryDirectory() as folder:
        world = World(stack, Path(folder))
        with Users(stack.dashboard.url, Path(folder) / "users.jsonl") as users:
            for name in given.parts or PARTS:
                MEASURE[name](world, users, rows, lambda: time.monotonic() - began < given.seconds, given.times)
    (RESULTS / "cut_over.md").write_text(page(rows), encoding="utf-8")
    print(page(rows))


if __name__ == "__main__":
    main()
