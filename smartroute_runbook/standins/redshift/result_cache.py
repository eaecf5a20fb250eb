"""The result cache of the leader node (c_challenges_achieving_high_performance_queries, "Result caching").

A result is served again when the text is the same, no table underneath changed, nothing in it depends on the moment,
and the session did not switch it off (``enable_result_cache_for_session``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from smartroute_runbook.standins.redshift.wire.encode import WireField

if TYPE_CHECKING:
    from smartroute_runbook.standins.redshift.sql.to_duckdb import DuckDbQuery

    from .session import Session

__all__ = ["cached", "caching", "key_of"]

LARGEST = 4 * 1024 * 1024  # bytes of a result that is cached
ENTRIES = 500
MOMENTARY = {"now", "getdate", "sysdate", "random", "getvariable", "current_timestamp", "current_date"}


def key_of(session: Session, translation: DuckDbQuery, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The key of a result in the cache; None when it may not be cached."""
    off = session.settings["enable_result_cache_for_session"].lower() in {"off", "false", "0"}
    engine = session.engine
    if off or not translation.reads or translation.views or session.transaction.touched or session.transaction.altered:
        return None
    if session.transaction.status != b"I" and session.transaction.snapshot != engine.version:
        return None  # this transaction may see an older state than the cache
    if any(schema.startswith("pg_temp_") for schema, _ in translation.reads):
        return None
    for node in translation.tree.find_all(exp.Anonymous, exp.CurrentDate, exp.Rand):
        if not isinstance(node, exp.Anonymous) or node.name.lower() in MOMENTARY:
            return None
    versions = tuple(sorted((name, engine.changes.get(name, 0)) for name in translation.reads))
    return (translation.sql, repr(list(values)), engine.schema_version, versions)


def cached(session: Session, key: tuple[Any, ...] | None) -> tuple[pa.Table, tuple[WireField, ...]] | None:
    """A cached result; None when there is none."""
    return session.engine.cache.get(key) if key is not None else None


def caching(
    session: Session, key: tuple[Any, ...] | None, fields: tuple[WireField, ...], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The batches, put into the cache when the whole result turns out small."""
    batches_so_far: list[pa.RecordBatch] | None = [] if key is not None else None
    size = 0
    for batch in batches:
        if batches_so_far is not None:
            size += batch.nbytes
            batches_so_far.append(batch)
            if size > LARGEST:
                batches_so_far = None
        yield batch
    if batches_so_far and key is not None:
        cache = session.engine.cache
        if len(cache) >= ENTRIES:
            cache.clear()
        cache[key] = (pa.Table.from_batches(batches_so_far), fields)
