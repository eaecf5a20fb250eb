"""Engines that are dead, hang, throttle or are slow: what users get, and how late."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smartroute_runbook.standins.faults.schedule import FaultRule

from .clients import Asked, request
from .world import World

USERS = 20
ANSWER, DEADLINE = 4.0, 10.0  # seconds: of Redshift, and of a request
HANGS = 20.0  # seconds: longer than any of them
SETTINGS = {"SMARTROUTE_ANSWER_SECONDS": str(ANSWER), "SMARTROUTE_DEADLINE": str(DEADLINE)}


@dataclass(frozen=True)
class Trouble:
    """What is wrong, where the parameter points, and the deadline of what users are to get."""

    name: str
    begin: Callable[[World], object]
    route: str
    answered: bool
    within: float


def _hang(service: str, kind: str = "slow") -> Callable[[World], object]:
    return lambda world: world.faults.add(FaultRule(kind, service, seconds=HANGS))


TROUBLES = (
    Trouble("Redshift is paused", lambda world: world.pause(asleep=True), "redshift", False, ANSWER),
    Trouble("the Data API hangs", _hang("redshift-data"), "redshift", False, ANSWER),
    Trouble("the Data API throttles each call", _hang("redshift-data", "throttle"), "redshift", False, ANSWER),
    Trouble("queries of Redshift are slow", _hang("redshift-query"), "redshift", False, ANSWER),
    Trouble("the Data API hangs, in a trial", _hang("redshift-data"), "a trial", True, DEADLINE),
    Trouble("Redshift is paused, in a trial", lambda world: world.pause(asleep=True), "a trial", True, DEADLINE),
    Trouble("Athena hangs", _hang("athena"), "athena", False, DEADLINE),
    Trouble("Athena throttles each call", _hang("athena", "throttle"), "athena", False, DEADLINE),
    Trouble("queries of Athena are slow", _hang("athena-query"), "athena", False, DEADLINE),
    Trouble("S3 hangs, with no text read yet", _hang("s3"), "athena", False, DEADLINE),
    Trouble("SSM hangs, with no route read yet", _hang("ssm"), "redshift", True, DEADLINE),
)


@dataclass(frozen=True)
class Met:
    """What users met in a trouble."""

    trouble: Trouble
    asked: tuple[Asked, ...]
    after: int

    @property
    def slowest(self) -> float:
        return max(one.seconds for one in self.asked)

    @property
    def answers(self) -> str:
        """Engines that answered, or the errors, most frequent first."""
        said = (re.sub(r"within [0-9.]+ s", "in time", one.failed) for one in self.asked)
        met = Counter(why or f"answered by {one.engine}" for why, one in zip(said, self.asked, strict=True))
        return "; ".join(f"{often} x {what}" for what, often in met.most_common())

    @property
    def clean(self) -> bool:
        """All answered, or none, within the deadline and a second for 20 users of a busy machine; none wrong."""
        whole = all(bool(one.failed) != self.trouble.answered and not one.wrong for one in self.asked)
        return whole and self.slowest <= self.trouble.within + 1 and self.after == USERS


def troubled(world: World) -> list[Met]:
    """Each trouble under an API that has just started; ``after``: how many are answered when it is over."""
    found = []
    for one in TROUBLES:
        route = one.route
        if route == "a trial":
            route = f"redshift@{datetime.now(UTC) + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
        world.switch(route)
        with world.serving(**SETTINGS) as url:
            try:
                one.begin(world)
                asked = _all(url)
            finally:
                world.faults.clear()
                world.pause(asleep=False)
            found.append(Met(one, asked, sum(not later.failed for later in _all(url, patiently=True))))
            print(f"{one.name}: {found[-1].answers} {found[-1].slowest:.1f} s", flush=True)
    world.switch("athena")
    return found


def _all(url: str, *, patiently: bool = False) -> tuple[Asked, ...]:
    """All users at the same time; patiently: each asks up to three times, until calls that hang have gone."""

    def ask(_: int) -> Asked:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        for _attempt in range(10 if patiently else 1):
            one = request(connection, "one")
            if not one.failed:
                break
        connection.close()
        return one

    with ThreadPoolExecutor(USERS) as pool:
        return tuple(pool.map(ask, range(USERS)))
