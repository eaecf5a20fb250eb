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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.secrets.scanning import without_secrets
from smartroute_runbook.runs.secrets.texts import masked
from smartroute_runbook.runs.store import Store

__all__ = ["SCHEMA", "History", "row_of", "shape_of"]

TEXT_LIMIT = 500

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


@dataclass
class History:
    """The executions kept in a store below one prefix.

    Attributes:
        calls: requests made by this harvest.
        added: executions it added.
        mask: takes secrets out of a text; most texts of a history are there many times.
    """

    store: Store
    prefix: str
    calls: int = 0
    added: int = 0
    known: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    mask: Callable[[str], str] = field(default_factory=lambda: lru_cache(4096)(masked))
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
        meta = {"next": token, "pending": " ".join(pending)}
        try:
            table = self._keep(f"{walk}-{number:05d}", rows, meta)
        except Refused:  # nobody can take a secret out of Athena's history: the text goes, the figures stay
            rows = [row | {name: without_secrets(row[name]) for name in ("reason", "text")} for row in rows]
            table = self._keep(f"{walk}-{number:05d}", rows, meta)
        self.added += len(rows)
        self._take(walk, number, table)

    def _keep(self, name: str, rows: list[dict[str, Any]], meta: Mapping[str, str]) -> pa.Table:
        table = pa.Table.from_pylist(rows, SCHEMA).replace_schema_metadata(dict(meta))
        data = io.BytesIO()
        pq.write_table(table, data, compression="zstd")
        self.store.put_new(f"{self.prefix}/{name}.parquet", data.getvalue())
        return table

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


def row_of(execution: dict[str, Any], mask: Callable[[str], str] = masked) -> dict[str, Any]:
    """One execution as BatchGetQueryExecution tells it, as a row of ``SCHEMA``; ``mask`` takes secrets out of texts."""
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
        "reason": mask(status.get("StateChangeReason", ""))[:TEXT_LIMIT],
        "shape": shape_of(text),
        "text_digest": hashlib.sha256(text.encode()).hexdigest()[:16],
        "text": mask(text[: 4 * TEXT_LIMIT])[:TEXT_LIMIT],  # whoever wrote it, it is kept for good
        "submitted_ms": submitted,
        "completed_ms": completed,
        "scanned_bytes": measured.get("DataScannedInBytes", 0),
        "reused": bool(reuse),
        **{name: measured.get(source, 0) for name, source in _TIMES.items()},
    }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
