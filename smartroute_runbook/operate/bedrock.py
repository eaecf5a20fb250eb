"""Bedrock's path, measured: the API asked as an agent's action asks it, against the latency that was stated.

An agent waits for its action's answer before it goes on, one question after the other (Bedrock user guide, "How Amazon
Bedrock Agents works"): latency is all that it sees. A request that begins late because the one before it was slow
counts from the moment at which it was due.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from smartroute_runbook.errors import UsageError, did_you_mean
from smartroute_runbook.percentiles import percentile_interval
from smartroute_runbook.views import Note, Table, Tone, View

from .dashboard import Dashboard

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["BedrockPath", "QueryLatency", "bedrock_path"]

ENOUGH = 80
"""Requests a query with which its 95th percentile has an upper bound at 95% confidence: 72 are the least."""
_TONES: dict[str, Tone] = {"kept": "good", "missed": "bad", "not enough": "warn"}


@dataclass(frozen=True)
class QueryLatency:
    """One query's requests.

    Attributes:
        p95, low, high: seconds from when a request was due until its whole answer was there; None for too few.
        failed: requests without an answer; each counts as later than any limit.
    """

    query: str
    limit: float
    requests: int
    failed: int
    p95: float | None
    low: float | None
    high: float | None

    @property
    def outcome(self) -> Literal["kept", "missed", "not enough"]:
        """``kept`` and ``missed`` only where the whole interval says so."""
        if self.high is not None and self.high <= self.limit:
            return "kept"
        return "missed" if self.low is not None and self.low > self.limit else "not enough"

    def as_json(self) -> dict[str, Any]:
        """For automation; a bound that is no answer is null."""
        finite = {k: None if isinstance(v, float) and math.isinf(v) else v for k, v in vars(self).items()}
        return finite | {"outcome": self.outcome}


@dataclass(frozen=True)
class BedrockPath:
    """Every query that Bedrock asks, and how many requests each engine answered."""

    limit: float
    queries: tuple[QueryLatency, ...]
    engines: dict[str, int]

    @property
    def outcome(self) -> Literal["kept", "missed", "not enough"]:
        """Missed where one query is; kept where all are."""
        outcomes = {one.outcome for one in self.queries}
        return "missed" if "missed" in outcomes else "not enough" if "not enough" in outcomes else "kept"

    def as_json(self) -> dict[str, Any]:
        """For automation."""
        queries = [one.as_json() for one in self.queries]
        return {"outcome": self.outcome, "limit": self.limit, "queries": queries, "engines": self.engines}

    def view(self) -> View:
        """One row a query."""
        rows = tuple((q.query, q.outcome, _span(q), f"{q.limit:g} s", q.requests, q.failed) for q in self.queries)
        tones = tuple(_TONES[one.outcome] for one in self.queries)
        columns = ("query", "target", "p95 [interval]", "limit", "requests", "failed")
        by = ", ".join(f"{engine} {count:,}" for engine, count in sorted(self.engines.items()))
        where = Note(
            f"Answered by: {by}. Measured from this machine, over HTTP, through the API: run it where Bedrock's action "
            "runs, as its network counts. The model's own time comes on top.",
        )
        title = {"kept": "Bedrock's limit is kept", "missed": "Bedrock's limit is missed"}
        heading = title.get(self.outcome, "Too few requests to tell whether Bedrock's limit is kept")
        return View(heading, (Table(columns, rows, tones=tones), where), _TONES[self.outcome])


def bedrock_path(run: Run, *, requests: int = ENOUGH, every: float = 0.5) -> BedrockPath:
    """Ask the dashboard's API each query that Bedrock asks, in turn, as its users do.

    Args:
        run: whose parameters and dashboard.
        requests: of each query.
        every: seconds from when one request is due to the next.

    Raises:
        UsageError: no limit is stated, or a query is none of the dashboard's.
        ServiceError: SSM does not tell the dashboard's address.
    """
    limit, names = run.settings.decision.bedrock_seconds, run.settings.decision.bedrock_queries or tuple(run.queries)
    if limit is None:
        raise UsageError(
            "decision.bedrock_seconds is not stated", expected="the latency that Bedrock needs, in seconds"
        )
    for name in names:
        if name not in run.queries:
            raise UsageError(
                f"decision.bedrock_queries names '{name}', no query of the dashboard",
                hint=did_you_mean(name, tuple(run.queries)),
            )
    dashboard = Dashboard(run)
    with run.progress("Asking as Bedrock does", float(requests * len(names))) as line:
        return _measured(dashboard, names, limit, requests, every, line.update)


def _measured(
    dashboard: Dashboard, names: tuple[str, ...], limit: float, requests: int, every: float,
    progress: Callable[[float, str], None],
) -> BedrockPath:  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in names}
    failed, engines = Counter[str](), Counter[str]()
    began = time.monotonic()
    for number in range(requests * len(names)):
        due, name = began + number * every, names[number % len(names)]
        time.sleep(max(0.0, due - time.monotonic()))
        answer = dashboard.ask(name)
        failed[name] += bool(answer.error)
        engines[answer.engine] += 1
        seconds[name].append(float("inf") if answer.error else time.monotonic() - due)
        progress(float(number + 1), name)
    return BedrockPath(limit, tuple(_latency(n, limit, seconds[n], failed[n]) for n in names), dict(engines))


def _latency(name: str, limit: float, seconds: list[float], failed: int) -> QueryLatency:
    low, p95, high = percentile_interval(seconds) or (None, None, None)
    return QueryLatency(name, limit, len(seconds), failed, p95, low, high)


def _span(one: QueryLatency) -> str:
    if one.p95 is None or one.low is None or one.high is None:
        return "too few requests"
    p95, low, high = ("no answer" if math.isinf(bound) else f"{bound:.3f}" for bound in (one.p95, one.low, one.high))
    return f"{p95} s [{low}, {high}]"
