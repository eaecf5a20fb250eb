"""SmartRoute in the stand-ins: its lake, its history of queries, its dashboard, the metrics of its cluster."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION
from smartroute_runbook.standins.api.gateway import Fault
from smartroute_runbook.standins.process import exported
from smartroute_runbook.standins.services.cloudwatch.publisher import Observer
from smartroute_runbook.standins.stack import StandIns

from . import smartroute_account as world

__all__ = ["CLUSTER", "Stack"]

CLUSTER, REDSHIFT_DATABASE = "smartroute-analytics", "smartroute"


class Stack:
    """SmartRoute in stand-ins of its own, as a context manager. One per process.

    While it runs, its environment (:meth:`environ`) is also the process's own; stopping restores what was there.

    Args:
        lake: a Parquet file or folder with rows of ``vehicles``; default: made from the timetable.
        days: days of the made lake.
        port: of the AWS endpoint; 0 for any free one.
        work_dir: for files and the log; default: a temporary folder, removed on stop.
        faults: called before each AWS call, see ``faults``.
        trino: address of a Trino that executes Athena's statements; without one DuckDB does.
        profile: how busy the dashboard's query history is, see ``query_history.PROFILES``.
        lake_options: further options of ``lake.write_lake``.
    """

    def __init__(
        self,
        lake: Path | None = None,
        days: int = 1,
        port: int = 0,
        work_dir: Path | None = None,
        faults: Fault | None = None,
        trino: str | None = None,
        profile: Literal["quiet", "light", "heavy"] = "light",
        **lake_options: Any,
    ) -> None:
        self._lake, self._days, self._profile, self._lake_options = lake, days, profile, lake_options
        self.standins = StandIns(
            cluster=CLUSTER, database=REDSHIFT_DATABASE, user="rehearsal", port=port, work_dir=work_dir, faults=faults,
            trino=trino,
        )  # fmt: skip
        self.client, self.timings = self.standins.client, self.standins.timings
        self.name, self.user, self.password = self.standins.name, self.standins.user, self.standins.password
        self._open = ExitStack()

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything; returns when it can be used.

        Raises:
            UsageError: another stack runs in this process, or the lake or port cannot be used.
        """
        try:
            self._open.enter_context(self.standins)
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops everything and removes what was temporary."""
        self._open.close()

    def environ(self) -> dict[str, str]:
        """What a client needs in its environment."""
        return {
            **self.standins.environ,
            "SMARTROUTE_REDSHIFT_HOST": "localhost",
            "SMARTROUTE_REDSHIFT_PORT": str(self.redshift.port),
            "SMARTROUTE_REDSHIFT_DATABASE": REDSHIFT_DATABASE,
            "SMARTROUTE_REDSHIFT_USER": self.user,
            "SMARTROUTE_REDSHIFT_PASSWORD": self.password,
        }

    # ---- parts, in the order in which they start -----------------------------------------------------------------

    def _start(self) -> None:
        standins = self.standins
        self.plane, self.gateway, self.server = standins.plane, standins.gateway, standins.server
        self.objects, self.athena, self.redshift = standins.objects, standins.athena, standins.redshift
        self.work_dir = standins.work_dir
        self._open.enter_context(exported(self.environ()))
        self._timed("lake", self._write_lake)
        self._timed("world", self._build_world)
        self._timed("history", self._seed_history)
        self._timed("dashboard", self._start_dashboard)
        self._start_observer()

    def _timed(self, name: str, part: Callable[[], None]) -> None:
        began = time.perf_counter()
        part()
        self.timings[name] = round(time.perf_counter() - began, 3)

    def _write_lake(self) -> None:
        from smartroute_runbook.rehearsal.lake.write import write_lake

        folder = self.work_dir / "lake"
        self._open.callback(shutil.rmtree, folder, ignore_errors=True)
        self.lake = write_lake(folder, days=self._days, lake_path=self._lake, **self._lake_options)

    def _build_world(self) -> None:
        self.world = world.build(self.client, self.objects, self.work_dir / "lake")

    def _seed_history(self) -> None:
        from smartroute_runbook.standins.athena.past_metrics import past_metrics

        from .query_history import past_executions

        now = datetime.now(UTC)
        past = list(past_executions(world.dashboard_queries(), until=now, profile=self._profile))
        self.athena.seed_history(past)
        published = past_metrics(past, now.date())
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data("AWS/Athena", published)

    def _start_dashboard(self) -> None:
        import boto3

        from .dashboard import Dashboard

        self.dashboard = Dashboard(boto3.Session(), self.client)
        self.dashboard.start()
        self._open.callback(self.dashboard.stop)
        self.client("ssm").put_parameter(Name=world.URL_PARAMETER, Value=self.dashboard.url, Type="String")

    def _start_observer(self) -> None:
        self.observer = Observer(self.redshift, CLUSTER, self.plane.alarms)
        self.observer.start()
        self._open.callback(self.observer.stop)
