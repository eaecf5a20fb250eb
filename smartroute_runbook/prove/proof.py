"""The result of a table proof: verdict, coverage, price, and where the tables differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from smartroute_runbook.canonical import VOLATILE, plain
from smartroute_runbook.quantities import duration, plural, size, usd
from smartroute_runbook.sqlfacts.athena_billing import BILLED_MINIMUM_MB, MB, TB, USD_A_TB
from smartroute_runbook.views import Note, Part, Table, Tone, View

from .differences import Difference
from .encoding import VERSION
from .left_out import LeftOut

__all__ = ["PartitionProof", "ProofPrice", "TableProof", "price"]


@dataclass(frozen=True)
class ProofPrice:
    """What a proof costs on Athena: bytes billed and US dollars, when all is equal and at most."""

    bytes: int
    usd: Decimal
    bytes_at_most: int
    usd_at_most: Decimal


def price(lake_bytes: int | None, passes: int = 1) -> ProofPrice:
    """Bytes and dollars before anything runs, from the size of the table's files.

    Equal tables: a count, which reads no column, and one pass. Different ones: at most five passes more, each only over
    partitions that differ: in smaller groups, for texts, for the rows of groups in which several differ, and twice over
    one partition in which everything differs. A table too wide for one statement takes several passes, each of which
    reads the columns that tie them and its own: at most all of them.
    """
    least = BILLED_MINIMUM_MB * MB
    scan = max(lake_bytes or 0, least)
    usual, at_most = passes * (scan + least), passes * (6 * scan + least)
    usd = USD_A_TB
    return ProofPrice(usual, usual * usd / TB, at_most, at_most * usd / TB)


@dataclass(frozen=True)
class PartitionProof:
    """One partition: rows on both sides, and in how many of its buckets they differ."""

    partition: Mapping[str, Any]
    control_rows: int
    candidate_rows: int
    differing_buckets: int


@dataclass(frozen=True)
class TableProof:
    """The answer, with all that a reader needs to judge it.

    Attributes:
        differences: located differences; a sample when ``unlocated_buckets`` is not 0.
        unlocated_buckets: differing groups of rows that were not fetched (too many).
        bytes_scanned: on Athena, as it reports them; Redshift does not bill by bytes.
        bytes_billed: the same with Athena's minimum for each query.
        scans: bytes scanned on Athena over those of one scan of the table: 1 when equal.
        candidate_scans: rows read on Redshift, in whatever columns, over its rows: 1 when equal.
        read_point: what both sides were read up to, in words.
        passes: statements that a wide table took, see ``passes``; ``untied``: groups of rows that more than one of them
            tells apart, so that they cannot say which values belong together.
        left_out: rows of the table that were not compared. Unless that was decided, equal is ``equal in part``.
        seconds: wall clock.
        reused: partitions that Athena did not read, because their files are those of an earlier proof.
        contents: what Redshift holds, see ``contents.noted``.
    """

    table: str
    verdict: Literal["equal", "equal in part", "different"]
    control_rows: int
    candidate_rows: int
    partitions: tuple[PartitionProof, ...]
    differences: tuple[Difference, ...]
    unlocated_buckets: int
    priced_before: ProofPrice
    read_point: str
    scans: float = field(default=1.0, metadata=VOLATILE)
    candidate_scans: float = field(default=1.0, metadata=VOLATILE)
    bytes_scanned: int = field(default=0, metadata=VOLATILE)
    bytes_billed: int = field(default=0, metadata=VOLATILE)
    queries: int = field(default=0, metadata=VOLATILE)
    seconds: float = field(default=0.0, metadata=VOLATILE)
    reused: int = field(default=0, metadata=VOLATILE)
    encoding: int = VERSION
    left_out: tuple[LeftOut, ...] = ()
    passes: int = 1
    untied: int = 0
    contents: Mapping[str, Any] = field(default_factory=dict, metadata=VOLATILE)

    @property
    def equal(self) -> bool:
        """Whether every row of every partition is on both sides equally often, none left out without a decision."""
        return self.verdict == "equal"

    @property
    def covered(self) -> float:
        """The share of the table's rows on Athena that was compared."""
        total = self.control_rows + sum(one.rows for one in self.left_out)
        return self.control_rows / total if total else 1.0

    def leaving_out(self, left_out: tuple[LeftOut, ...]) -> TableProof:
        """The same proof, which does not cover all of its table."""
        partly = self.verdict == "equal" and any(one.alarming for one in left_out)
        return replace(self, left_out=left_out, verdict="equal in part" if partly else self.verdict)

    @property
    def usd(self) -> Decimal:
        """What Athena bills for it at its list price."""
        return self.bytes_billed * USD_A_TB / TB

    @property
    def blocks(self) -> tuple[str, ...]:
        """What keeps a gate shut."""
        return () if self.equal else (f"table {self.table} is {self.verdict}",)

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON types; partitions are spelled out only where they differ."""
        return {
            "table": self.table,
            "verdict": self.verdict,
            "rows": self.control_rows,
            "control_rows": self.control_rows,
            "candidate_rows": self.candidate_rows,
            "partitions": len(self.partitions),
            "differing_partitions": plain([part for part in self.partitions if part.differing_buckets]),
            "differences": [{**plain(item), "columns": list(item.columns)} for item in self.differences],
            "unlocated_buckets": self.unlocated_buckets,
            "bytes_scanned": self.bytes_scanned,
            "bytes_billed": self.bytes_billed,
            "usd": str(self.usd),
            "queries": self.queries,
            "scans": round(self.scans, 3),
            "candidate_scans": round(self.candidate_scans, 3),
            "priced_before": plain(self.priced_before),
            "read_point": self.read_point,
            "seconds": round(self.seconds, 3),
            "reused_partitions": self.reused,
            "encoding": self.encoding,
            "passes": self.passes,
            "untied": self.untied,
            "covered_share": round(self.covered, 4),
            "left_out": plain(self.left_out),
        }

    def view(self) -> View:
        """The verdict, what it covers, then what differs."""
        tone: Tone = "good" if self.equal else "bad"
        empty = sum(1 for part in self.partitions if not part.control_rows and not part.candidate_rows)
        covered = (
            f"{plural(self.control_rows, 'row')} on Athena and {self.candidate_rows:,} on Redshift in "
            f"{plural(len(self.partitions), 'partition')} ({empty:,} of them empty), every row by its "
            f"fingerprint (encoding {self.encoding}); {self.read_point}."
        )
        before = self.priced_before
        cost = (
            f"Priced before at {usd(float(before.usd))}, at most {usd(float(before.usd_at_most))}; "
            f"billed {usd(float(self.usd))} for {size(self.bytes_scanned)} scanned on Athena "
            f"({plural(self.scans, 'scan')}). Redshift, which bills no bytes, read {self.candidate_scans:.2f} times "
            f"its rows. {plural(self.queries, 'query')}, {duration(self.seconds)}."
        )
        parts: list[Part] = [Note(covered, tone)]
        if self.left_out:
            left = "; ".join(one.words for one in self.left_out)
            parts.append(Note(f"**{self.covered:.1%} of its rows are covered.** Left out: {left}.", "warn"))
        if self.passes > 1:
            tied = (
                "rows that agree in the columns which tie them differ in one pass at most, so whole rows are compared"
            )
            if self.untied:
                tied = (
                    f"{plural(self.untied, 'group of rows agrees', 'groups of rows agree')} in what ties them, "
                    "not in several passes"
                )
            parts.append(Note(f"Too wide for one statement: {plural(self.passes, 'pass', 'passes')}; {tied}.", tone))
        if self.reused:
            unread = (
                f"{plural(self.reused, 'partition was', 'partitions were')} not read again on Athena: their files "
                "(name, size, ETag), columns "
            )
            parts.append(
                Note(f"{unread}and encoding are those of an earlier proof of this run. Redshift was read whole.")
            )
        parts.append(Note(cost))
        if self.differences:
            parts.append(_table(self.differences))
        if self.unlocated_buckets:
            unlocated = (
                f"{plural(self.unlocated_buckets, 'more group of rows differs', 'more groups of rows differ')}; "
                "their rows were not fetched."
            )
            parts.append(Note(unlocated, "warn"))
        return View(f"{self.table}: {self.verdict}", tuple(parts), tone)


def _table(differences: tuple[Difference, ...]) -> Table:
    rows = []
    for item in differences[:50]:
        where = "/".join(f"{name}={value}" for name, value in item.partition.items())
        what = "; ".join(map(str, item.cells)) or ("the whole partition" if item.row is None else repr(dict(item.row)))
        rows.append((where, item.reason, item.rows[0], item.rows[1], what))
    note = f"The first 50 of {len(differences):,}." if len(differences) > 50 else ""
    return Table(("partition", "reason", "Athena rows", "Redshift rows", "what"), tuple(rows), "Differences", note)
