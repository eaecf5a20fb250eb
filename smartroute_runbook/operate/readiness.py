"""May the dashboard be cut over? Each point measured now; what moves by the minute is shown, and not what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.api.routing import CANDIDATE, CONTROL
from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import gate_good_for_days, gate_items
from smartroute_runbook.runs.secrets.scanning import without_secrets
from smartroute_runbook.runs.switching import Switches
from smartroute_runbook.views import Note, Part, Table, Tone, View

from .agreement import Agreement, Proven
from .attempt import end_killed
from .dashboard import Dashboard
from .publish import published_text
from .receivers import Heard, heard, send_test
from .sampling import behind_seconds
from .set_by import note_setting, settings_of_others
from .snapshot import TakeSnapshot
from .switch import RehearseWayBack

if TYPE_CHECKING:
    from smartroute_runbook.load import Proofs, Synced
    from smartroute_runbook.runs.run import Run

__all__ = ["ALARMS_ITEM", "Point", "Ready", "ready"]

ALARMS_ITEM = "The alarms reach somebody: a test message was acknowledged"
"""The gate's item that people may confirm although nobody has acknowledged: with a reason of their own."""

_OF_ITEMS = (("answers", "results"), ("rows", "freshness"), ("snapshot",), (), ("way back",))
"""Which points stand for each item of the gate, in the plan's order; the alarms have a sentence of their own."""


@dataclass(frozen=True)
class Point:
    """One thing that must be so before the cut-over.

    Attributes:
        holds: whether it is.
        says: what is signed: stays the same as long as it holds.
        measured: what was measured now.
    """

    name: str
    holds: bool
    says: str
    measured: str = field(default="", metadata=VOLATILE)


@dataclass(frozen=True)
class Ready:
    """All points; one that does not hold blocks the gate, except whether somebody hears the alarms."""

    evidence_name: ClassVar[str] = "ready"
    evidence_version: ClassVar[int] = 1

    points: tuple[Point, ...]
    alarms: str

    @property
    def blocks(self) -> tuple[str, ...]:
        """The points that do not hold."""
        return tuple(f"{p.name}: {p.measured or p.says}" for p in self.points if not p.holds)

    @property
    def against(self) -> Mapping[str, str]:
        """The point of the checklist that is confirmed only with a written reason."""
        return {ALARMS_ITEM: self.alarms} if self.alarms else {}

    @property
    def says(self) -> Mapping[str, str]:
        """What was measured for each point of the checklist, for the signer."""
        words = {point.name: point.measured or point.says for point in self.points if point.holds}
        shown = {ALARMS_ITEM: self.alarms or "a test message was acknowledged"}
        for item, names in zip(gate_items("week4.ready"), _OF_ITEMS, strict=True):
            shown.setdefault(item, "; ".join(words[name] for name in names if name in words))
        return shown

    def view(self) -> View:
        """One row a point."""
        rows = tuple((p.name, p.says, p.measured) for p in self.points)
        tones: tuple[Tone, ...] = tuple("good" if p.holds else "bad" for p in self.points)
        parts: list[Part] = [Table(("point", "what must be so", "measured now"), rows, tones=tones)]
        if self.alarms:
            parts.append(Note(f"**{self.alarms}.** Whoever signs accepts that, with a reason.", "warn"))
        bad = len(self.blocks)
        title = (
            f"Not ready for the cut-over: {plural(bad, 'point does', 'points do')} not hold"
            if bad
            else "Ready for the cut-over"
        )
        return View(title, tuple(parts), "bad" if bad else "warn" if self.alarms else "good")


def ready(
    run: Run, proven: Mapping[str, Proven], proof: Proofs, fresh: Synced, agreement: Agreement | None = None
) -> Ready:
    """Measure every point now; sends the alarms' test message once.

    Args:
        run: the run.
        proven: the dashboard's queries as they were compared.
        proof: of every table, days caught up included.
        fresh: how fresh the tables are after catching up.
        agreement: compares the answers; with the engines themselves where the API's differ.
    """
    answers, equal = _answers(run, proven, agreement or Agreement(run, proven))
    send_test(run)
    if not run.reading:
        end_killed(run)  # else the cut-over's proposal is another one than was signed
    note_setting(run)
    who: Heard = heard(run)
    return Ready(
        (
            answers,
            equal,
            _proof(run, proof),
            _fresh(run, fresh),
            _snapshot(run),
            _way_back(run),
            *_went_back(run),
            *_of_others(run),
        ),
        "" if who.holds else who.words[0].upper() + who.words[1:],
    )


def _went_back(run: Run) -> tuple[Point, ...]:
    """Cut-overs of this run from which the dashboard went back: what was signed before them is void."""
    returns, on = [], False
    for one in run.switches().switches:
        if on and one.left == CONTROL:
            returns.append(one.at)
        on = one.left == CANDIDATE if one.outcome != "not begun" else on
    if not returns:
        return ()
    says = (
        f"the dashboard went back {plural(len(returns), 'time')} after a cut-over, the last time at {returns[-1][:19]}"
    )
    return (Point("before", holds=True, says=says, measured="read the root causes: 'smartroute-runbook rollback'"),)


def _of_others(run: Run) -> tuple[Point, ...]:
    """Values of the dashboard's parameter that this run did not set: what was signed before them is void."""
    told = "look into the parameter's history: who, and why"
    return tuple(
        Point("before", holds=True, says=f"somebody else set the dashboard's parameter to {route} (version {version})",
              measured=told)
        for route, version in settings_of_others(run)
    )  # fmt: skip


def _answers(run: Run, proven: Mapping[str, Proven], agreement: Agreement) -> tuple[Point, Point]:
    """Every query, on both sides, through the dashboard's API."""
    dashboard, failed, wrong, slowest = Dashboard(run), [], [], 0.0
    for name in sorted(proven):
        asked_both = agreement.compare(dashboard, name)
        failed += [f"{name}: {asked_both.failed}"] if asked_both.failed else []
        other = not asked_both.failed and published_text(run, name, CANDIDATE) != proven[name].text
        why = asked_both.wrong or ("the text that is published for it is not the one that was proven" if other else "")
        wrong += [f"{name}: {why}"] if why else []
        own = [one.answer.milliseconds for one in asked_both.taken if one.asked == CANDIDATE]
        slowest = max([slowest, *own])
    measured = f"{plural(len(proven), 'query')}, the slowest in {slowest / 1000:.2f} s"
    says = f"every query is published on both sides and answered by {CONTROL.title()} and {CANDIDATE.title()}"
    first = Point("answers", not failed and bool(proven), says, "; ".join(failed) or measured)
    second = Point(
        "results",
        not failed and not wrong,
        f"{CANDIDATE.title()} answers as {CONTROL.title()} does",
        "; ".join(wrong) or f"{len(proven)} of {plural(len(proven), 'answer')} equal",
    )
    return first, second


def _proof(run: Run, proof: Proofs) -> Point:
    tables = ", ".join(f"{name}: {verdict}, {plural(rows, 'row')}" for name, verdict, _, rows, *_ in proof.tables)
    says, late = "every table is proven equal, days caught up included", _late(proof.at)
    late = late or "; ".join(proof.amiss(run, lately=True))
    holds = not (proof.blocks or late) and bool(proof.tables)
    equal = f"{plural(len(proof.tables), 'table')}, {plural(sum(row[3] for row in proof.tables), 'row')} equal"
    return Point("rows", holds, says, late or f"{equal if holds else tables}; {proof.covered}")


def _late(at: str) -> str:
    """Why what a kernel still holds is not measured now; '' where it is: cells may be run again days after others."""
    days = gate_good_for_days("week4.ready")
    if not at:
        return "nobody knows when that was read: run its cell again"
    if days is not None and datetime.fromisoformat(at) < datetime.now(UTC) - timedelta(days=days):
        return f"that was read at {at[:16]} UTC, more than {plural(days, 'day')} ago: run its cell again"
    return ""


def _fresh(run: Run, fresh: Synced) -> Point:
    limit = run.settings.alarms.lag_minutes
    worst = max((table.lag_seconds for table in fresh.tables), default=float("inf"))
    backlog = sum(table.backlog for table in fresh.tables)
    says = f"no table is more than {plural(limit, 'minute')} behind the lake"
    measured = (
        f"{worst / 60:,.0f} min behind, {plural(backlog, 'partition')} to load" if fresh.tables else "no table was read"
    )
    late = _late(fresh.at) if fresh.tables else ""
    if fresh.tables and not late and datetime.fromisoformat(fresh.at) < datetime.now(UTC) - timedelta(minutes=limit):
        worst = max(worst, behind_seconds(run, datetime.fromisoformat(fresh.at)))  # the lake has grown since
        measured = f"{worst / 60:,.0f} min behind, as 'sync' published last"
    if lacking := sorted(set(run.settings.athena.tables) - {table.table for table in fresh.tables}):
        late = late or f"nothing is known of {', '.join(lacking)}"
    return Point("freshness", worst <= limit * 60 and not late, says, late or measured)


def _snapshot(run: Run) -> Point:
    try:
        name = TakeSnapshot().verify(run).name
    except RunbookError as error:
        return Point(
            "snapshot", holds=False, says="a manual snapshot is available", measured=without_secrets(str(error))
        )
    return Point("snapshot", holds=True, says=f"manual snapshot {name} is available", measured=f"{name} is available")


def _way_back(run: Run) -> Point:
    done = any(entry.body["step"] == RehearseWayBack.id for entry in run.journal.of("finished"))
    history: Switches = run.switches()
    back = [one for one in history.switches if one.to == CONTROL and one.outcome == "switched"]
    holds = done and bool(back)
    measured = (
        f"back in {back[-1].seconds:.1f} s, {back[-1].failed} of {plural(back[-1].requests, 'request')} failed"
        if back
        else ""
    )
    return Point("way back", holds, "the way back was rehearsed in this run, and timed", measured or "not rehearsed")
