"""Reads Athena's query history backwards, within its rate limits, resuming where an earlier read stopped."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smartroute_runbook.errors import explained
from smartroute_runbook.runs.query_history import History, row_of
from smartroute_runbook.runs.store import Store

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["Pace", "collect"]

PAGE = 50
CHUNK_PAGES = 20
KEPT_DAYS = 45
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


class Pace:
    """At most ``rate`` calls a second after a burst (Athena's default for ListQueryExecutions is 5, burst 10)."""

    def __init__(self, rate: float, burst: int = 10) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), time.monotonic()

    def wait(self) -> None:
        """Sleep until the next call is due."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            time.sleep((1 - self._tokens) / self._rate)
        self._tokens -= 1


def collect(
    athena: Any,
    store: Store,
    prefix: str,
    workgroup: str,
    *,
    rate: float = 5,
    progress: Callable[[int], None] | None = None,
) -> History:
    """Bring the kept history up to date.

    A walk stops at its end or, once everything older is complete, at the first page of which nothing is new.

    Args:
        athena: a boto3 client.
        store: where the Parquet chunks are.
        prefix: below which key.
        workgroup: whose history.
        rate: pages requested a second.
        progress: called with the number of executions added so far, a chunk at a time.

    Raises:
        ServiceError: Athena does not answer as it should; what was read so far is kept.
    """
    history = History.open(store, prefix)
    pace = Pace(rate)
    report = progress or (lambda _: None)
    with explained("Reading Athena's query history"):
        if _forgotten(athena, history):
            history = history.next_epoch()
        open_walks = [(walk, token) for walk, (_, token) in history.walks.items() if token]
        complete = bool(history.walks)
        for walk, token in open_walks:
            complete = _walk(athena, history, workgroup, walk, token, pace, report, stop_early=False) and complete
        walk = f"{datetime.now(UTC):%Y%m%dT%H%M%S}{uuid.uuid4().hex[:6]}"
        _walk(athena, history, workgroup, walk, "", pace, report, stop_early=complete)
    return history


def _forgotten(athena: Any, history: History) -> bool:
    """Whether Athena does not know what is kept: it was read from another account, region, or a rehearsal that is over.

    What is older than Athena's own 45 days is rightly forgotten.
    """
    newest = history.newest()
    if newest is None or newest[1] < (time.time() - (KEPT_DAYS - 1) * 86_400) * 1000:
        return False
    history.calls += 1
    answer = athena.batch_get_query_execution(QueryExecutionIds=[newest[0]])
    return not answer["QueryExecutions"] and bool(answer.get("UnprocessedQueryExecutionIds"))


def _walk(
    athena: Any,
    history: History,
    workgroup: str,
    walk: str,
    token: str,
    pace: Pace,
    report: Callable[[int], None],
    *,
    stop_early: bool,
) -> bool:
    """Go one way back; False when its token is no longer accepted."""
    retried = frozenset(history.pending)
    rows, pending = _described(athena, history, sorted(retried))
    pages = _pages(athena, history, workgroup, token, pace)
    count = 0
    try:
        for count, (ids, following) in enumerate(pages, 1):
            fresh = [name for name in ids if name not in history.known and name not in retried]
            described, running = _described(athena, history, fresh)
            rows, pending = rows + described, pending + running
            last = not following or (stop_early and not fresh)
            if last or count % CHUNK_PAGES == 0:
                if rows or pending or not last or walk in history.walks:
                    history.add(walk, rows, pending, "" if last else following)
                    report(history.added)
                rows, pending = [], []
            if last:
                return True
    except athena.exceptions.InvalidRequestException as error:
        if not token or count:
            raise
        _abandon(history, walk, error)
        return False
    return True


def _abandon(history: History, walk: str, error: ClientError) -> None:
    """A token that Athena has forgotten ends its walk; the next walk goes the whole way back."""
    if "token" not in str(error).lower():
        raise error
    history.add(walk, [], [], "")


def _pages(athena: Any, history: History, workgroup: str, token: str, pace: Pace) -> Iterator[tuple[list[str], str]]:
    while True:
        pace.wait()
        history.calls += 1
        more = {"NextToken": token} if token else {}
        answer = athena.list_query_executions(WorkGroup=workgroup, MaxResults=PAGE, **more)
        token = answer.get("NextToken") or ""
        yield answer["QueryExecutionIds"], token
        if not token:
            return


def _described(athena: Any, history: History, ids: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the finished executions, and the ids of those that still run."""
    rows: list[dict[str, Any]] = []
    running: list[str] = []
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        history.calls += 1
        answer = athena.batch_get_query_execution(QueryExecutionIds=page)
        for execution in answer["QueryExecutions"]:
            if execution["Status"]["State"] in FINAL:
                rows.append(row_of(execution, history.mask))
            else:
                running.append(execution["QueryExecutionId"])
        # Ids that Athena could not serve just now come back; those it has forgotten are asked for no more.
        for entry in answer.get("UnprocessedQueryExecutionIds", ()):
            code = entry.get("ErrorCode", "")
            if "INVALID" not in code and "NOT_FOUND" not in code:
                running.append(entry["QueryExecutionId"])
    return rows, running
