"""What an experiment was, what it measured, and how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from smartroute_runbook.quantities import plural
from smartroute_runbook.views import STAND_IN_TIMES, Bars, Note, Part, Series, Table, Tone, View

from .bill import Bill
from .judgement import Judgement, Limits
from .pairs import Differing
from .replay import SIDES, Side
from .targets import Target, target_table

__all__ = ["Experiment", "Kind", "Plan", "Sample"]

Kind = Literal["cold", "warm", "cache-hit"]

EXPECTATION = "Latency and cost are as the business expects"
"""The point of the gate's checklist that an open verdict speaks against."""
_SHOWN = ((50, 1), (95, 20), (99, 100))  # percentile, and the runs from which on it can be told


@dataclass(frozen=True)
class Plan:
    """What was fixed before anything ran.

    Attributes:
        interval: seconds from one shot to the next, whichever engine; a query on an engine every
            2 x interval x queries seconds.
        verdict_blocks: whether a gate stays shut when the verdict is ``fail``.
        connections: sessions a side.
        target_seconds: what the 95th percentile of each query may take; None holds nothing against it.
        first_look: shown without a verdict: it is too small for one.
    """

    label: str
    queries: tuple[str, ...]
    rounds: int
    interval: float
    seed: int
    limits: Limits
    verdict_blocks: bool = True
    connections: int = 1
    target_seconds: float | None = None
    first_look: bool = False


@dataclass(frozen=True)
class Sample:
    """One query on one side, in one class.

    Attributes:
        kind: ``cold`` the first contact; ``warm`` the open-loop rounds, result cache off; ``cache-hit`` repeated texts
            with Redshift's result cache, and Athena's result reuse, on.
        latency: seconds from the scheduled start, of the runs that succeeded, in their order.
        service: seconds from the actual start, likewise.
        bytes_scanned: mean.
        failed: runs that failed; ``errors`` the distinct first messages.
    """

    side: Side
    query: str
    kind: Kind
    latency: tuple[float, ...]
    service: tuple[float, ...]
    bytes_scanned: int
    failed: int
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """Plan, samples, bill and verdict of one comparison.

    Attributes:
        lag_p99: seconds by which shots started late although their engine was idle: the generator's own error.
        notes: what could not be done as planned.
        compared: pairs of answers that were compared; ``differing`` are the queries with pairs that differ.
        targets: the candidate's 95th percentiles against the plan's promise.
        missing_rounds: how many rounds more the wanted power takes, where the verdict is open.
    """

    evidence_name: ClassVar[str] = "firstlook"
    evidence_version: ClassVar[int] = 1

    plan: Plan
    rehearsal: bool
    names: tuple[str, str]
    samples: tuple[Sample, ...]
    bill: Bill
    judgement: Judgement
    lag_p99: float
    notes: tuple[str, ...] = ()
    compared: int = 0
    differing: tuple[Differing, ...] = ()
    targets: tuple[Target, ...] = ()
    missing_rounds: int = 0

    @property
    def blocks(self) -> tuple[str, ...]:
        """Why nobody may sign: a wrong answer, a query that fails on the candidate alone, an agreed verdict."""
        broken = [
            f"'{one.query}' answered otherwise on {self._name('candidate')} in {one.pairs:,} of "
            f"{plural(one.compared, 'pair')}: {one.why}"
            for one in self.differing
        ]
        broken += [
            f"'{query}' fails on {self._name('candidate')}: {sample.errors[0]}"
            for query in self.plan.queries
            if (sample := self.sample("candidate", query, "warm")) and sample.failed and not sample.latency
        ]
        if self.plan.verdict_blocks and self.judgement.verdict == "fail":
            found = {
                kind: ", ".join(m.name for m in self.judgement.metrics if m.critical and m.outcome == kind)
                for kind in ("worse", "no data")
            }
            broken += [f"{self._name('candidate')} is worse than agreed in: {found['worse']}"] if found["worse"] else []
            broken += [f"nothing can be told of: {found['no data']}"] if found["no data"] else []
        missed = [target.query for target in self.targets if target.outcome == "missed"]
        if self.plan.verdict_blocks and missed and not self.rehearsal:
            broken.append(
                f"{self._name('candidate')} takes more than {self.plan.target_seconds:g} s (p95): {', '.join(missed)}"
            )
        return tuple(broken)

    @property
    def against(self) -> dict[str, str]:
        """What a signature must give a reason for: a verdict that is no verdict."""
        if self.judgement.verdict != "inconclusive":
            return {}
        more = f": {plural(self.missing_rounds, 'more round')} are needed" if self.missing_rounds else ""
        return {EXPECTATION: f"not enough to decide{more}"}

    def sample(self, side: Side, query: str, kind: Kind) -> Sample | None:
        """The sample, where it was measured."""
        matching = (s for s in self.samples if (s.side, s.query, s.kind) == (side, query, kind))
        return next(matching, None)

    def view(self) -> View:
        """Latencies, verdict, cost."""
        verdict = self.judgement.view()
        parts: list[Part] = [Note(f"**{STAND_IN_TIMES}**", "warn")] if self.rehearsal else []
        parts += [self._answers(), self._chart(), self._latencies()]
        decides = not self.plan.first_look
        if self.targets and decides:
            parts.append(target_table(self.targets, "Kept or missed only where the whole interval says so."))
        parts += [*(verdict.parts if decides else ()), *self.bill.parts()]
        if self.missing_rounds and decides:
            parts.append(
                Note(
                    f"Not enough: {plural(self.missing_rounds, 'more round')} are needed for the wanted power.", "warn"
                )
            )
        errors = tuple((s.query, s.kind, self._name(s.side), s.failed, e) for s in self.samples for e in s.errors)
        if errors:
            parts.append(Table(("query", "class", "engine", "failed", "error"), errors, title="Failures"))
        parts += [Note(note, "warn") for note in self.notes]
        plan = self.plan
        parts.append(
            Note(
                f"{plural(plan.rounds, 'round')} in random order (seed {plan.seed}), a shot every "
                f"{plan.interval:.3f} s; latency "
                f"from the scheduled start; the generator itself was at most {1000 * self.lag_p99:.1f} ms late (p99)."
            )
        )
        title = f"{self.plan.label}: {self.names[0].title()} (control) and {self.names[1].title()} (candidate)"
        if not decides:
            return View(f"{title}; the registered week decides", tuple(parts), "bad" if self.differing else "plain")
        return View(f"{title}: {verdict.title.lower()}", tuple(parts), verdict.tone)

    def _answers(self) -> Part:
        if not self.compared:
            return Note("No pair of answers was compared.", "warn")
        if not self.differing:
            return Note(
                f"{plural(self.compared, 'pair of answers was', 'pairs of answers were')} compared: no answer "
                "differed.",
                "good",
            )
        rows = tuple(
            (one.query, f"{one.pairs:,} of {one.compared:,}", one.why, *_first(one), *(d[:12] for d in one.digests))
            for one in self.differing
        )
        columns = ("query", "pairs that differ", "why", "Athena", "Redshift", "Athena's digest", "Redshift's digest")
        tones: tuple[Tone, ...] = tuple("bad" for _ in rows)
        return Table(columns, rows, title="Answers differ", tones=tones)

    def _name(self, side: Side) -> str:
        return self.names[SIDES.index(side)].title()

    def _chart(self) -> Bars:
        series, medians = [], {}
        fewest = min((len(s.latency) for s in self.samples if s.kind == "warm" and s.latency), default=0)
        top, label = (95, "p95") if fewest >= dict(_SHOWN)[95] else (100, "the slowest run")
        for side in SIDES:
            warm = [s for s in self.samples if s.side == side and s.kind == "warm" and s.latency]
            points = [np.percentile(s.latency, (50, top)) * 1000 for s in warm]
            name = self._name(side) + (" (stand-in)" if self.rehearsal else "")
            p50, p95 = (tuple(round(float(point[i]), 3) for point in points) for i in (0, 1))
            series.append(Series(name, tuple(s.query for s in warm), p50, low=p50, high=p95))
            medians[side] = dict(zip((s.query for s in warm), p50, strict=True))
        both = [query for query in medians["control"] if query in medians["candidate"]]
        faster = sum(medians["candidate"][query] < medians["control"][query] for query in both)
        where = " on stand-ins" if self.rehearsal else ""
        finding = f"{self._name('candidate')}'s median is the lower in {faster} of {plural(len(both), 'query')}{where}"
        return Bars(f"{finding} (warm; whisker to {label})", "query", "ms", tuple(series))

    def _latencies(self) -> Table:
        rows = []
        for query in self.plan.queries:
            for kind in ("cold", "warm", "cache-hit"):
                for side in SIDES:
                    sample = self.sample(side, query, kind)
                    if sample is not None:
                        rows.append((query, kind, self._name(side), *_percentiles(sample.latency), sample.failed))
        columns = ("query", "class", "engine", "runs", "p50 ms", "p95 ms", "p99 ms", "failed")
        note = "Percentiles only where the runs can tell: p95 from 20 runs on, p99 from 100."
        return Table(columns, tuple(rows), title="Latency from the scheduled start", note=note)


def _first(one: Differing) -> tuple[str, str]:
    return one.rows[0] if one.rows else ("", "")


def _percentiles(latency: Sequence[float]) -> tuple[int, str, str, str]:
    shown = ["-" if len(latency) < least else f"{1000 * np.percentile(latency, p):,.1f}" for p, least in _SHOWN]
    return len(latency), shown[0], shown[1], shown[2]
