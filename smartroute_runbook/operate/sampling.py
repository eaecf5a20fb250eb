"""One round of the watch: every query as users ask it, now and then against the control, how fresh, which alarms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.metrics import LAG, NAMESPACE, dimensions

from .agreement import Agreement, Compared
from .alarms import LEAVE_REDSHIFT
from .dashboard import Answer, Dashboard
from .rules import Limits
from .samples import Asked, Sample

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Sampler", "alarms_of_the_candidate", "behind_seconds", "limits_of"]

_KEPT = timedelta(days=15)  # a minute's figures (CloudWatch, metrics retention); later ones are of five minutes
_AT_ONCE = 16  # requests; a hanging engine must not make a round as long as all its queries together


def limits_of(run: Run) -> Limits:
    """The rules' limits by the run's parameters."""
    settings = run.settings
    return Limits(
        slow_milliseconds=settings.dashboard.slow_seconds * 1000, behind_seconds=settings.alarms.lag_minutes * 60
    )


class Sampler:
    """Takes samples.

    Args:
        run: the run.
        queries: names.
        agreement: compares the answers with the control's.
        every: seconds between two rounds.
        compare_every: seconds between two comparisons; a query that was wrong is compared again in the next round.
        since: when the candidate got the requests: tables of which nothing is heard are as old as that at least.
    """

    def __init__(
        self,
        run: Run,
        queries: Sequence[str],
        agreement: Agreement,
        *,
        every: float,
        compare_every: float,
        since: datetime,
    ) -> None:
        self._run, self._queries, self._agreement = run, tuple(queries), agreement
        self._every, self._compare_every, self._since = every, compare_every, since
        self._dashboard = Dashboard(run)
        self._compare_at = time.monotonic()
        self._doubted: set[str] = set()

    def take(self) -> Sample:
        """One round; whatever cannot be looked at is noted, and stops nothing."""
        began, notes = datetime.now(UTC), list[str]()
        started = time.monotonic()
        route = str(self._noted(notes, "the parameter", self._dashboard.route) or "?")
        with ThreadPoolExecutor(_AT_ONCE, "watch") as pool:
            answers = pool.map(self._dashboard.ask, self._queries)
            compared = {one.query: one for one in self._compared(notes, pool)}
        behind = self._noted(notes, "the freshness", lambda: behind_seconds(self._run, self._since))
        alarms = self._noted(notes, "the alarms", lambda: alarms_of_the_candidate(self._run))
        asked = tuple(_asked(answer, compared.get(answer.query)) for answer in answers)
        at, seconds = began.isoformat(timespec="microseconds"), round(time.monotonic() - started, 3)
        return Sample(at, seconds, self._every, route, asked, behind, alarms, tuple(notes))

    def _compared(self, notes: list[str], pool: Executor) -> list[Compared]:
        due = time.monotonic() >= self._compare_at
        if due:
            self._compare_at = time.monotonic() + self._compare_every
        names = [name for name in self._queries if due or name in self._doubted]
        asked = [(name, *self._agreement.ask(self._dashboard, name, pool)) for name in names]
        found = [
            self._agreement.compare(self._dashboard, name, (control.result(), candidate.result()))
            for name, control, candidate in asked
        ]
        self._doubted = {one.query for one in found if one.wrong}
        notes += [f"{one.query} was not compared: {one.failed}" for one in found if one.failed]
        return found

    def _noted(self, notes: list[str], what: str, look: Any) -> Any:
        try:
            return look()
        except RunbookError as error:
            notes.append(f"{what}: {error}")
            return None


def _asked(answer: Answer, compared: Compared | None) -> Asked:
    wrong = None if compared is None or compared.failed else compared.wrong
    milliseconds = round(answer.milliseconds, 1)
    return Asked(answer.query, answer.engine, milliseconds, answer.error, answer.fallback, wrong)


def behind_seconds(run: Run, since: datetime) -> float:
    """How far the table that is farthest behind may be behind the lake, by what ``sync`` published last.

    A figure counts as long as ``alarms.lag_minutes``; after that, silence is as bad as a late table. Where nothing was
    published within CloudWatch's 15 days of minutes, the tables are as old as ``since``.

    Raises:
        ServiceError: CloudWatch did not answer.
    """
    now, limit, worst = datetime.now(UTC), timedelta(minutes=run.settings.alarms.lag_minutes), 0.0
    for table in run.settings.athena.tables:
        # An hour's figure is its greatest: it says when something was heard last, not how far the table was behind.
        last = _published(run, table, now - 2 * limit, 60) or _published(run, table, now - _KEPT, 3600)
        heard = last["Timestamp"] if last else since
        silent = (now - heard) - limit
        lag = float(last["Maximum"]) if last else 0.0
        worst = max(worst, lag if silent <= timedelta() else (now - heard).total_seconds())
    return round(worst, 1)


def _published(run: Run, table: str, since: datetime, period: int) -> Any:
    """The newest figure of a table's lag since a moment, by periods of so many seconds; None for none."""
    with explained("Reading the freshness"):
        points = run.clients.boto("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=LAG,
            Dimensions=dimensions(run.settings.redshift.cluster, table),
            StartTime=since,
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=period,
            Statistics=["Maximum"],
        )["Datapoints"]
    return max(points, key=lambda point: point["Timestamp"], default=None)


def alarms_of_the_candidate(run: Run) -> tuple[str, ...]:
    """Names of the alarms in ALARM that are a reason to leave Redshift.

    Raises:
        ServiceError: CloudWatch did not answer.
    """
    prefix = f"{run.settings.redshift.cluster}-"
    with explained("Reading the alarms"):
        pages = run.clients.boto("cloudwatch").get_paginator("describe_alarms")
        found = [a for page in pages.paginate(AlarmNamePrefix=prefix, StateValue="ALARM") for a in page["MetricAlarms"]]
    names = sorted(str(alarm["AlarmName"]).removeprefix(prefix) for alarm in found)
    return tuple(name for name in names if name in LEAVE_REDSHIFT)
