"""Are two tables equal, row for row? Both engines are asked once; rows are fetched only where they differ."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from ..engines import Engine, Rows
from ..errors import Refused, ServiceError, UsageError, VerificationFailed
from .encoding import Dialect
from .fingerprint import (
    Group,
    Partition,
    TableSpec,
    columns_sql,
    counts_sql,
    dialect_of,
    fetch_sql,
    fingerprint_sql,
    groups,
    partition_of,
    sample_sql,
)
from .golden import check
from .locate import Difference, FetchedRow, locate, settle, single_hash
from .proof import PartitionProof, Price, TableProof, price

__all__ = ["PartitionProof", "Price", "TableProof", "price", "tables_equal"]

Progress = Callable[[str, float], None]
Key = tuple[Partition, int]
NONE = Group(0, 0, 0)

GROUPS = (1_024, 16_384)  # groups a side returns, about; the upper end bounds the client's memory
ROWS_A_GROUP = 200  # few enough to fetch when several of them differ, many enough that groups are cheap to return
FETCHED_ROWS = 20_000  # rows fetched a side to name differences, at most
SAMPLE = 200  # rows fetched of a partition in which everything differs


def tables_equal(
    control: Engine,
    candidate: Engine,
    spec: TableSpec,
    *,
    budget_usd: Decimal | None = None,
    progress: Progress | None = None,
    lake_state: Callable[[], str] | None = None,
) -> TableProof:
    """Prove two tables equal, or say where they are not.

    Args:
        control: Athena.
        candidate: Redshift.
        spec: the table on both sides.
        budget_usd: what Athena may bill for this at most; None for no limit.
        progress: told what is being done and the share done.
        lake_state: names the state of the control's files (a digest of their names and ETags); asked before and
            after, so that a proof never spans two states.

    Raises:
        Refused: it may cost more than the budget.
        UsageError: a budget without the table's size, or a column type that the encoding does not cover.
        VerificationFailed: a table changed while it was read.
        ServiceError: an engine refused a query, or returned no rows of files that are not empty.
    """
    before = price(spec.lake_bytes)
    _within(budget_usd, before, spec)
    state = lake_state() if lake_state else ""
    proof = _Comparison(control, candidate, spec, progress or (lambda _what, _share: None)).run(before)
    if lake_state and lake_state() != state:
        raise _moved(spec, "the lake's files")
    return proof


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
            hint="Raise the proof's budget, or give a read point that covers fewer partitions",
        )


def _moved(spec: TableSpec, what: str) -> VerificationFailed:
    return VerificationFailed(
        f"{spec.table} changed while it was compared ({what})",
        hint="Compare again when no load is running, or only up to the last closed partition",
    )


class _Comparison:
    """One comparison under way: two engines, what they were asked, and what they answered."""

    def __init__(self, control: Engine, candidate: Engine, spec: TableSpec, progress: Progress) -> None:
        self.engines = (control, candidate)
        self.spec, self.progress = spec, progress
        self.queries = self.bytes_scanned = self.rows_read = 0
        self.buckets = 16
        self.prints: list[dict[Key, Group]] = []

    def run(self, before: Price) -> TableProof:
        started = time.perf_counter()
        self.progress("counting rows", 0.0)
        counts = [self._counts(rows) for rows in self._both(lambda d: counts_sql(self.spec, d))]
        if not counts[0] and self.spec.lake_bytes and self.spec.until is None:
            raise ServiceError(
                f"Athena counts no rows in {self.spec.table}, though its files hold {self.spec.lake_bytes:,} bytes",
                hint="Check that its partitions are registered, and where the workgroup keeps its results",
            )
        everywhere = set(counts[0]) | set(counts[1]) | set(self.spec.registered or ())
        self.buckets = _buckets(len(everywhere), max(sum(side.values()) for side in counts))
        self.progress(f"fingerprinting {sum(counts[0].values()):,} rows on both sides", 0.1)
        answers = self._both(lambda d: fingerprint_sql(self.spec, d, self.buckets))
        self.prints = [{(part, n): group for part, n, group in groups(self.spec, rows)} for rows in answers]
        for side, (engine, counted) in enumerate(zip(self.engines, counts, strict=True)):
            if _rows_of(self.prints[side]) != counted:
                raise _moved(self.spec, f"its row counts on {engine.name}")
        self.rows_read = sum(counts[0].values())
        keys = set(self.prints[0]) | set(self.prints[1])
        bad = [key for key in keys if self.prints[0].get(key) != self.prints[1].get(key)]
        self.progress("naming the differences" if bad else "done", 0.8 if bad else 1.0)
        if bad:
            for engine in self.engines:
                self.queries += check(engine, self.spec.columns)
        differences, unlocated = self._name(bad)
        self.progress("done", 1.0)
        return TableProof(
            f"{self.spec.database}.{self.spec.table}",
            "different" if bad else "equal",
            sum(counts[0].values()),
            sum(counts[1].values()),
            self._partitions(sorted(everywhere, key=_order), counts, bad),
            tuple(sorted(differences, key=lambda item: _order(tuple(item.partition.values())))),
            unlocated,
            before,
            _read_point(self.spec, sorted(everywhere, key=_order)),
            scans=self.rows_read / (sum(counts[0].values()) or self.rows_read or 1),
            bytes_scanned=self.bytes_scanned,
            queries=self.queries,
            seconds=time.perf_counter() - started,
        )

    def _partitions(
        self, everywhere: Sequence[Partition], counts: Sequence[Mapping[Partition, int]], bad: Sequence[Key]
    ) -> tuple[PartitionProof, ...]:
        names = [field.name for field in self.spec.partitions]
        differing: dict[Partition, int] = defaultdict(int)
        for part, _ in bad:
            differing[part] += 1
        return tuple(
            PartitionProof(
                dict(zip(names, part, strict=True)), counts[0].get(part, 0), counts[1].get(part, 0), differing[part]
            )
            for part in everywhere
        )

    def _name(self, bad: Sequence[Key]) -> tuple[list[Difference], int]:
        """Differences of the differing buckets, and how many buckets were too many to fetch."""
        found, settled = settle(self.spec.partitions, *self.prints)
        bad = [key for key in bad if key[0] not in settled]
        whole, single, skipped = self._choose(bad)
        rows: list[list[FetchedRow]] = [[], []]
        if whole or single:
            rows = self._fetch(whole, single)
            again = self._unexplained(single, rows)
            if again:
                more = self._fetch(again, {})
                rows = [_unique(old, new, again, self.buckets) for old, new in zip(rows, more, strict=True)]
        if skipped:
            part = min({key[0] for key in skipped}, key=lambda part: _rows_of(self.prints[0]).get(part, 0))
            if part not in whole and part not in single:
                rows = [old + new for old, new in zip(rows, self._sample(part), strict=True)]
        return found + locate(self.spec.columns, self.spec.partitions, *rows), len(skipped)

    def _choose(self, bad: Sequence[Key]) -> tuple[dict[Partition, list[int]], dict[Partition, list[int]], list[Key]]:
        """What to fetch: whole buckets, single rows known by their hash, and what would be too much."""
        whole: dict[Partition, list[int]] = defaultdict(list)
        single: dict[Partition, list[int]] = defaultdict(list)
        plans = []
        wide: dict[Partition, int] = defaultdict(int)
        for key in bad:
            sides = [side.get(key, NONE) for side in self.prints]
            value = single_hash(sides[0], sides[1], key[1], self.buckets)
            size = max(sides[0].rows, sides[1].rows) if value is None else abs(sides[0].rows - sides[1].rows)
            plans.append((size, key, value))
            wide[key[0]] += size
        skipped, left = [], FETCHED_ROWS
        for size, key, value in sorted(plans, key=lambda plan: (plan[0], _order(plan[1][0]), plan[1][1])):
            if size > left or wide[key[0]] > FETCHED_ROWS // 4:
                skipped.append(key)
                continue
            left -= size
            if value is None:
                whole[key[0]].append(key[1])
            else:
                single[key[0]].append(value)
        return whole, single, skipped

    def _unexplained(
        self, single: Mapping[Partition, Sequence[int]], rows: Sequence[Sequence[FetchedRow]]
    ) -> dict[Partition, list[int]]:
        """Buckets whose fetched rows do not account for the difference of their sums: several rows differ there."""
        excess: dict[tuple[Partition, int], int] = defaultdict(int)
        for sign, side in zip((1, -1), rows, strict=True):
            for row in side:
                excess[row.partition, row.hashes[0]] += sign
        again: dict[Partition, list[int]] = defaultdict(list)
        for part, hashes in single.items():
            for value in hashes:
                key = (part, value % self.buckets)
                sides = [side.get(key, NONE).rows for side in self.prints]
                if excess[part, value] != sides[0] - sides[1]:
                    again[part].append(key[1])
        return again

    def _sample(self, part: Partition) -> list[list[FetchedRow]]:
        """Rows of a partition in which everything differs: matched on both sides by the columns that agree."""
        self.progress("sampling a partition in which everything differs", 0.9)
        sums = [rows.rows[0] for rows in self._both(lambda d: columns_sql(self.spec, d, part))]
        agreeing = [field for field, a, b in zip(self.spec.columns, *sums, strict=True) if a == b]
        size = max(_rows_of(side).get(part, 0) for side in self.prints)
        self.rows_read += 2 * size
        if not agreeing:
            return [[], []]
        one_in = max(1, size // SAMPLE)
        answers = self._both(lambda d: sample_sql(self.spec, d, part, agreeing, one_in))
        return [[self._row(row) for row in rows.rows[: 5 * SAMPLE]] for rows in answers]

    def _fetch(
        self, whole: Mapping[Partition, Sequence[int]], single: Mapping[Partition, Sequence[int]]
    ) -> list[list[FetchedRow]]:
        rows = _rows_of(self.prints[0])
        self.rows_read += sum(rows.get(part, 0) for part in set(whole) | set(single))
        answers = self._both(lambda d: fetch_sql(self.spec, d, self.buckets, whole, single))
        return [[self._row(row) for row in rows.rows] for rows in answers]

    def _row(self, row: Sequence[Any]) -> FetchedRow:
        width = len(self.spec.partitions)
        first, second = (int(value) for value in row[width : width + 2])
        return FetchedRow(partition_of(self.spec, row), (first, second), tuple(row[width + 2 :]))

    def _counts(self, rows: Rows) -> dict[Partition, int]:
        return {partition_of(self.spec, row): int(row[-1]) for row in rows.rows if int(row[-1])}

    def _both(self, sql: Callable[[Dialect], str]) -> list[Rows]:
        """Ask both engines at the same time."""
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(engine.query, sql(dialect_of(engine))) for engine in self.engines]
            answers = [future.result() for future in waiting]
        self.queries += len(answers)
        self.bytes_scanned += sum(rows.bytes_scanned for rows in answers)
        return answers


def _unique(
    old: Sequence[FetchedRow], new: Sequence[FetchedRow], again: Mapping[Partition, Sequence[int]], buckets: int
) -> list[FetchedRow]:
    """Rows of both fetches; those of a bucket fetched again come from the second only."""
    kept = [row for row in old if row.hashes[0] % buckets not in again.get(row.partition, ())]
    return kept + list(new)


def _buckets(partitions: int, rows: int) -> int:
    """Buckets a partition, a power of two: about ``ROWS_A_GROUP`` rows each, within the bounds on groups."""
    groups = max(GROUPS[0], min(GROUPS[1], rows // ROWS_A_GROUP))
    return int(max(8, min(4096, 2 ** (groups // max(1, partitions)).bit_length())))


def _rows_of(side: Mapping[Key, Group]) -> dict[Partition, int]:
    rows: dict[Partition, int] = defaultdict(int)
    for (part, _), group in side.items():
        rows[part] += group.rows
    return dict(rows)


def _order(partition: Sequence[Any]) -> tuple[tuple[bool, bool, Any], ...]:
    """Sorts partitions that may hold NULL or values of several types."""
    return tuple((value is None, isinstance(value, str), 0 if value is None else value) for value in partition)


def _read_point(spec: TableSpec, partitions: Sequence[Partition]) -> str:
    if not partitions or not spec.partitions:
        return "both sides read whole"
    names = [field.name for field in spec.partitions]
    last = partitions[-1] if spec.until is None else spec.until
    first, end = ("/".join(f"{n}={v}" for n, v in zip(names, p, strict=True)) for p in (partitions[0], last))
    return f"both sides read from {first} to {end}"
