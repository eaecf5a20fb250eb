"""The A/B week on the stand-ins, by the product's own drivers: is A/A called equal, does a kill cost a pair?

    eval "$(smartroute-runbook rehearse --keep | grep '^export')"
    python benchmarks/ab_engines.py [aa] [kills]

The questions are those that the rehearsal registered in its third week, over the rows that its second week loaded.
In an A/A week both arms are sessions of one stand-in: Redshift with its texts, and in turn Athena with the lake's. The
kills are SIGKILL of a process that compares Athena with Redshift, as ``experiment run`` does. ``AB_ASK`` names the
queries that are asked (with commas; else all), ``AB_FIRST`` the first A/A week, to go on with.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.ab_week import Bench, registration

from smartroute_runbook.measure.ab import run_week
from smartroute_runbook.measure.ab.arms import Engines
from smartroute_runbook.measure.ab.criteria import Thresholds
from smartroute_runbook.measure.ab.money import MonthRates
from smartroute_runbook.measure.ab.reading import week_of
from smartroute_runbook.measure.ab.registration import current, keep
from smartroute_runbook.measure.ab.samples import read
from smartroute_runbook.runs.run import Run

LIMITS = Thresholds(p95_seconds=None, expected_seconds=None)  # equal engines miss an absolute target together
RATES = MonthRates(5.0, 1.0, "")
AA = {"hours": 16, "an_hour": 3, "hour_seconds": 0.8}  # 48 pairs in 16 epochs, each a block
KILLED = {"hours": 10, "an_hour": 2, "hour_seconds": 0.1, "sessions": 2}


class Twice:
    """Both arms are sessions of one engine, each arm's its own."""

    def __init__(self, run, made, side):
        self._arms, self._side = [Engines(run, made) for _ in range(2)], side

    def sides(self):
        return tuple(arm.sides()[self._side] for arm in self._arms)

    def begin(self, label):
        for number, arm in enumerate(self._arms):
            arm.begin(f"{label}-{number}")

    def spent(self, label, asked):
        return self._arms[1].spent(f"{label}-1", asked) if self._side else [None] * len(asked)

    def renew(self, control, candidate):
        for arm, busy in zip(self._arms, (control, candidate), strict=True):
            arm.renew(set(), busy if self._side else set())

    def close(self):
        for arm in self._arms:
            arm.close()


def bench_of(questions, seed, **how):
    """A week of the rehearsal's questions, registered in a folder of its own."""
    bench = Bench(Path(tempfile.mkdtemp(prefix="ab-engines-")))
    made, laid = registration(seed=seed, answer_seconds=30.0, thresholds=LIMITS, **how)
    named = tuple(replace(questions[n % len(questions)], week=1000.0) for n in range(len(made.questions)))
    made = replace(made, questions=named, judged=tuple(one.query for one in named), power={})
    bench.store.put_new(f"{bench.id}/experiment/arrivals-{made.arrivals[:12]}.parquet", laid.data)
    keep(bench, made)
    return bench, made


def judged(bench, made):
    return week_of(read(bench.store, bench.id, made), made, RATES, True)


def equal_engines(opened, questions, weeks: int = 40) -> None:
    print("\n| week | engine | verdict | ratio | p95 of both, s | void | missed |\n|---|---|---|---|---|---|---|")
    kinds: Counter[tuple[str, str]] = Counter()
    for number in range(int(os.environ.get("AB_FIRST", "0")), weeks):
        side = 1 - number % 2
        name = ("Athena", "Redshift")[side]
        asked = [one for one in questions if one.query in os.environ.get("AB_ASK", one.query).split(",")]
        asked = [asked[(number // 2 + n) % len(asked)] for n in range(2)]
        bench, made = bench_of(asked, 100 + number, **AA)
        run_week(bench, made, arms=lambda _, made, side=side: Twice(opened, made, side))
        week = judged(bench, made)
        lines = {c.name: c for c in week.verdict.criteria}
        kinds[name, week.verdict.kind] += 1
        missed = ", ".join(c.name for c in week.verdict.criteria if c.outcome == "missed") or "-"
        last = week.line[-1]
        p95 = " ".join(f"{one.value:.3f}" if one else "-" for one in (last.control, last.candidate))
        ratio = lines["latency of all requests"].candidate
        print(f"| {number + 1} | {name} | {week.verdict.kind} | {ratio} | {p95} | {week.void} | {missed} |", flush=True)
        assert week.pairs == week.compared == made.pairs, (week.pairs, week.compared, week.failures)
    print(f"\n{weeks} weeks of {made.pairs} pairs: {dict(kinds)}")


def kills(_opened, questions, wanted: int = 100) -> None:
    """SIGKILL at random moments; each week goes on until it is whole, and is then held against an undisturbed one."""
    rng, killed, weeks, bad = random.Random(5), 0, 0, []
    questions = [one for one in questions if one.query in os.environ.get("AB_ASK", one.query).split(",")]
    bench, made = bench_of(questions[:2], 7, **KILLED)
    began = time.perf_counter()
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        in_child(bench, made)
    whole, calm = time.perf_counter() - began, told(judged(bench, made))
    print(f"undisturbed: {whole:.1f} s, {calm}", flush=True)
    while killed < wanted:
        bench, made = bench_of(questions[:2], 7, **KILLED)
        of_this, going = 0, True
        while going:
            child = os.fork()
            if child == 0:
                in_child(bench, made)
            going = killed < wanted and killed_at_random(child, rng, whole)
            killed, of_this = killed + going, of_this + going
            if not going and killed >= wanted:
                os.waitpid(child, 0)
        weeks += 1
        table = read(bench.store, bench.id, made)
        once = Counter(zip(*(table[name].to_pylist() for name in ("round", "epoch", "arrival")), strict=True))
        same = told(judged(bench, made))
        if len(once) != made.pairs or max(once.values()) > 1 or same != calm:
            bad.append((of_this, len(once), made.pairs, same))
        print(f"week {weeks}: {of_this} kills, {len(once)} of {made.pairs} pairs, each once; {same}", flush=True)
    print(f"\n{killed} kills over {weeks} weeks: {len(bad)} with a lost or doubled pair or another verdict {bad or ''}")


def in_child(bench, made) -> None:
    """As ``experiment run``: clients and sessions of its own; never returns."""
    try:
        opened = Run.open("rehearsal", os.environ["AB_RUN"], create=False)
        run_week(bench, made, arms=lambda _, made: Engines(opened, made))
    finally:
        os._exit(0)


def killed_at_random(child: int, rng: random.Random, within: float) -> bool:
    """Whether the process was still alive at a random moment, and is not any more."""
    time.sleep(rng.uniform(0.0, within))
    if os.waitpid(child, os.WNOHANG)[0]:
        return False
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def told(week):
    """What must be the same, however often it was killed: the verdict, and of each line whether it is met."""
    lines = {c.name: c.outcome for c in week.verdict.criteria}
    return week.verdict.kind, week.pairs, week.compared, lines["latency of all requests"], lines["failures"]


PARTS = {"aa": equal_engines, "kills": kills}


def main() -> None:
    load, now = ", ".join(f"{value:.1f}" for value in os.getloadavg()), datetime.now(UTC)
    print(f"{now:%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, load {load}")
    opened = Run.open("rehearsal", os.environ.get("AB_RUN", ""), create=False)
    os.environ["AB_RUN"] = opened.id
    questions = current(opened).questions
    print(f"questions: {', '.join(one.query for one in questions)}")
    for name in sys.argv[1:] or PARTS:
        print(f"\n## {name}", flush=True)
        PARTS[name](opened, questions)


if __name__ == "__main__":
    sys.exit(main())
