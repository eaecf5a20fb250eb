"""The collected history checked against CloudWatch's metrics of the workgroup and Cost Explorer's bill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from smartroute_runbook.declared import measured
from smartroute_runbook.errors import AccessDenied, ServiceError, explained
from smartroute_runbook.prices import TB
from smartroute_runbook.quantities import plural, size, usd
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Note, Table, View

from .sources import Source, cloudwatch, cost_explorer, harvested
from .workload import Workload

__all__ = ["CrossCheck", "crosscheck"]

#: Further apart than this, two sources are reported as different.
TOLERANCE = 0.02
BINARY = TB / 2**40


@dataclass(frozen=True)
class CrossCheck:
    """All sources over the same days, and what differs with its likely reasons.

    Attributes:
        first: the first full day, ISO 8601.
        last: the last full day.
        differences: one sentence each; empty when all that could be read agree.
    """

    evidence_name: ClassVar[str] = "crosscheck"
    evidence_version: ClassVar[int] = 1

    first: str
    last: str
    sources: tuple[Source, ...]
    differences: tuple[str, ...]

    def view(self) -> View:
        """One row a source, then what differs."""
        unread = [source.name for source in self.sources if source.state != "read"]
        agree = "agree" if not self.differences else plural(len(self.differences), "difference")
        title = f"Cross-check of the workload, {self.first} to {self.last}: {agree}"
        title += f"; not read: {', '.join(unread)}" if unread else ""
        rows = tuple(
            (
                _NAMES.get(s.name, s.name),
                s.state,
                _rounded(s.queries),
                "" if s.terabytes is None else size(s.terabytes * 1e12),
                "" if s.usd is None else usd(s.usd),
                _rounded(s.total_ms),
                _rounded(s.queue_ms),
                s.said,
            )
            for s in self.sources
        )
        names = ("source", "", "queries", "scanned", "cost", "mean ms", "queued ms", "what it is")
        tones: Any = tuple("plain" if source.state == "read" else "warn" for source in self.sources)
        notes = tuple(Note(text, "warn") for text in self.differences)
        return View(title, (Table(names, rows, tones=tones), *notes), "warn" if self.differences or unread else "good")


_NAMES = {"harvest": "Athena's history"}


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


@measured("decide.crosscheck", CrossCheck)
def crosscheck(run: Run, workload: Workload) -> CrossCheck:
    """Read CloudWatch and Cost Explorer for the full days of the workload; a refused permission is a finding.

    Cost Explorer charges one cent a request (AWS Cost Explorer pricing); one is made for these days.
    """
    days = workload.full_days
    first, after = date.fromisoformat(days[0].date), date.fromisoformat(days[-1].date) + timedelta(days=1)
    harvest, own = harvested(run, workload)
    sources = [harvest, own] if own.queries else [harvest]
    sources += [
        _read("CloudWatch", lambda: cloudwatch(run, first, after)),
        _read("Cost Explorer", lambda: cost_explorer(run, first, after)),
    ]
    return CrossCheck(days[0].date, days[-1].date, tuple(sources), tuple(_differences(sources, own)))


def _read(name: str, read: Callable[[], Source]) -> Source:
    try:
        with explained(f"Reading {name}"):
            return read()
    except AccessDenied as error:
        return Source(name, "refused", said=f"{error.what}. Ask for the permission, or go on without this check")
    except ServiceError as error:
        return Source(name, "not read", said=error.what)


# ---- what differs, and why ---------------------------------------------------------------------------------------


def _differences(sources: list[Source], own: Source) -> Iterator[str]:
    by_name = {source.name: source for source in sources}
    harvest, watched, billed = by_name["harvest"], by_name["CloudWatch"], by_name["Cost Explorer"]
    known = (harvest.queries or 0) + (own.queries or 0)
    if watched.state == "read" and _apart(watched.queries, known):
        why = (
            "history older than 45 days or metrics turned on late"
            if (watched.queries or 0) < known
            else "executions that the history no longer has, or that ended on these days and began before"
        )
        yield f"**CloudWatch counts {plural(watched.queries, 'query')}, the history {known:,.0f}**: {why}."
    scanned = (harvest.terabytes or 0) + (own.terabytes or 0)
    if watched.state == "read" and _apart(watched.terabytes, scanned):
        yield (
            f"**CloudWatch counts {watched.terabytes:,.6f} TB scanned, the history {scanned:,.6f}**: the metrics may "
            "not hold what was scanned before a query failed, and days are cut by when a query ended."
        )
    cost = (harvest.usd or 0) + (own.usd or 0)
    if billed.state == "read" and _apart(billed.usd, cost):
        yield f"**Cost Explorer says ${billed.usd:,.4f}, the history ${cost:,.4f}**: {_why_billed(billed, cost)}."


def _why_billed(billed: Source, cost: float) -> str:
    ratio = (billed.usd or 0) / cost if cost else float("inf")
    if abs(ratio / BINARY - 1) <= TOLERANCE:
        return "their ratio is that of a decimal to a binary terabyte: AWS bills 2^40 bytes as one"
    if ratio > 1:
        return "the bill is the whole account's: other workgroups, DPU hours and other regions are in it"
    return "credits, a private price, or capacity that is not billed by the byte; the last day may be incomplete"


def _apart(one: float | None, other: float) -> bool:
    return one is not None and abs(one - other) > TOLERANCE * max(abs(other), 1e-9)
