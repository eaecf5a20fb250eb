"""Are two tables equal, row for row? Both engines are read once; rows are fetched only where they differ."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from smartroute_runbook.engines.interface import Engine, Rows
from smartroute_runbook.errors import Refused, ServiceError, UsageError, VerificationFailed
from smartroute_runbook.quantities import plural

from .contents import noted
from .differences import Difference
from .drill import Drill
from .encoding import Dialect, parted
from .engine_pair import EnginePair
from .fingerprint import counts_sql, fingerprint_sql, groups, varying_sql
from .golden import check
from .level import GROUPS, Level, order, power_of_two, rows_of
from .memory import Memory, keep, recall
from .passes import Passes, in_pieces, longest, passes_of
from .proof import PartitionProof, ProofPrice, TableProof, price
from .spec import Partition, TableSpec, dialect_of, partition_of
from .whole_partitions import Key, Prints

__all__ = ["PartitionProof", "ProofPrice", "TableProof", "price", "tables_equal"]

Progress = Callable[[str, float], None]

ROWS_A_GROUP = 20  # few enough that a differing row is isolated in its group, many enough that groups are cheap


def tables_equal(
    control: Engine,
    candidate: Engine,
    spec: TableSpec,
    *,
    budget_usd: Decimal | None = None,
    progress: Progress | None = None,
    lake_state: Callable[[], str] | None = None,
    memory: Memory | None = None,
) -> TableProof:
    """Prove two tables equal, or say where they are not.

    Args:
        control: Athena.
        candidate: Redshift.
        spec: the table on both sides.
        budget_usd: what Athena may bill for this at most; None for no limit.
        progress: called with what is being done and the share done.
        lake_state: names the state of the control's files (a digest of their names and ETags); asked before and
            after, so that a proof never spans two states.
        memory: where the control's fingerprints are kept: partitions whose files did not change are not read again.

    Raises:
        Refused: it may cost more than the budget.
        UsageError: a budget without the table's size, or a column type that the encoding does not cover.
        VerificationFailed: a table changed while it was read.
        ServiceError: an engine refused a query, or returned no rows of files that are not empty.
    """
    report = progress or (lambda _what, _share: None)
    passes = passes_of(spec, {dialect_of(engine): longest(engine) for engine in (control, candidate)})
    before = price(spec.lake_bytes, len(passes.specs))
    _within(budget_usd, before, spec)
    state = lake_state() if lake_state else ""
    comparisons = [_Comparison(control, candidate, one, report, memory) for one in passes.specs]
    proofs = [comparison.run(before) for comparison in comparisons]
    proof = proofs[0] if len(proofs) == 1 else _together(proofs, passes, candidate)
    if lake_state and lake_state() != state:
        raise _moved(spec, "the lake's files")
    for comparison in comparisons:
        comparison.remember()
    return replace(proof, contents=noted(spec, [one.candidate for one in comparisons]))


def _together(proofs: Sequence[TableProof], passes: Passes, candidate: Engine) -> TableProof:
    """The passes of a wide table as one proof."""
    different = [proof for proof in proofs if not proof.equal]
    varying = 0
    if not different:
        answers = [candidate.query(varying_sql(one, dialect_of(candidate), passes.tying)) for one in passes.specs]
        groups_of = sorted(int(rows.scalar()) for rows in answers)
        varying = groups_of[-2]
    first = (different or proofs)[0]
    return replace(
        first,
        verdict="different" if different else "equal in part" if varying else "equal",
        differences=tuple(one for proof in proofs for one in proof.differences),
        unlocated_buckets=sum(proof.unlocated_buckets for proof in proofs),
        scans=sum(proof.scans for proof in proofs),
        candidate_scans=sum(proof.candidate_scans for proof in proofs),
        bytes_scanned=sum(proof.bytes_scanned for proof in proofs),
        bytes_billed=sum(proof.bytes_billed for proof in proofs),
        queries=sum(proof.queries for proof in proofs) + (0 if different else len(proofs)),
        seconds=sum(proof.seconds for proof in proofs),
        reused=sum(proof.reused for proof in proofs),
        passes=len(proofs),
        untied=varying,
    )


def _within(budget: Decimal | None, before: ProofPrice, spec: TableSpec) -> None:
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
    """One comparison under way."""

    def __init__(
        self, control: Engine, candidate: Engine, spec: TableSpec, progress: Progress, memory: Memory | None
    ) -> None:
        self.pair = EnginePair(control, candidate)
        self.spec, self.progress, self.memory = spec, progress, memory
        self.reused, self._kept_level = 0, Level(({}, {}), 1)

    @property
    def candidate(self) -> Prints:
        """The candidate's groups."""
        return self._kept_level.prints[1]

    def remember(self) -> None:
        """Keep the control's fingerprints: the files were the same before and after."""
        keep(self.memory, self.spec, self._kept_level.buckets, self._kept_level.prints[0])

    def run(self, before: ProofPrice) -> TableProof:
        started = time.perf_counter()
        self.progress(f"counting rows (${before.usd:.4f} on Athena, at most ${before.usd_at_most:.4f})", 0.0)
        counts = self._counts()
        everywhere = sorted({*counts[0], *counts[1], *(self.spec.registered or ())}, key=order)
        total = sum(counts[0].values())
        self.progress(f"fingerprinting {plural(total, 'row')} on both sides", 0.1)
        buckets = _buckets(len(everywhere), max(total, sum(counts[1].values())), len(parted(self.spec.columns)[0]))
        level, one_scan = self._level(buckets, counts)
        bad = level.differing()
        drill = Drill(self.pair, self.spec, level)
        differences: list[Difference] = []
        if bad:
            self.progress("naming the differences", 0.8)
            self.pair.queries += sum(check(engine, self.spec.columns) for engine in self.pair.engines)
            differences = drill.down(bad)
        self.progress("done", 1.0)
        return TableProof(
            f"{self.spec.database}.{self.spec.table}",
            "different" if bad else "equal",
            total,
            sum(counts[1].values()),
            self._partitions(everywhere, counts, bad),
            tuple(sorted(differences, key=lambda item: order(tuple(item.partition.values())))),
            drill.unlocated,
            before,
            _read_point(self.spec, everywhere),
            scans=self.pair.bytes_scanned / one_scan if one_scan else 1 + drill.rows_read[0] / (total or 1),
            candidate_scans=1 + drill.rows_read[1] / (sum(counts[1].values()) or 1),
            bytes_scanned=self.pair.bytes_scanned,
            bytes_billed=self.pair.bytes_billed,
            queries=self.pair.queries,
            seconds=time.perf_counter() - started,
            reused=self.reused,
        )

    def _counts(self) -> list[dict[Partition, int]]:
        answers = self.pair.query(lambda d: counts_sql(self.spec, d))
        counts = [{partition_of(self.spec, row): int(row[-1]) for row in rows.rows if int(row[-1])} for rows in answers]
        if not counts[0] and self.spec.lake_bytes and self.spec.until is None and self.spec.since is None:
            raise ServiceError(
                f"Athena counts no rows in {self.spec.table}, though its files hold "
                f"{plural(self.spec.lake_bytes, 'byte')}",
                hint="Check that its partitions are registered, and where the workgroup keeps its results",
            )
        return counts

    def _level(self, buckets: int, counts: Sequence[Mapping[Partition, int]]) -> tuple[Level, int]:
        """The groups of both sides, and the bytes that one scan of the control takes."""
        known = recall(self.memory, self.spec, buckets)
        # What is recalled has as many rows as are counted now, or is not of what Athena reads now.
        same = [part for part, rows in counts[0].items() if known.rows(part) == rows]
        if not same:
            answers = self.pair.query(lambda d: fingerprint_sql(self.spec, d, buckets))
            scanned, prints = answers[0].bytes_scanned, [self._groups(rows) for rows in answers]
        else:
            buckets, self.reused, scanned = known.buckets, len(same), self.spec.lake_bytes or 0
            prints = [
                known.prints(same),
                self._groups(self.pair.query_one(1, lambda d: self._fingerprint_sql(d, buckets, ()))),
            ]
            kept = frozenset(same)
            changed = [part for part in counts[0] if part not in kept]
            for some in in_pieces(
                changed, lambda some, d: self._fingerprint_sql(d, buckets, some), self.pair.engines[:1]
            ):
                answer = self.pair.query_one(0, lambda d: self._fingerprint_sql(d, buckets, some))  # noqa: B023
                prints[0] = {**prints[0], **self._groups(answer)}
        for engine, side, counted in zip(self.pair.engines, prints, counts, strict=True):
            if rows_of(side) != counted:
                raise _moved(self.spec, f"its row counts on {engine.name}")
        self._kept_level = Level(prints, buckets)
        return self._kept_level, scanned

    def _fingerprint_sql(self, dialect: Dialect, buckets: int, only: Sequence[Partition]) -> str:
        return fingerprint_sql(self.spec, dialect, buckets, tuple(only))

    def _groups(self, rows: Rows) -> Prints:
        return {(part, n): group for part, n, group in groups(self.spec, rows)}

    def _partitions(
        self, everywhere: Sequence[Partition], counts: Sequence[Mapping[Partition, int]], bad: Sequence[Key]
    ) -> tuple[PartitionProof, ...]:
        names = [field.name for field in self.spec.partitions]
        groups_of = Counter(part for part, _ in bad)
        return tuple(
            PartitionProof(
                dict(zip(names, part, strict=True)), counts[0].get(part, 0), counts[1].get(part, 0), groups_of[part]
            )
            for part in everywhere
        )


def _buckets(partitions: int, rows: int, numbers: int = 0) -> int:
    """Buckets a partition, a power of two: about ``ROWS_A_GROUP`` rows each, within the bounds on groups."""
    groups_a_side = max(GROUPS[0], min(GROUPS[1], rows // ROWS_A_GROUP))
    groups_a_side = groups_a_side * 16 // max(16, numbers)  # a group is a text of all its sums
    return max(8, min(4096, power_of_two(groups_a_side // max(1, partitions))))


def _read_point(spec: TableSpec, partitions: Sequence[Partition]) -> str:
    if not spec.partitions or not (partitions or spec.since or spec.until):
        return "both sides read whole"
    names = [field.name for field in spec.partitions]
    ends = (spec.since or (partitions[0] if partitions else ()), spec.until or (partitions[-1] if partitions else ()))
    first, end = ("/".join(f"{n}={v}" for n, v in zip(names, p, strict=False)) or "the first" for p in ends)
    return f"both sides read from {first} to {end}"
