"""Athena's query history, kept as Parquet in the store: each harvest asks only for what is not there yet.

Athena keeps 45 days, lists 50 ids a page (newest first) and describes 50 ids a call (Athena API reference,
ListQueryExecutions and BatchGetQueryExecution). A *walk* is one way from the newest execution back; each of its chunks
carries, as Parquet metadata, the token that continues it, so that a killed harvest goes on where it was. An *epoch*
holds what one Athena knows: a history that today's Athena has never heard of is left alone and another one begun.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..clients import explained
from ..store import Store

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["SCHEMA", "History", "Pace", "collect", "shape_of"]

PAGE = 50
CHUNK_PAGES = 20
KEPT_DAYS = 45
TEXT_LIMIT = 500
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")

_TIMES = {
    "total_ms": "TotalExecutionTimeInMillis",
    "queue_ms": "QueryQueueTimeInMillis",
    "planning_ms": "QueryPlanningTimeInMillis",
    "engine_ms": "EngineExecutionTimeInMillis",
    "service_ms": "ServiceProcessingTimeInMillis",
}
_TEXTS = ("id", "database", "statement_type", "state", "reason", "shape", "text_digest", "text")
_NUMBERS = ("submitted_ms", "completed_ms", "scanned_bytes", *_TIMES)
#: One row an execution; times in milliseconds (epoch milliseconds for submitted and completed).
SCHEMA = pa.schema(
    [*((name, pa.string()) for name in _TEXTS), *((name, pa.int64()) for name in _NUMBERS), ("reused", pa.bool_())]
)

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def shape_of(sql: str) -> str:
    """What queries that differ only in literals, case, comments or blanks share: 12 hexadecimal digits."""
    bare = _LITERAL.sub("?", _COMMENT.sub(" ", sql)).lower()
    return hashlib.sha256(" ".join(bare.split()).encode()).hexdigest()[:12]


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


@dataclass
class History:
    """The executions kept in a store below one prefix.

    Attributes:
        calls: requests made by this harvest.
        added: executions it added.
    """

    store: Store
    prefix: str
    calls: int = 0
    added: int = 0
    known: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    walks: dict[str, tuple[int, str]] = field(default_factory=dict)
    _tables: list[pa.Table] = field(default_factory=list)

    @classmethod
    def open(cls, store: Store, prefix: str) -> History:
        """Read all chunks of the newest epoch below a prefix."""
        keys = store.keys(f"{prefix}/")
        epoch = max((key.removeprefix(f"{prefix}/").split("/")[0] for key in keys), default="001")
        history = cls(store, f"{prefix}/{epoch}")
        prefix = history.prefix
        for key in store.keys(f"{prefix}/"):
            table = pq.read_table(io.BytesIO(store.get(key)))
            walk, number = key.removeprefix(f"{prefix}/").removesuffix(".parquet").rsplit("-", 1)
            history._take(walk, int(number), table)
        return history

    def _take(self, walk: str, number: int, table: pa.Table) -> None:
        meta = table.schema.metadata or {}
        self._tables.append(table.replace_schema_metadata(None))
        self.known.update(table["id"].to_pylist())
        self.pending.update(meta.get(b"pending", b"").decode().split())
        self.pending -= self.known
        self.walks[walk] = (number, meta.get(b"next", b"").decode())

    def add(self, walk: str, rows: list[dict[str, Any]], pending: Iterable[str], token: str) -> None:
        """Write the next chunk of a walk; ``token`` continues it, empty when it is at its end."""
        number = self.walks.get(walk, (0, ""))[0] + 1
        table = pa.Table.from_pylist(rows, SCHEMA).replace_schema_metadata(
            {"next": token, "pending": " ".join(pending)}
        )
        data = io.BytesIO()
        pq.write_table(table, data, compression="zstd")
        self.store.put_new(f"{self.prefix}/{walk}-{number:05d}.parquet", data.getvalue())
        self.added += len(rows)
        self._take(walk, number, table)

    def next_epoch(self) -> History:
        """An empty history beside this one."""
        prefix, _, epoch = self.prefix.rpartition("/")
        return History(self.store, f"{prefix}/{int(epoch) + 1:03d}", calls=self.calls)

    def newest(self) -> tuple[str, int] | None:
        """Id and submission (epoch milliseconds) of the newest execution kept."""
        tables = [table for table in self._tables if table.num_rows]
        rows = [table.sort_by("submitted_ms").slice(table.num_rows - 1).to_pylist()[0] for table in tables]
        last = max(rows, key=lambda row: row["submitted_ms"], default=None)
        return (last["id"], last["submitted_ms"]) if last else None

    def table(self) -> pa.Table:
        """All executions, each once (columns of ``SCHEMA``)."""
        table = pa.concat_tables(self._tables) if self._tables else SCHEMA.empty_table()
        seen: set[str] = set()
        keep = [not (name in seen or seen.add(name)) for name in table["id"].to_pylist()]  # type: ignore[func-returns-value]
        return table.filter(pa.array(keep, pa.bool_()))


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
        rate: pages asked for a second.
        progress: told the number of executions added so far, a chunk at a time.

    Raises:
        ServiceError: Athena does not answer as it should; what was read so far is kept.
    """
    history = History.open(store, prefix)
    pace = Pace(rate)
    told = progress or (lambda _: None)
    with explained("Reading Athena's query history"):
        if _forgotten(athena, history):
            history = history.next_epoch()
        open_walks = [(walk, token) for walk, (_, token) in history.walks.items() if token]
        complete = bool(history.walks)
        for walk, token in open_walks:
            complete = _walk(athena, history, workgroup, walk, token, pace, told, stop_early=False) and complete
        walk = f"{datetime.now(UTC):%Y%m%dT%H%M%S}{uuid.uuid4().hex[:6]}"
        _walk(athena, history, workgroup, walk, "", pace, told, stop_early=complete)
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
    told: Callable[[int], None],
    *,
    stop_early: bool,
) -> bool:
    """Go one way back; False when its token is no longer accepted."""
    asked = frozenset(history.pending)
    rows, pending = _described(athena, history, sorted(asked))
    pages = _pages(athena, history, workgroup, token, pace)
    count = 0
    try:
        for count, (ids, following) in enumerate(pages, 1):
            fresh = [name for name in ids if name not in history.known and name not in asked]
            found, waiting = _described(athena, history, fresh)
            rows, pending = rows + found, pending + waiting
            last = not following or (stop_early and not fresh)
            if last or count % CHUNK_PAGES == 0:
                if rows or pending or not last or walk in history.walks:
                    history.add(walk, rows, pending, "" if last else following)
                    told(history.added)
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
    waiting: list[str] = []
    for start in range(0, len(ids), PAGE):
        wanted = ids[start : start + PAGE]
        history.calls += 1
        answer = athena.batch_get_query_execution(QueryExecutionIds=wanted)
        for execution in answer["QueryExecutions"]:
            if execution["Status"]["State"] in FINAL:
                rows.append(_row(execution))
            else:
                waiting.append(execution["QueryExecutionId"])
        # Ids that Athena could not serve just now come back; those it has forgotten are asked for no more.
        for entry in answer.get("UnprocessedQueryExecutionIds", ()):
            code = entry.get("ErrorCode", "")
            if "INVALID" not in code and "NOT_FOUND" not in code:
                waiting.append(entry["QueryExecutionId"])
    return rows, waiting


def _row(execution: dict[str, Any]) -> dict[str, Any]:
    status, measured = execution["Status"], execution.get("Statistics", {})
    submitted = _ms(status["SubmissionDateTime"])
    completed = _ms(status["CompletionDateTime"]) if "CompletionDateTime" in status else submitted
    text = execution.get("Query", "")
    reuse = measured.get("ResultReuseInformation", {}).get("ReusedPreviousResult", False)
    return {
        "id": execution["QueryExecutionId"],
        "database": execution.get("QueryExecutionContext", {}).get("Database", ""),
        "statement_type": execution.get("StatementType", "DML"),
        "state": status["State"],
        "reason": status.get("StateChangeReason", "")[:TEXT_LIMIT],
        "shape": shape_of(text),
        "text_digest": hashlib.sha256(text.encode()).hexdigest()[:16],
        "text": text[:TEXT_LIMIT],
        "submitted_ms": submitted,
        "completed_ms": completed,
        "scanned_bytes": measured.get("DataScannedInBytes", 0),
        "reused": bool(reuse),
        **{name: measured.get(source, 0) for name, source in _TIMES.items()},
    }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
