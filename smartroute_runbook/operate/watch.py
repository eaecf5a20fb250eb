"""Watch the dashboard after the cut-over: judge each round as it is taken, and go back where a rule says so.

The 48 hours are watched by ``smartroute-runbook watch``, not by a sleeping cell; a notebook shows what there is. A
watch that was killed goes on with the rest of its hours; the gap is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.api.routing import CANDIDATE, Route
from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.declared import measured
from smartroute_runbook.errors import Refused, RunbookError, ServiceError
from smartroute_runbook.quantities import duration, plural
from smartroute_runbook.runs.changed_settings import settings_as_opened
from smartroute_runbook.runs.plan import gate_items
from smartroute_runbook.views import STAND_IN_TIMES, Note, Part, Table, Tone, View

from .agreement import Agreement, Proven
from .cause import root_cause
from .dashboard import engine_parameter
from .moving import to_control
from .rules import Finding, Judge
from .samples import Asked, Sample, blind_since, coverage, keep, read
from .sampling import Sampler, limits_of

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run
    from smartroute_runbook.runs.switching import Switches

__all__ = ["Watched", "observe", "watch", "watched"]

INLINE_SECONDS = 60
"""The longest watch that a notebook cell does by itself."""
BLIND_SECONDS = 900
"""For so long a watch goes on though what its rules judge by cannot be read: a short outage of CloudWatch is no end."""
_P95_FROM = 20
"""Answers from which on a 95th percentile is another number than the slowest."""


@dataclass(frozen=True)
class Watched:
    """Requests since the cut-over, by query.

    Attributes:
        engine: the engine that is watched.
        hours: covered so far; ``wanted`` of them are needed.
        queries: name, requests, failures, p50, p95 and slowest in milliseconds, comparisons and wrong answers.
        strays: answers by another engine.
        findings: the rules that have tripped, once each, in the order in which they did.
        gaps: from and to (ISO, UTC) where nobody watched.
        went_back: what was done about the findings; '' for nothing.
        rehearsal: whether stand-ins answered, whose times say nothing about AWS.
    """

    evidence_name: ClassVar[str] = "watched"
    evidence_version: ClassVar[int] = 2

    engine: str
    hours: float
    wanted: float
    queries: tuple[tuple[str, int, int, float, float, float, int, int], ...]
    strays: int
    findings: tuple[str, ...] = ()
    gaps: tuple[tuple[str, str], ...] = ()
    went_back: str = field(default="", metadata=VOLATILE)
    rehearsal: bool = False

    def amiss(self, run: Run, _beside: object = None) -> tuple[str, ...]:
        """Why a gate must not be shown this: users are not where they were watched; a kernel keeps what it saw."""
        if run.reading:
            return ()
        try:
            route = engine_parameter(run).read()
        except RunbookError as unknown:
            return (f"where the dashboard reads now is not known: {unknown}",)
        return () if route == Route(CANDIDATE) else (f"the dashboard's parameter is {route}, not {CANDIDATE}",)

    @property
    def failures(self) -> int:
        """Requests that failed."""
        return sum(row[2] for row in self.queries)

    @property
    def blocks(self) -> tuple[str, ...]:
        """A watch that is too short, or in which a rule tripped, blocks its gate."""
        reasons = list(self.findings)
        if self.hours < self.wanted:
            reasons.append(f"watched {self.covered}: run 'smartroute-runbook watch'")
        if self.findings and self.failures:
            reasons.append(f"{plural(self.failures, 'request')} failed")
        if self.strays:
            reasons.append(
                f"{plural(self.strays, 'request was', 'requests were')} not answered by {self.engine.title()}"
            )
        unseen = [name for name, requests, *_, compared, _wrong in self.queries if requests and not compared]
        if unseen:
            reasons.append(f"no answer of {', '.join(unseen)} was compared with the control's")
        return tuple(reasons)

    @property
    def covered(self) -> str:
        """How long was watched, of how long."""
        return f"{duration(self.hours * 3600)} of {duration(self.wanted * 3600)}"

    @property
    def says(self) -> Mapping[str, str]:
        """What was seen for the points of the gate that it stands for."""
        _, alarms, regression, _ = gate_items("week4.switched")
        tripped = "; ".join(self.findings) or "no rule of the watch tripped"
        return {alarms: f"{tripped}; whether alarms reach somebody was signed at week4.ready", regression: self._seen}

    @property
    def _seen(self) -> str:
        requests, wrong = sum(row[1] for row in self.queries), sum(row[7] for row in self.queries)
        tripped = f"; {plural(len(self.findings), 'rule')} tripped" if self.findings else ""
        return (
            f"{self.covered} watched, {plural(requests, 'request')}: {self.failures:,} failed, {wrong:,} wrong{tripped}"
        )

    def view(self) -> View:
        """One row a query."""
        names = ("query", "requests", "failed", "p50 ms", "p95 ms", "slowest ms", "compared", "wrong")
        told = tuple((*row[:4], row[4] if row[1] - row[2] >= _P95_FROM else None, *row[5:]) for row in self.queries)
        note = f"p95 from {_P95_FROM} answers on." if any(row[4] is None for row in told) else ""
        parts: list[Part] = [Note(f"**{STAND_IN_TIMES}**", "warn")] if self.rehearsal else []
        parts.append(Table(names, told, note=note))
        parts += [Note(f"**{finding}**", "bad") for finding in self.findings]
        if self.gaps:
            parts.append(Table(("not watched, or not to be judged, from", "to"), self.gaps, "Gaps"))
        if self.went_back:
            parts.append(Note(f"**{self.went_back}**", "bad"))
        tone: Tone = "bad" if self.findings else "warn" if self.blocks else "good"
        return View(f"Watch of {self.engine.title()}: {self._seen}", tuple(parts), tone)


def since_cut_over(run: Run) -> datetime:
    """When Redshift got all the requests, for the last time.

    Raises:
        Refused: it does not have them.
    """
    route = engine_parameter(run).read()
    stays = [one for one in run.switches().switches if one.outcome in ("switched", "interrupted")]
    if route != Route(CANDIDATE) or not stays or stays[-1].left != CANDIDATE:
        raise Refused(
            f"There is nothing to watch: the dashboard's parameter is {route}",
            expected=f"{CANDIDATE}, since a cut-over of this run",
            hint="Cut over first (week 4), or 'smartroute-runbook switch redshift'",
        )
    return datetime.fromisoformat(stays[-1].ended)


def watched(run: Run, hours: float | None = None, went_back: str = "") -> Watched:
    """What the watch saw since the cut-over; reads, and asks nobody.

    Raises:
        Refused: the dashboard was not cut over in this run.
    """
    return _watched(run, read(run, since_cut_over(run)), hours, went_back)


@measured("operate.watch", Watched)
def watch(run: Run, queries: Iterable[str] | Mapping[str, Proven], switches: Switches) -> Watched:
    """What the watch saw since the last of these switches; a short one is completed here, a tripped one acted on.

    Raises:
        Refused: the dashboard was not cut over in this run.
    """
    if run.switches() != switches:
        raise Refused("The dashboard was switched since these switches were read", hint="Read them again")
    before = watched(run)
    short = 0 < (before.wanted - before.hours) * 3600 <= INLINE_SECONDS and not before.findings
    if short or _judged(run, read(run, since_cut_over(run)))[1]:
        return observe(run, queries, Agreement(run, queries))
    return before


def observe(
    run: Run,
    queries: Iterable[str] | Mapping[str, Proven],
    agreement: Agreement,
    *,
    hours: float | None = None,
    every: float | None = None,
) -> Watched:
    """Sample and judge until so many hours are covered since the cut-over, or a rule trips.

    Args:
        run: the run.
        queries: names.
        agreement: compares the answers with the control's.
        hours: wanted in all; those that are covered already count. Default: ``dashboard.watch_hours``.
        every: seconds between two rounds. Default: ``dashboard.watch_every``.

    Returns:
        What was seen; with findings the dashboard is back on Athena where ``dashboard.roll_back_automatically`` is set.

    Raises:
        Refused: the dashboard was not cut over in this run, or somebody sent it back meanwhile.
        ServiceError: for ``BLIND_SECONDS`` nothing could be judged; what was watched before counts.
    """
    settings, names = run.settings.dashboard, tuple(sorted(queries))
    every, since = every or settings.watch_every, since_cut_over(run)
    samples = read(run, since)
    judge, tripped = _judged(run, samples)
    if tripped:  # and whoever saw it was killed before it went back
        return _watched(run, samples, hours, _act(run, names, tripped))
    sampler = Sampler(run, names, agreement, every=every, compare_every=settings.compare_every, since=since)
    wanted = (_hours(run) if hours is None else hours) * 3600
    with run.progress("Watching", wanted, "s") as line:
        while (covered := coverage(samples).seconds) < wanted:
            line.update(covered)
            began = time.monotonic()
            samples.append(sampler.take())
            keep(run, samples[-1])
            if findings := judge.read(samples[-1].round(settings.answer_seconds)):
                went_back = _act(run, names, findings)
                return _watched(run, samples, hours, went_back)
            since_cut_over(run)
            _require_sight(samples, min(BLIND_SECONDS, max(wanted, 10 * every)))
            time.sleep(max(0.0, every - (time.monotonic() - began)))
    return _watched(run, samples, hours, "")


def _require_sight(samples: Sequence[Sample], patience: float) -> None:
    """A watch that cannot judge would go on for ever, as what it covers does not grow."""
    first = blind_since(samples)
    if first is None or (samples[-1].begin - first.begin).total_seconds() < patience:
        return
    raise ServiceError(
        f"The watch cannot judge since {first.at[:19]} UTC: {'; '.join(samples[-1].notes) or samples[-1].route}",
        expected="freshness and alarms that can be read in CloudWatch",
        hint="Users are still on Redshift. Mend that and run 'smartroute-runbook watch' again, what was watched before "
        "counts; or go back: smartroute-runbook rollback",
    )


def _judged(run: Run, samples: Sequence[Sample]) -> tuple[Judge, tuple[Finding, ...]]:
    """A judge that has read these samples, and what is tripped after the last of them."""
    judge, tripped = Judge(limits_of(run)), tuple[Finding, ...]()
    for sample in samples:
        tripped = judge.read(sample.round(run.settings.dashboard.answer_seconds))
    return judge, tripped


def _act(run: Run, names: Sequence[str], findings: Sequence[Finding]) -> str:
    """Go back, or say loudly how."""
    automatic = run.settings.dashboard.roll_back_automatically
    reasons = [str(finding) for finding in findings]
    run.journal.append("watch-tripped", {"findings": reasons, "roll_back": automatic})
    if not automatic:
        return "GO BACK NOW: smartroute-runbook rollback (dashboard.roll_back_automatically is false)"
    try:
        facts = to_control(run, names)
    except RunbookError as error:
        return f"Going back did not end well: {error} Look at it now: smartroute-runbook switch athena"
    root_cause(run)  # kept as evidence while all of it is fresh
    return f"The dashboard was sent back to Athena in {facts['seconds']:.1f} s. Record it: smartroute-runbook rollback"


def _watched(run: Run, samples: Sequence[Sample], hours: float | None, went_back: str) -> Watched:
    judge, found = Judge(limits_of(run)), dict[tuple[str, str], str]()
    by_query: dict[str, list[Asked]] = {}
    for sample in samples:
        for finding in judge.read(sample.round(run.settings.dashboard.answer_seconds)):
            found.setdefault((finding.rule, finding.subject), str(finding))
        for one in sample.asked:
            by_query.setdefault(one.query, []).append(one)
    covered = coverage(samples)
    strays = sum(1 for asked in by_query.values() for one in asked if not one.error and one.engine != CANDIDATE)
    wanted = _hours(run) if hours is None else hours
    rows = tuple(_row(query, asked) for query, asked in sorted(by_query.items()))
    watched_hours = round(covered.seconds / 3600, 4)
    findings, gaps, rehearsal = tuple(found.values()), covered.gaps, run.rehearsal
    return Watched(CANDIDATE, watched_hours, wanted, rows, strays, findings, gaps, went_back, rehearsal)


def _hours(run: Run) -> float:
    """How long the watch must be: never shorter than when the run was opened."""
    opened = settings_as_opened(run.journal)
    return max(run.settings.dashboard.watch_hours, opened.dashboard.watch_hours if opened else 0.0)


def _row(query: str, asked: Sequence[Asked]) -> tuple[str, int, int, float, float, float, int, int]:
    times = sorted(one.milliseconds for one in asked if not one.error) or [0.0]
    p50, p95 = (times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95))
    compared = [one.wrong for one in asked if one.wrong is not None]
    failed = sum(bool(one.error) for one in asked)
    return query, len(asked), failed, p50, p95, times[-1], len(compared), sum(map(bool, compared))
