"""The watch over bad releases, and its rules over ordinary days."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from support.noise import noisy

from smartroute_runbook import operate
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions
from smartroute_runbook.operate.rules import Judge
from smartroute_runbook.operate.sampling import limits_of
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.faults.schedule import FaultRule

from .users import QUERIES, Users
from .world import World

EVERY, COMPARE_EVERY = 3.0, 6.0  # seconds between two rounds of the watch, and between two comparisons
TWO_DAYS = 50  # times 48 simulated hours
BEFORE = 5.0  # seconds of a good watch before something is planted


def _lag(run: Run, world: World, seconds: float) -> None:
    where = dimensions(run.settings.redshift.cluster, run.settings.athena.tables[0])
    data = {"MetricName": LAG, "Dimensions": where, "Value": seconds, "Unit": "Seconds"}
    world.stack.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])


#: What is planted: the rule that shall trip, how it begins, and how it ends.
BAD: dict[str, tuple[Any, Callable[[Run, World], Any], Callable[[Run, World], Any]]] = {
    "a failing query": (
        "failing query",
        lambda _, world: world.publish(two="SELECT no_column"),
        lambda _, world: world.publish(),
    ),
    "a wrong number": (
        "wrong answer",
        lambda _, world: world.publish(two="SELECT 9 AS two"),
        lambda _, world: world.publish(),
    ),
    "slow queries: 2 s, the limit is 1.5 s": (
        "slow query",
        lambda _, world: world.faults.add(FaultRule("slow", "redshift-query", "Query", seconds=2.0)),
        lambda _, world: world.faults.clear(),
    ),
    "stale data: 150 minutes, the limit is 120": (
        "stale data",
        lambda run, world: _lag(run, world, 9000),
        lambda run, world: _lag(run, world, 0),
    ),
}


def releases(world: World, users: Users, rows: Any, more: Callable[[], bool], _times: int) -> None:
    """Each bad release: seconds until its rule trips, the parameter is Athena's, and the root cause is kept as well."""
    known = {row["planted"] for row in rows.of("releases")}
    for name, (rule, begin, end) in BAD.items():
        if name in known or not more():
            continue
        run = world.ready()
        quick = run.settings.dashboard.model_copy(update={"compare_every": COMPARE_EVERY})
        run.settings = run.settings.model_copy(update={"dashboard": quick})
        run.do(operate.Switch("redshift", QUERIES))
        planted = list[float]()

        def plant(begin: Any = begin, run: Run = run, planted: list[float] = planted) -> None:
            planted.append(time.time())
            begin(run, world)

        threading.Timer(BEFORE, plant).start()
        seen = operate.observe(run, QUERIES, operate.Agreement(run, QUERIES), hours=0.1, every=EVERY)
        back, left = time.time() - planted[0], world.parameter
        end(run, world)
        (trip,) = run.journal.of("watch-tripped")
        tripped = datetime.fromisoformat(trip.at).timestamp() - planted[0]
        stated = limits_of(run).seconds_to_trip(EVERY, COMPARE_EVERY)[rule] + EVERY
        met = users.met(planted[0])
        told = {"planted": name, "rule": seen.findings[0].split(":")[0], "left": left, "failed": met.failed}
        moved = world.set_at("athena", planted[0]) - planted[0]
        times = {
            "stated": stated,
            "tripped": tripped,
            "moved": moved,
            "back": back,
            "every": EVERY,
            "compare_every": COMPARE_EVERY,
        }
        rows.add("releases", **told, **times, wrong=met.wrong)
        world.to_athena()


def days(_world: World, _users: Users, rows: Any, more: Callable[[], bool], _times: int) -> None:
    """Ordinary days, read by the real rules."""
    if rows.of("days") or not more():
        return
    false = rounds = 0
    for seed in range(TWO_DAYS):
        judge, tripped = Judge(), False
        for one in noisy(random.Random(1000 + seed)):
            rounds += 1
            tripped = bool(judge.read(one)) or tripped
        false += tripped
    rows.add("days", times=TWO_DAYS, rounds=rounds, false=false)
