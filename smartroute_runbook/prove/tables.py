"""Are two tables equal, row for row? Both engines are asked once; rows are fetched only where they differ."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ..canonical import plain
from ..engines import Engine, Rows
from ..errors import Refused, UsageError
from ..views import Note, Table, Tone, View
from .encoding import VERSION
from .fingerprint import (
    Group,
    Partition,
    TableSpec,
    counts_sql,
    dialect_of,
    fetch_sql,
    fingerprint_sql,
    groups,
    partition_of,
)
from .locate import Difference, FetchedRow, locate, single_hash

__all__ = ["PartitionProof", "Price", "TableProof", "price", "tables_equal"]

Progress = Callable[[str, float], None]

USD_PER_TB = Decimal(5)
"""Athena SQL, us-east-1 (aws.amazon.com/athena/pricing, read 2026-11)."""
TB = 10**12
MINIMUM_BYTES = 10 * 1024**2  # billed for any query that scans less
GROUPS = 16_384  # groups a side returns at most, about: what bounds the client's memory
FETCHED_ROWS = 5_000  # rows a side fetches at most to name differences


@dataclass(frozen=True)
class Price:
    """What a proof may cost on Athena: bytes billed and US dollars, when all is equal and at most."""

    bytes: int
    usd: Decimal
    bytes_at_most: int
    usd_at_most: Decimal


@dataclass(frozen=True)
class PartitionProof:
    """One partition: rows on both sides, and in how many buckets they differ."""

    partition: Mapping[str, Any]
    control_rows: int
    candidate_rows: int
    differing_buckets: int


@dataclass(frozen=True)
class TableProof:
    """The answer, with all that a reader needs to judge it.

    Attributes:
        differences: located differences; a sample when ``unlocated_buckets`` is not 0.
        unlocated_buckets: differing buckets whose rows were not fetched (too many).
        bytes_scanned: on Athena, as it reports them; Redshift does not bill by bytes.
        scans: passes over the table's rows, as a share of the control's rows read (1 is one full pass).
        read_point: what both sides were read up to, in words.
    """

    table: str
    verdict: Literal["equal", "different"]
    control_rows: int
    candidate_rows: int
    partitions: tuple[PartitionProof, ...]
    differences: tuple[Difference, ...]
    unlocated_buckets: int
    bytes_scanned: int
    queries: int
    scans: float
    priced_before: Price
    read_point: str
    seconds: float
    encoding: int = VERSION

    @property
    def equal(self) -> bool:
        """Whether every row of every partition is on both sides equally often."""
        return self.verdict == "equal"

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON types; partitions in full only where they differ."""
        differing = [item for item in self.partitions if item.differing_buckets]
        return {
            "table": self.table,
            "verdict": self.verdict,
            "rows": self.control_rows,
            "control_rows": self.control_rows,
            "candidate_rows": self.candidate_rows,
            "partitions": len(self.partitions),
            "differing_partitions": plain(differing),
            "differences": [_json(item) for item in self.differences],
            "unlocated_buckets": self.unlocated_buckets,
            "bytes_scanned": self.bytes_scanned,
            "queries": self.queries,
            "scans": round(self.scans, 3),
            "priced_before": plain(self.priced_before),
            "read_point": self.read_point,
            "seconds": round(self.seconds, 3),
            "encoding": self.encoding,
        }

    def view(self) -> View:
        """The verdict, then what differs."""
        tone: Tone = "good" if self.equal else "bad"
        said = f"{self.table}: {self.verdict}"
        covered = (
            f"{self.control_rows:,} rows on Athena and {self.candidate_rows:,} on Redshift in {len(self.partitions):,} "
            f"partitions, every row by its fingerprint (encoding {self.encoding}); {self.read_point}. "
            f"{self.queries} queries, {self.scans:.2f} passes, {self.bytes_scanned:,} bytes scanned on Athena "
            f"(priced before at ${self.priced_before.usd:.4f}, at most ${self.priced_before.usd_at_most:.4f})."
        )
        parts: list[Note | Table] = [Note(covered, tone)]
        if self.differences:
            parts.append(_differences_table(self.differences))
        if self.unlocated_buckets:
            parts.append(Note(f"{self.unlocated_buckets:,} more differing groups of rows were not fetched.", "warn"))
        return View(said, tuple(parts), tone)


def price(lake_bytes: int | None) -> Price:
    """Bytes and dollars before anything runs: counts and one pass; at most one pass more to name differences."""
    scan = max(lake_bytes or 0, MINIMUM_BYTES)
    usual, at_most = scan + MINIMUM_BYTES, 2 * scan + MINIMUM_BYTES
    return Price(usual, usual * USD_PER_TB / TB, at_most, at_most * USD_PER_TB / TB)


def tables_equal(
    control: Engine,
    candidate: Engine,
    spec: TableSpec,
    *,
    budget_usd: Decimal | None = None,
    progress: Progress | None = None,
) -> TableProof:
    """Prove two tables equal, or say where they are not.

    Args:
        control: Athena.
        candidate: Redshift.
        spec: the table on both sides.
        budget_usd: what Athena may bill for this at most; None for no limit.
        progress: told what is being done and the share done.

    Raises:
        Refused: it may cost more than the budget.
        UsageError: a budget without the table's size, or a column type that the encoding does not cover.
    """
    before = price(spec.lake_bytes)
    _within(budget_usd, before, spec)
    return _Comparison(control, candidate, spec, progress or (lambda _what, _share: None)).run(before)


def _within(budget: Decimal | None, before: Price, spec: TableSpec) -> None:
    if budget is None:
        return
    if spec.lake_bytes is None:
        raise UsageError(
            f"The size of {spec.database}.{spec.table} is not known, so its proof has no price",
            hint="Give lake_bytes, or no budget",
        )
    if before.usd_at_most > budget:
        raise Refused(
            f"Proving {spec.table} may cost ${before.usd_at_most:.4f} on Athena",
            expected=f"at most the budget of ${budget}",
            hint="Raise the proof's budget, or prove fewer partitions",
        )


class _Comparison:
    """One comparison under way: two engines, what was asked of them, and what they answered."""

    def __init__(self, control: Engine, candidate: Engine, spec: TableSpec, progress: Progress) -> None:
        self.engines = (control, candidate)
        self.spec, self.progress = spec, progress
        self.queries = self.bytes_scanned = 0
        self.rows_read = 0

    def run(self, before: Price) -> TableProof:
        started = time.perf_counter()
        self.progress("counting rows", 0.0)
        counts = [self._counts(rows) for rows in self._both(lambda d: counts_sql(self.spec, d))]
        everywhere = sorted(set(counts[0]) | set(counts[1]), key=_order)
        buckets = _buckets(len(everywhere))
        self.progress(f"fingerprinting {sum(counts[0].values()):,} rows on both sides", 0.1)
        answers = self._both(lambda d: fingerprint_sql(self.spec, d, buckets))
        prints = [{(part, n): group for part, n, group in groups(self.spec, rows)} for rows in answers]
        rows = [_rows_of(side) for side in prints]
        self.rows_read += sum(rows[0].values())
        bad = sorted(
            (key for key in set(prints[0]) | set(prints[1]) if prints[0].get(key) != prints[1].get(key)),
            key=lambda key: (_order(key[0]), key[1]),
        )
        self.progress("naming the differences" if bad else "done", 0.8 if bad else 1.0)
        differences, unlocated = self._name(bad, prints, buckets) if bad else ([], 0)
        self.progress("done", 1.0)
        everywhere = sorted(set(everywhere) | set(rows[0]) | set(rows[1]), key=_order)
        proofs = tuple(
            PartitionProof(
                dict(zip((f.name for f in self.spec.partitions), part, strict=True)),
                rows[0].get(part, 0),
                rows[1].get(part, 0),
                sum(1 for key in bad if key[0] == part),
            )
            for part in everywhere
        )
        total = sum(rows[0].values())
        return TableProof(
            f"{self.spec.database}.{self.spec.table}",
            "different" if bad else "equal",
            total,
            sum(rows[1].values()),
            proofs,
            tuple(differences),
            unlocated,
            self.bytes_scanned,
            self.queries,
            self.rows_read / total if total else 1.0,
            before,
            _read_point(self.spec, everywhere),
            time.perf_counter() - started,
        )

    def _name(
        self, bad: Sequence[tuple[Partition, int]], prints: Sequence[dict[Any, Group]], buckets: int
    ) -> tuple[list[Difference], int]:
        """Fetch the rows of differing buckets, within bounds, and pair them."""
        none = Group(0, 0, 0)
        whole: dict[Partition, list[int]] = defaultdict(list)
        single: dict[Partition, list[int]] = defaultdict(list)
        left, skipped = FETCHED_ROWS, 0
        for part, bucket in sorted(bad, key=lambda key: _size(prints, key)):
            sides = [side.get((part, bucket), none) for side in prints]
            hashed = single_hash(sides[0], sides[1], bucket, buckets)
            size = abs(sides[0].rows - sides[1].rows) if hashed is not None else _size(prints, (part, bucket))
            if size > left:
                skipped += 1
                continue
            left -= size
            if hashed is None:
                whole[part].append(bucket)
            else:
                single[part].append(hashed)
        if not whole and not single:
            return [], skipped
        self.rows_read += sum(group.rows for (part, _), group in prints[0].items() if part in whole or part in single)
        answers = self._both(lambda d: fetch_sql(self.spec, d, buckets, whole, single))
        fetched = [[self._row(row) for row in rows.rows] for rows in answers]
        return locate(self.spec.columns, self.spec.partitions, *fetched), skipped

    def _row(self, row: Sequence[Any]) -> FetchedRow:
        width = len(self.spec.partitions)
        first, second = (int(value) for value in row[width : width + 2])
        return FetchedRow(partition_of(self.spec, row), (first, second), tuple(row[width + 2 :]))

    def _counts(self, rows: Rows) -> dict[Partition, int]:
        return {partition_of(self.spec, row): int(row[-1]) for row in rows.rows if int(row[-1])}

    def _both(self, sql: Callable[[Any], str]) -> list[Rows]:
        """Ask both engines at the same time."""
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(engine.query, sql(dialect_of(engine))) for engine in self.engines]
            answers = [future.result() for future in waiting]
        self.queries += len(answers)
        self.bytes_scanned += sum(rows.bytes_scanned for rows in answers)
        return answers


def _buckets(partitions: int) -> int:
    """A power of two: as many buckets a partition as the bound on groups allows, 16 to 4096."""
    return max(16, min(4096, 1 << (GROUPS // max(1, partitions)).bit_length() - 1))


def _rows_of(side: Mapping[tuple[Partition, int], Group]) -> dict[Partition, int]:
    rows: dict[Partition, int] = defaultdict(int)
    for (part, _), group in side.items():
        rows[part] += group.rows
    return dict(rows)


def _size(prints: Sequence[Mapping[Any, Group]], key: Any) -> int:
    return max(side[key].rows if key in side else 0 for side in prints)


def _order(partition: Partition) -> tuple[tuple[bool, bool, Any], ...]:
    """Sorts partitions that may hold NULL or values of several types."""
    return tuple((value is None, isinstance(value, str), value if value is not None else 0) for value in partition)


def _read_point(spec: TableSpec, partitions: Sequence[Partition]) -> str:
    if not partitions or not spec.partitions:
        return "read whole"
    names = [field.name for field in spec.partitions]
    first, last = ("/".join(f"{n}={v}" for n, v in zip(names, p, strict=True)) for p in (partitions[0], partitions[-1]))
    return f"read from {first} to {last}"


def _json(difference: Difference) -> dict[str, Any]:
    return {
        "partition": plain(_shown(difference.partition)),
        "reason": difference.reason,
        "control_rows": difference.rows[0],
        "candidate_rows": difference.rows[1],
        "columns": list(difference.columns),
        "cells": [plain(_shown(vars(cell))) for cell in difference.cells],
        "row": plain(_shown(difference.row or {})),
    }


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Floats as text: JSON has no NaN, and the last bit must not depend on a reader."""
    return {
        name: repr(value) if isinstance(value, float) else value.hex() if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _differences_table(differences: Sequence[Difference]) -> Table:
    rows = []
    for item in differences[:50]:
        where = "/".join(f"{name}={value}" for name, value in item.partition.items())
        cells = "; ".join(f"{c.column}: {c.control!r} -> {c.candidate!r} ({c.reason})" for c in item.cells)
        rows.append((where, item.reason, item.rows[0], item.rows[1], cells or repr(dict(item.row or {}))))
    note = f"The first 50 of {len(differences):,}." if len(differences) > 50 else ""
    return Table(("partition", "reason", "control rows", "candidate rows", "what"), tuple(rows), "Differences", note)
