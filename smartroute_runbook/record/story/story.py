"""Does the record's story hold? Pure over the journal's entries, held against the plan's layout.

``Check`` says whether bytes were changed. Whoever holds the key can still write a story that never was; here each rule
is one function, which says in one sentence where the story breaks. Rules over the whole run are below; those over one
week in ``weeks``, those over its gates in ``gates``, those over what was measured in ``facts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from smartroute_runbook.record.layout import SINCE_0_2, gates_of
from smartroute_runbook.runs.journal import Entry

__all__ = ["GRACE", "Reason", "Rule", "Story", "lacking", "moment_of", "run_rules", "text"]

GRACE = timedelta(minutes=5)
"""How far the clocks of hosts that write one journal may be apart."""


@dataclass(frozen=True)
class Reason:
    """Why a claim does not hold: at which journal entry, and whether going on with the run may still make it hold."""

    entry: int
    what: str
    open: bool = False


@dataclass(frozen=True)
class Story:
    """What the rules read.

    Attributes:
        entries: the journal, in order; bodies are objects, otherwise as anybody may have written them.
        folder: the name of the folder that holds it.
        evidence: the value of a piece of evidence by its digest, None where it is not there whole.
        notebook: the notebook of a ``sealed`` entry, None where it is not there whole.
        page: its page, likewise.
        kept: what seals cover of a folder below the run: names and parsed JSON, in order.
        now: when it is read.
    """

    entries: Sequence[Entry]
    folder: str
    evidence: Callable[[str], Any] = field(default=lambda _: None)
    notebook: Callable[[Entry], Any] = field(default=lambda _: None)
    page: Callable[[Entry], str | None] = field(default=lambda _: None)
    kept: Callable[[str], Sequence[tuple[str, Any]]] = field(default=lambda _: ())
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def of(self, *kinds: str, **wanted: str) -> list[Entry]:
        """Entries of these kinds whose bodies say what is wanted."""
        found = (entry for entry in self.entries if entry.kind in kinds)
        return [e for e in found if all(text(e, key) == value for key, value in wanted.items())]

    @property
    def opened(self) -> Mapping[str, Any]:
        """What the run said when it was opened."""
        return next((entry.body for entry in self.of("opened")), {})

    def made_before_0_2(self, week: str) -> bool:
        """Whether version 0.1 opened the run and made this week: nothing in it names what came later.

        Such a record says neither account nor caller. Whoever holds the key could write one today, as they could
        write any other; what it can claim is less, and ``verify`` says so.
        """
        later = "where" in self.opened or any("where" in e.body for e in self.of("week-started", week=week))
        return not later and not any(
            "caller" in e.body or not SINCE_0_2.isdisjoint((text(e, "gate"), text(e, "step"))) for e in self.entries
        )

    def gates(self, week: str) -> tuple[str, ...]:
        """The gates of a week, in the order of the plan that its version knew."""
        before = self.made_before_0_2(week)
        return tuple(name for name in gates_of(week) if not (before and name in SINCE_0_2))

    def last(self, kind: str, week: str) -> Entry | None:
        """The newest entry of a kind about a week."""
        return next(reversed(self.of(kind, week=week)), None)


Rule = Callable[[Story, str], Iterator[Reason]]
"""A rule over one week: where the story breaks, if it does."""


def text(entry: Entry, key: str) -> str:
    """A word of an entry's body; empty where there is none."""
    value = entry.body.get(key)
    return str(value) if isinstance(value, (str, int)) else ""


def moment_of(value: Any) -> datetime | None:
    """A time as the journal writes it; None for anything else."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def run_rules(story: Story) -> Iterator[Reason]:
    """What must hold of the run as a whole."""
    for rule in (_opened_first, _named_as_its_folder, _time_goes_on, _one_environment, _known_entries):
        yield from rule(story)


def _opened_first(story: Story) -> Iterator[Reason]:
    if story.entries and story.entries[0].kind != "opened":
        yield Reason(story.entries[0].n, "the journal does not begin with the opening of its run")
    for entry in story.of("opened")[1:]:
        yield Reason(entry.n, "the run is opened a second time")
    opened = story.opened
    if "plan" in opened and "where" not in opened:
        yield Reason(1, "it names the plan that it was opened with, and not the account: the entry was rewritten")
    if "where" in opened and not opened.get("settings"):
        yield Reason(1, "it does not say with which settings it was opened")


def _named_as_its_folder(story: Story) -> Iterator[Reason]:
    run = story.opened.get("run", story.folder)
    if run != story.folder:
        yield Reason(1, f"the folder is named '{story.folder}', the run '{run}': renamed, or another run's journal")


def _time_goes_on(story: Story) -> Iterator[Reason]:
    latest = None
    for entry in story.entries:
        at = moment_of(entry.at)
        if at is None:
            yield Reason(entry.n, f"its time is '{entry.at}', which is not a time")
            continue
        if latest is not None and at < latest - GRACE:
            yield Reason(entry.n, f"time goes back from {latest:%Y-%m-%d %H:%M} to {at:%Y-%m-%d %H:%M}")
        if at > story.now + GRACE:
            yield Reason(entry.n, f"its time, {at:%Y-%m-%d %H:%M}, is in the future")
        latest = at if latest is None or at > latest else latest


def _one_environment(story: Story) -> Iterator[Reason]:
    for entry in story.of("sealed"):
        for key in ("environment", "rehearsal"):
            if key in story.opened and entry.body.get(key) != story.opened[key]:
                message = f"'{entry.body.get(key)}', the run was opened as '{story.opened[key]}'"
                yield Reason(entry.n, f"its seal says {key} {message}")
        parameters = entry.body.get("parameters")
        given = parameters if isinstance(parameters, Mapping) else {}
        wanted = {"run_id": story.opened.get("run"), "environment": story.opened.get("environment")}
        for key, value in wanted.items():
            if given.get(key, value) != value:
                yield Reason(entry.n, f"its notebook was executed with {key} '{given.get(key)}', not '{value}'")


_WORDS: dict[str, tuple[str, ...]] = {
    "opened": ("run", "environment"),
    "week-started": ("week",),
    "week-finished": ("week",),
    "evidence": ("name", "digest", "file"),
    "measured": ("name", "file"),
    "gate": ("gate",),
    "signature": ("gate", "signer"),
    "revoked": ("gate", "signer"),
    "started": ("step",),
    "stopped": ("step",),
    "finished": ("step",),
    "sealed": ("week", "name", "status", "notebook", "html"),
    "switching": ("to",),
    "switched": ("to",),
    "switch-failed": ("to",),
    "switch-interrupted": ("to",),
}
"""The words that entries of a kind always have."""


def lacking(entry: Entry) -> str:
    """What an entry lacks to be formed as the runbook writes it; empty when it is."""
    missing = [key for key in _WORDS.get(entry.kind, ()) if not isinstance(entry.body.get(key), str)]
    if missing:
        return f"an entry '{entry.kind}' without its word '{missing[0]}'"
    if entry.kind in ("gate", "signature") and not isinstance(entry.body.get("evidence"), Mapping):
        return f"an entry '{entry.kind}' that names no evidence"
    return ""


def _known_entries(story: Story) -> Iterator[Reason]:
    yield from (Reason(entry.n, what) for entry in story.entries if (what := lacking(entry)))
