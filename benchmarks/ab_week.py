"""The A/B week: is its verdict calibrated, does a kill cost or double a sample?

    python benchmarks/ab_week.py [calibration] [kills]

Engines are simulated where the truth must be known: both arms get the same arrivals, each has its own queue. The kills
are real (SIGKILL), of a process that runs a compressed week into a folder. Its generator: ab_generator.py; on the
stand-ins: ab_engines.py.
"""

from __future__ import annotations

import math
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.ab_week import Bench, Ducks, registered

from smartroute_runbook.measure.ab import run_week
from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.money import MonthRates
from smartroute_runbook.measure.ab.planning import pairs_needed
from smartroute_runbook.measure.ab.reading import week_of
from smartroute_runbook.measure.ab.samples import read
from smartroute_runbook.measure.ab.verdict import Measured, verdict

QUERIES = [f"q{number}" for number in range(6)]
SERVICE, SPREAD, STALL = 0.1, 0.25, 1.5  # seconds; of the logarithm; seconds
LIMITS = Thresholds(p95_seconds=None, expected_seconds=None)  # equal engines miss an absolute target together


def simulated(
    rng, *, epochs=112, an_epoch=20, load=0.7, sessions=8, stalls=0.01, slower=1.0, tail=0.0, drained=True, only=None
):
    """A week of pairs of both engines under the same arrivals."""
    count = epochs * an_epoch
    gap = (SERVICE * math.exp(SPREAD**2 / 2) + stalls * STALL) / load / sessions
    share = 1 / np.arange(1, len(QUERIES) + 1)
    query = rng.choice(len(QUERIES), count, p=share / share.sum())
    base = 0.5 + query / len(QUERIES)
    base *= SERVICE / base.mean()
    at = np.concatenate([np.cumsum(rng.exponential(gap, an_epoch)) for _ in range(epochs)])
    sides = []
    for side in range(2):
        service = base * rng.lognormal(0, SPREAD, count)
        service *= np.where(query == only if only is not None else True, slower if side else 1.0, 1.0)
        service *= np.where(rng.random(count) < (tail if side else 0.0), 10, 1)
        service += STALL * (rng.random(count) < stalls)
        sides.append(waited(at, service, an_epoch, sessions, drained=drained))
    flags = [np.zeros(count, bool) for _ in range(4)]
    epoch = np.repeat(np.arange(epochs), an_epoch)
    return Measured(epoch, np.array(QUERIES)[query], *sides, *flags, np.ones(count, bool), np.ones(count, bool))


def waited(at, service, an_epoch, sessions, *, drained):
    """Latencies from the scheduled start; a queue is handed on to the next epoch only where it is not drained."""
    latency, free = np.empty(len(at)), np.zeros(sessions)
    for n, (moment, takes) in enumerate(zip(at.tolist(), service.tolist(), strict=True)):
        if n % an_epoch == 0:
            free = np.zeros(sessions) if drained or not n else np.maximum(0, free - at[n - 1])
        session = free.argmin()
        free[session] = max(moment, free[session]) + takes
        latency[n] = free[session] - moment
    return latency


def trials(title, count, seed=11, wrong=0, **how):
    rng, found, missed = np.random.default_rng(seed), Counter(), Counter()
    started = time.perf_counter()
    for _ in range(count):
        week = simulated(rng, **how)
        if wrong:
            week.different[rng.choice(len(week), wrong, replace=False)] = True
        judged = verdict(week, LIMITS, QUERIES)
        found[judged.kind] += 1
        missed.update(c.name for c in judged.criteria if c.outcome == "missed")
    pairs = how.get("epochs", 112) * how.get("an_epoch", 20)
    told = ", ".join(f"{kind} {number}" for kind, number in found.most_common())
    by = ", ".join(f"{name} {number}" for name, number in missed.most_common(3))
    print(f"| {title} | {pairs:,} | {count} | {told} | {by or '-'} | {time.perf_counter() - started:.0f} |", flush=True)


def calibration() -> None:
    print("\n| engines | pairs | weeks | verdicts | missed | seconds |\n|---|---|---|---|---|---|")
    for sessions in (1, 8):
        for drained in (True, False):
            words = "" if drained else ", queue handed on from epoch to epoch"
            title = f"A/A, 70 % load, 1 % stalls of 1.5 s, {sessions} sessions{words}"
            trials(title, 300, sessions=sessions, drained=drained)
    spread = math.sqrt(2) * SPREAD
    needed = pairs_needed(spread, Thresholds(), len(QUERIES) + 3)
    share = 1 / len(QUERIES) / (1 / np.arange(1, len(QUERIES) + 1)).sum()  # of the rarest query
    wanted = math.ceil(needed / share / 112)
    print(f"\nAt the stated power (95 %) each query takes {needed} pairs, the week {112 * wanted:,}.")
    print("\n| engines | pairs | weeks | verdicts | missed | seconds |\n|---|---|---|---|---|---|")
    how = {"an_epoch": wanted, "load": 0.3}
    trials("20 % slower, 30 % load, 1 % stalls", 100, slower=1.2, **how)
    trials("the rarest query alone 20 % slower", 100, slower=1.2, only=len(QUERIES) - 1, **how)
    trials("equal, 30 % load, 1 % stalls", 100, **how)
    trials("20 % slower, a fifth of these pairs", 100, slower=1.2, an_epoch=wanted // 5, load=0.3)
    trials("1 wrong answer in 10,000", 100, wrong=1, epochs=100, an_epoch=100, load=0.3)
    trials("10x slow at 1 % of requests, 1 % stalls in both", 100, tail=0.01, an_epoch=90, load=0.3)
    trials("10x slow at 1 % of requests, no stalls", 100, tail=0.01, stalls=0.0, load=0.3)
    rng = np.random.default_rng(3)
    judged = verdict(simulated(rng, tail=0.01, stalls=0.0, an_epoch=90, load=0.3), LIMITS, QUERIES)
    lines = {c.name: c for c in judged.criteria}
    for name in ("slow requests", "p99 of all requests"):
        print(f"\n{name}: control {lines[name].control}, candidate {lines[name].candidate}: {lines[name].outcome}")


WEEK = {"hours": 24, "an_hour": 10, "hour_seconds": 0.1}
ARMS = {"control": {"seconds": 0.02}, "candidate": {"seconds": 0.005}}  # faster: nobody but chance could say worse


def kills(wanted: int = 100) -> None:
    """SIGKILL at random moments; each week goes on until it is whole, and is then held against an undisturbed one."""
    rng, killed, weeks, bad = random.Random(5), 0, 0, []
    calm = told(undisturbed())
    while killed < wanted:
        bench = Bench(Path(tempfile.mkdtemp(prefix="ab-week-")))
        made, of_this = registered(bench, **WEEK), 0
        while True:
            child = os.fork()
            if child == 0:
                run_week(bench, made, arms=Ducks(**ARMS))
                os._exit(0)
            ended = killed < wanted and killed_at_random(child, rng)
            killed, of_this = killed + bool(ended), of_this + bool(ended)
            if not ended:
                if killed >= wanted:
                    os.waitpid(child, 0)
                break
        weeks += 1
        table = read(bench.store, bench.id, made)
        once = Counter(zip(*(table[name].to_pylist() for name in ("round", "epoch", "arrival")), strict=True))
        same = told(week_of(table, made, MonthRates(5.0, 1.0, ""), False))
        if len(once) != made.pairs or max(once.values()) > 1 or same != calm:
            bad.append((of_this, len(once), made.pairs, same))
        print(f"week {weeks}: {of_this} kills, {len(once)} of {made.pairs} pairs, each once; {same}", flush=True)
    print(f"\n{killed} kills over {weeks} weeks: {len(bad)} with a lost or doubled pair or another verdict {bad or ''}")


def killed_at_random(child: int, rng: random.Random) -> bool:
    """Whether the process was still alive at a random moment, and is not any more."""
    time.sleep(rng.uniform(0.0, 2.5))
    if os.waitpid(child, os.WNOHANG)[0]:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def undisturbed():
    bench = Bench(Path(tempfile.mkdtemp(prefix="ab-week-")))
    made = registered(bench, **WEEK)
    run_week(bench, made, arms=Ducks(**ARMS))
    return week_of(read(bench.store, bench.id, made), made, MonthRates(5.0, 1.0, ""), False)


def told(week):
    """What must be the same, however often it was killed: the verdict, and of each line whether it is met."""
    lines = {c.name: c.outcome for c in week.verdict.criteria}
    return week.verdict.kind, week.pairs, week.compared, lines["latency of all requests"], lines["failures"]


PARTS = {"calibration": calibration, "kills": kills}


def main() -> None:
    load, now = ", ".join(f"{value:.1f}" for value in os.getloadavg()), datetime.now(UTC)
    print(f"{now:%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}")
    for name in sys.argv[1:] or PARTS:
        print(f"\n## {name}", flush=True)
        PARTS[name]()


if __name__ == "__main__":
    sys.exit(main())
