"""The stand-ins with a cluster, three published queries, and runs that have reached the gate before the cut-over.

    python -m cutting_over.world BASE RUN

cuts over in a run and is there to be killed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.gates import do_signed, reach, sign

from smartroute_runbook import operate, prepare
from smartroute_runbook.api.routing import Route
from smartroute_runbook.record.report import report
from smartroute_runbook.rehearsal import smartroute_account as account
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.switching import Attempt
from smartroute_runbook.standins.faults.schedule import FaultRule, Faults

from .users import QUERIES

DASHBOARD = {
    "canary_seconds": 0.5, "cache_seconds": 1.2, "trial_seconds": 2, "answer_seconds": 4.0, "probe_seconds": 0.5,
    "switch_seconds": 60.0, "slow_seconds": 1.5,
}  # fmt: skip
SETTINGS = {"dashboard": DASHBOARD, "redshift": {"timeout_seconds": 60}}


class World:
    """What the benchmark does to the dashboard's world, and reads of it."""

    def __init__(self, stack: Any, base: Path) -> None:
        self.stack, self.base, self.faults = stack, base, Faults()
        stack.gateway.fault = self.faults
        (base / "parameters").mkdir()
        first = reach(self.opened("cluster"), 1, through="week1.decision")
        do_signed(first, prepare.steps(first))
        self.publish()
        self._runs = 0

    def opened(self, name: str) -> Run:
        return Run.open("rehearsal", name, SETTINGS, base=self.base)

    def ready(self) -> Run:
        """A new run whose gate before the cut-over is signed."""
        self._runs += 1
        run = reach(self.opened(f"run-{self._runs:03}"), 4)
        sign(run, "week4.ready", run.propose(operate.CutOver(QUERIES)))
        return run

    def publish(self, **changed: str) -> None:
        """The queries on both sides; ``changed`` is Redshift's text of some."""
        for name, sql in QUERIES.items():
            for engine, text in (("athena", sql), ("redshift", changed.get(name, sql))):
                key = f"dashboard/queries/{engine}/{name}.sql"
                self.stack.client("s3").put_object(Bucket=account.LAKE, Key=key, Body=text.encode())

    @property
    def parameter(self) -> str:
        return str(self.stack.client("ssm").get_parameter(Name=account.ENGINE_PARAMETER)["Parameter"]["Value"])

    def set_at(self, value: str, since: float) -> float:
        """When the parameter first had a value that begins so; the moment that was given where it never had."""
        pages = self.stack.client("ssm").get_paginator("get_parameter_history")
        for page in pages.paginate(Name=account.ENGINE_PARAMETER):
            for one in page["Parameters"]:
                at = one["LastModifiedDate"].timestamp()
                if at >= since and one["Value"].startswith(value):
                    return float(at)
        return since

    def to_athena(self) -> None:
        """Whatever was left, the next measurement begins on Athena, and with an API that knows it."""
        self.stack.client("ssm").put_parameter(Name=account.ENGINE_PARAMETER, Value="athena", Overwrite=True)
        time.sleep(1.5)

    def pause(self, *, asleep: bool) -> None:
        redshift = self.stack.client("redshift")
        (redshift.pause_cluster if asleep else redshift.resume_cluster)(ClusterIdentifier="smartroute-analytics")
        wanted = "paused" if asleep else "available"
        while redshift.describe_clusters()["Clusters"][0]["ClusterStatus"] != wanted:
            time.sleep(0.1)
        if asleep:
            self.stack.redshift.disconnect()

    @contextmanager
    def at_share(self, share: int, begin: Callable[[], Any]) -> Iterator[threading.Event]:
        """Begin something as soon as Redshift gets this share of the requests; 0: at once. Yields whether it began."""
        over, begun = threading.Event(), threading.Event()

        def wait() -> None:
            while not over.wait(0.1):
                route = Route.parse(self.parameter)
                if route.engine == "redshift" and route.share == share:
                    begun.set()
                    begin()
                    return

        thread = threading.Thread(target=wait)
        if share:
            thread.start()
        else:
            begun.set()
            begin()
        try:
            yield begun
        finally:
            over.set()
            if share:
                thread.join()

    def page(self, run: Run) -> str:
        """How the last attempt ended, if the auditor's page says so and tells what users met."""
        attempts = run.switches().switches
        if not attempts:  # killed before it wrote that it begins: nobody was moved
            return "not begun"
        last: Attempt = attempts[-1]
        html = report(self.base / "records" / run.id, under_way=True).read_text(encoding="utf-8")
        row = next(part for part in html.partition('id="switches"')[2].split("<tr>")[::-1] if "to Redshift" in part)
        return last.outcome if last.outcome in row and "as users ask" in row else f"{last.outcome}, not on the page"


TROUBLES: dict[str, tuple[Callable[[World], Any], Callable[[World], Any]]] = {
    "Redshift paused": (lambda world: world.pause(asleep=True), lambda world: world.pause(asleep=False)),
    "Redshift answers wrongly": (lambda world: world.publish(two="SELECT 7 AS two"), World.publish),
    "Redshift 5 s slow": (
        lambda world: world.faults.add(FaultRule("slow", "redshift-query", "Query", seconds=5.0)),
        lambda world: world.faults.clear(),
    ),
    "SSM throttled, every second call": (
        lambda world: world.faults.add(FaultRule("throttle", "ssm", every=2)),
        lambda world: world.faults.clear(),
    ),
}


def main(base: Path, name: str) -> None:
    """One cut-over."""
    run = Run.open("rehearsal", name, SETTINGS, base=base)
    print("go", flush=True)
    run.do(operate.CutOver(QUERIES))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
