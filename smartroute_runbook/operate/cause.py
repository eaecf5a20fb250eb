"""Why did the dashboard go back? All that is known of it, as the beginning of a root cause; people write the rest.

Nothing of Redshift is asked, for it may be gone: the journal, the samples of the watch, the requests of each attempt,
the parameter's history, the published queries and the alarms are. What cannot be read is said, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from smartroute_runbook.api.routing import CANDIDATE
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.switching import Attempt, Switches, requests_of
from smartroute_runbook.views import Note, Part, Table, View

from .publish import published_since
from .samples import Sample, read
from .sampling import limits_of

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["RootCause", "root_cause"]

T = TypeVar("T")
#: Kinds of entries that say that something was changed.
_CHANGES = ("loaded", "finished", "stopped", "settings-changed", "signature", "revoked", "read-point", "measured")
_WORDS = ("step", "table", "day", "rows", "gate", "signer", "changed", "name", "until", "error")


@dataclass(frozen=True)
class RootCause:
    """What is known when the dashboard has gone back.

    Attributes:
        timeline: every attempt to switch.
        reasons: why it went back: rules that tripped, or what ended the last attempt; none where a person chose to.
        green_until: when all was well for the last time (ISO, UTC): the last good round of the watch, else the
            cut-over, else the gate before it; '' for never.
        changed: what changed since then: moment, what.
        alarms: name, state, since when.
        queries: name, requests, failed, wrong, slow, slowest milliseconds, first trouble; of those with trouble alone.
        unknown: what could not be read, and why.
    """

    evidence_name: ClassVar[str] = "rootcause"
    evidence_version: ClassVar[int] = 1

    timeline: Switches
    reasons: tuple[str, ...]
    green_until: str
    changed: tuple[tuple[str, str], ...]
    alarms: tuple[tuple[str, str, str], ...]
    queries: tuple[tuple[Any, ...], ...]
    unknown: tuple[str, ...] = ()

    def view(self) -> View:
        """The reasons first, then what speaks for them."""
        parts: list[Part] = [Note(f"**{reason}**", "bad") for reason in self.reasons]
        if not parts:  # whoever goes back need not say why, and a rehearsal of it has no cause
            parts.append(Note("**Somebody went back; the journal holds no reason.**", "warn"))
        parts += [part for part in self.timeline.view().parts if isinstance(part, Table)]
        names = ("query", "requests", "failed", "wrong", "slow", "slowest ms", "first trouble")
        if self.queries:
            parts.append(Table(names, self.queries, "Queries with trouble"))
        elif not self.unknown:
            parts.append(Note("No query had trouble: none failed, none was wrong, none was slow.", "good"))
        since = f"since all was well for the last time, {_at(self.green_until)}" if self.green_until else "on record"
        changed = tuple((_at(moment), what) for moment, what in self.changed)
        parts.append(Table(("at", "what"), changed, f"What changed {since}"))
        parts.append(Table(("alarm", "state", "since"), self.alarms, "Alarms"))
        parts += [Note(f"Not known: {why}", "warn") for why in self.unknown]
        asked = "To be written by people: the cause; what is changed so that it cannot come again; how that is seen."
        parts.append(Note(asked))
        return View("Root cause: what is known", tuple(parts), "warn")


def _at(moment: str) -> str:
    """``2026-11-22 21:38:27 UTC``, as everywhere; the evidence keeps the journal's own form."""
    return f"{moment[:19].replace('T', ' ')} UTC"


def root_cause(run: Run) -> RootCause:
    """Collect what is known and keep it as evidence; what cannot be read or kept is said, and stops nothing."""
    cause = _collected(run)
    try:
        run.evidence("rollback.rootcause", cause)
    except (RunbookError, OSError) as error:
        run.unrecorded.append(f"what is known of the cause could not be kept: {error}")
        cause = replace(cause, unknown=(*cause.unknown, f"whether this is kept: {error}"))
    return cause


def _collected(run: Run) -> RootCause:
    timeline, unknown = run.switches(), list[str]()
    cut_over = next((one for one in reversed(timeline.switches) if one.left == CANDIDATE), None)
    samples = _known(unknown, "the watch", lambda: _samples(run, cut_over), list[Sample]())
    begun = cut_over.at if cut_over else ""
    green = next((one.at for one in reversed(samples) if _good(run, one)), "") or begun or _ready(run)
    since = datetime.fromisoformat(green) if green else datetime.min.replace(tzinfo=UTC)
    changed = [
        *_journaled(run, since),
        *_known(unknown, "the published queries", lambda: published_since(run, since), list[tuple[str, str]]()),
        *_known(unknown, "the parameter's history", lambda: _set(run, since), list[tuple[str, str]]()),
    ]
    attempt = next((one for one in reversed(timeline.switches) if one.why and one.at >= begun), None)
    return RootCause(
        timeline,
        tuple(_reasons(run, begun, attempt)),
        green,
        tuple(sorted(changed)),
        tuple(_known(unknown, "the alarms", lambda: _alarms(run), [])),
        tuple(_queries(run, samples, attempt)),
        tuple(unknown),
    )


def _known(unknown: list[str], what: str, look: Callable[[], T], otherwise: T) -> T:
    try:
        return look()
    except (RunbookError, OSError) as error:
        unknown.append(f"{what}: {error}")
        return otherwise


def _samples(run: Run, cut_over: Attempt | None) -> list[Sample]:
    return read(run, datetime.fromisoformat(cut_over.ended)) if cut_over and cut_over.ended else []


def _good(run: Run, sample: Sample) -> bool:
    """Whether nothing at all was wrong in a round of the watch."""
    limits, one = limits_of(run), sample.round(run.settings.dashboard.answer_seconds)
    late = one.behind_seconds is not None and one.behind_seconds > limits.behind_seconds
    well = (not seen.failed and not seen.wrong and seen.milliseconds <= limits.slow_milliseconds for seen in one.seen)
    return bool(one.seen) and all(well) and not late and not one.alarms


def _ready(run: Run) -> str:
    """When the gate before the cut-over was shown last: then every query was answered, and rightly."""
    return next((e.at for e in reversed(list(run.journal.of("gate"))) if e.body.get("gate") == "week4.ready"), "")


def _reasons(run: Run, begun: str, attempt: Attempt | None) -> Iterator[str]:
    tripped = [entry for entry in run.journal.of("watch-tripped") if entry.at >= begun]
    for entry in tripped[-1:]:
        yield from (f"{finding} ({entry.at[:19]})" for finding in entry.body["findings"])
    if attempt:
        yield f"the last attempt that did not end well ({attempt.at[:19]}): {attempt.why}"


def _journaled(run: Run, since: datetime) -> Iterator[tuple[str, str]]:
    for entry in run.journal.entries():
        if entry.kind in _CHANGES and datetime.fromisoformat(entry.at) >= since:
            words = [str(entry.body[key]) for key in _WORDS if key in entry.body]
            yield entry.at, f"{entry.kind} {' '.join(words)} by {entry.by}"


def _set(run: Run, since: datetime) -> list[tuple[str, str]]:
    """Whoever set the engine parameter: also those who used no runbook."""
    name, changed = run.settings.dashboard.engine_parameter, []
    with explained(f"Reading the history of parameter {name}"):
        pages = run.clients.boto("ssm").get_paginator("get_parameter_history").paginate(Name=name)
        changed = [one for page in pages for one in page["Parameters"] if one["LastModifiedDate"] >= since]
    return [
        (_utc(one["LastModifiedDate"]), f"parameter set to {one['Value']} by {one.get('LastModifiedUser', '?')}")
        for one in changed
    ]


def _alarms(run: Run) -> list[tuple[str, str, str]]:
    with explained("Reading the alarms"):
        pages = run.clients.boto("cloudwatch").get_paginator("describe_alarms")
        prefix = f"{run.settings.redshift.cluster}-"
        alarms = [alarm for page in pages.paginate(AlarmNamePrefix=prefix) for alarm in page["MetricAlarms"]]
    return [(str(a["AlarmName"]), str(a["StateValue"]), _utc(a.get("StateUpdatedTimestamp"))[:19]) for a in alarms]


def _utc(moment: Any) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(moment, datetime) else ""


def _queries(run: Run, samples: Iterable[Sample], attempt: Attempt | None) -> Iterator[tuple[Any, ...]]:
    """Of the watch's rounds, and of the requests that the last attempt kept."""
    slow = limits_of(run).slow_milliseconds
    asked: dict[str, list[tuple[float, str, str]]] = {}
    for sample in samples:
        for one in sample.asked:
            asked.setdefault(one.query, []).append((one.milliseconds, one.error or one.fallback, one.wrong or ""))
    for row in requests_of(run.store, run.id, attempt.id) if attempt else ():
        if row[3] == CANDIDATE or row[6]:  # the control's own requests say nothing of the candidate
            asked.setdefault(row[1], []).append((row[4], row[5] or row[6], row[7]))
    for query, answers in sorted(asked.items()):
        counts = [sum(bool(one[1]) for one in answers), sum(bool(one[2]) for one in answers)]
        counts.append(sum(one[0] > slow for one in answers))
        first = next((failed or wrong for _, failed, wrong in answers if failed or wrong), "")
        if any(counts):
            yield (query, len(answers), *counts, max(one[0] for one in answers), first[:300])
