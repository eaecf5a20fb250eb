"""What a table holds on one engine, in one digest: to see later whether its rows are still those that were proven.

The sums of a proof's groups add up: a partition's in one bucket are those of its many. So a proof gives the digest of
what it read anyway, and one pass over one engine gives it again, by what was noted alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.interface import Engine, Rows

from .encoding import VERSION, Field
from .fingerprint import fingerprint_sql, groups
from .passes import LONGEST, longest, passes_of
from .spec import Bound, Partition, TableSpec, dialect_of
from .whole_partitions import Prints

__all__ = ["holds_still", "noted"]

Counts = Callable[[Partition], bool]


def noted(spec: TableSpec, passes: Iterable[Prints]) -> dict[str, Any]:
    """What one side held when it was proven, and what is needed to read it again, as JSON.

    Args:
        spec: of the proof.
        passes: that side's groups, one mapping a pass.
    """
    of = {
        "database": spec.database,
        "table": spec.table,
        "schema": spec.schema,
        "columns": [[one.name, one.type] for one in spec.columns],
        "partitions": [[one.name, one.type] for one in spec.partitions],
        "bounds": [[one.name, one.width] for one in spec.bounds],
        "since": _written(spec.since),
        "until": _written(spec.until),
        "undated": spec.undated,
    }
    return {"encoding": VERSION, "of": of, "digest": _digest(passes)}


def holds_still(engine: Engine, note: Mapping[str, Any], counts: Counts = lambda _: True) -> bool:
    """Whether the engine holds what was noted of it; reads every row of the table once.

    Args:
        engine: the side that was noted.
        note: what ``noted`` gave.
        counts: whether a partition was there then: one that came since is no change.

    Raises:
        ServiceError: the engine refused the query.
        KeyError, TypeError, ValueError: it is no such note.
    """
    spec, dialect = _spec(note["of"]), dialect_of(engine)
    passes = passes_of(spec, {**LONGEST, dialect: longest(engine)}).specs
    read = (_groups(one, engine.query(fingerprint_sql(one, dialect, 1)), counts) for one in passes)
    return bool(note["encoding"] == VERSION and note["digest"] == _digest(read))


def _groups(spec: TableSpec, answer: Rows, counts: Counts) -> Prints:
    return {(part, n): group for part, n, group in groups(spec, answer) if counts(part)}


def _digest(passes: Iterable[Prints]) -> str:
    return digest([_partitions(prints) for prints in passes])


def _partitions(prints: Prints) -> list[list[str]]:
    """Each partition's name and sums, in order."""
    sums: dict[Partition, Sequence[int]] = {}
    for (part, _), group in prints.items():
        own = (*group[:5], *group.numbers)
        known = sums.get(part)
        sums[part] = own if known is None else [a + b for a, b in zip(known, own, strict=True)]
    return sorted([*map(repr, part), *map(str, values)] for part, values in sums.items())


def _spec(of: Mapping[str, Any]) -> TableSpec:
    columns, partitions = ([Field(*one) for one in of[name]] for name in ("columns", "partitions"))
    bounds = tuple(Bound(*one) for one in of["bounds"])
    since, until = (_read(of[name]) for name in ("since", "until"))
    return TableSpec(
        of["database"], of["table"], tuple(columns), tuple(partitions), schema=of["schema"], until=until, since=since,
        bounds=bounds, undated=of["undated"],
    )  # fmt: skip


def _written(bound: Partition | None) -> list[Any] | None:
    """A bound as JSON: a day is the only value that has no form of its own there."""
    return None if bound is None else [{"day": one.isoformat()} if isinstance(one, date) else one for one in bound]


def _read(bound: Sequence[Any] | None) -> Partition | None:
    if bound is None:
        return None
    return tuple(date.fromisoformat(one["day"]) if isinstance(one, Mapping) else one for one in bound)
