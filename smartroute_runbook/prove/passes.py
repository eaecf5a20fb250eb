"""A table too wide for one statement is proven in passes, tied to each other by the columns that every pass holds.

A statement may have 262,144 bytes on Athena (user guide, "Service quotas") and 100 kB through Redshift's Data API
(management guide, "data-api"); a double takes about four kilobytes. Each pass compares whole rows of its columns: those
that tie, and its share of the others. Where rows that agree in the columns that tie differ in the columns of one pass
at most, the passes together say of whole rows what one statement would. Otherwise it is part of the verdict that values
of such rows may have been exchanged between passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from smartroute_runbook.engines.interface import Engine
from smartroute_runbook.errors import UsageError

from .encoding import Dialect, Field
from .fingerprint import fingerprint_sql
from .spec import TableSpec, dialect_of

__all__ = ["LONGEST", "Passes", "in_pieces", "longest", "passes_of"]

T = TypeVar("T")

#: Bytes of a statement by dialect, with room for the runbook's own mark; an engine may say that it takes more or less.
LONGEST: dict[Dialect, int] = {"athena": 260_000, "redshift": 95_000}
TYING = 0.15  # of a statement, at most, for the columns that every pass holds
AGAIN = 1.6  # times that a column which ties stands in the longest statement, which also groups by them
FEW = 50  # columns of a statement that is sooner written than estimated
FULL = 0.85  # of a statement; the rest is for what it names: partitions, buckets, digests


def longest(engine: Engine) -> int:
    """Bytes of SQL that an engine takes in one statement."""
    return int(getattr(engine, "longest_sql", LONGEST[dialect_of(engine)]))


@dataclass(frozen=True)
class Passes:
    """Specifications that together have all columns, and the columns that each of them has."""

    specs: tuple[TableSpec, ...]
    tying: tuple[Field, ...] = ()


def passes_of(spec: TableSpec, limits: dict[Dialect, int]) -> Passes:
    """The specification as it is, or as several with fewer columns, each of which fits.

    Statements are long to write: they are sized by what a column of each kind adds, with room left.

    Raises:
        UsageError: not even one column fits beside those that tie.
    """
    if len(spec.columns) <= FEW and all(
        len(fingerprint_sql(spec, dialect, 1024).encode()) <= FULL * limit for dialect, limit in limits.items()
    ):
        return Passes((spec,))
    sizes = _Sizes(spec, limits)
    if sizes.of(spec.columns) <= FULL:
        return Passes((spec,))
    cheap = [field for field in spec.columns if field.kind != "double"]
    by_cost = [*cheap, *(field for field in spec.columns if field.kind == "double")]
    tying = sizes.most(cheap or by_cost, TYING)
    rest = by_cost[len(tying) :]
    specs: list[TableSpec] = []
    while rest or not specs:
        taken = sizes.most(rest, FULL - sizes.of(tying, AGAIN))
        if not taken and rest:
            raise UsageError(
                f"Column '{rest[0].name}' of {spec.table} needs more SQL than a statement may have",
                hint="Shorten its name, or those of the other columns",
            )
        specs.append(replace(spec, columns=(*tying, *taken)))
        rest = rest[len(taken) :]
    return Passes(tuple(specs), tuple(tying))


class _Sizes:
    """What columns add to the longest statement, as shares of what each engine takes."""

    def __init__(self, spec: TableSpec, limits: dict[Dialect, int]) -> None:
        self._limits = limits
        none = replace(spec, columns=(Field("c", "bigint"),))
        self._base = {dialect: len(fingerprint_sql(none, dialect, 1024)) for dialect in limits}
        self._kinds: dict[str, dict[Dialect, int]] = {}
        self._plain = none

    def of(self, fields: Sequence[Field], times: float = 1) -> float:
        """The largest share of any engine's limit that columns take, when they stand in a statement so many times."""
        return max(
            (base + times * sum(self._one(field, dialect) for field in fields)) / self._limits[dialect]
            for dialect, base in self._base.items()
        )

    def most(self, fields: Sequence[Field], share: float) -> list[Field]:
        """As many of them, in order, as stay below a share."""
        left = {dialect: share * limit - self._base[dialect] for dialect, limit in self._limits.items()}
        taken: list[Field] = []
        for field in fields:
            left = {dialect: room - self._one(field, dialect) for dialect, room in left.items()}
            if min(left.values()) < 0:
                break
            taken.append(field)
        return taken

    def _one(self, field: Field, dialect: Dialect) -> int:
        """What a column adds: measured for its kind, and its name's letters wherever it is named."""
        if field.type not in self._kinds:
            few, more = ([Field(f"c{n}", field.type) for n in range(count)] for count in (4, 8))
            self._kinds[field.type] = {
                one: (self._length(more, one) - self._length(few, one)) // 4 + 1 for one in self._limits
            }
        named = 14 if field.kind == "double" else 6
        return self._kinds[field.type][dialect] + named * max(0, len(field.name.encode()) - 2)

    def _length(self, fields: Sequence[Field], dialect: Dialect) -> int:
        return len(fingerprint_sql(replace(self._plain, columns=tuple(fields)), dialect, 1024))


def in_pieces(
    items: Sequence[T], sql: Callable[[Sequence[T], Dialect], str], engines: Sequence[Engine]
) -> Iterator[Sequence[T]]:
    """Items in as few pieces as statements take: halved until each piece's statement fits every engine."""
    if len(items) <= 1 or all(len(sql(items, dialect_of(one)).encode()) <= longest(one) for one in engines):
        if items:
            yield items
        return
    middle = len(items) // 2
    yield from in_pieces(items[:middle], sql, engines)
    yield from in_pieces(items[middle:], sql, engines)
