"""Rules over what was measured and loaded: the evidence is what it says, and each row came once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from smartroute_runbook.quantities import plural
from smartroute_runbook.record.layout import COMPARISONS, MEASURED
from smartroute_runbook.runs.journal import Entry

from .story import Reason, Rule, Story, text

__all__ = ["FACT_RULES"]


def as_measured(story: Story, week: str) -> Iterator[Reason]:
    """A gate's evidence is the measurement that it says it came from."""
    for gate in story.gates(week):
        for shown in story.of("gate", gate=gate):
            evidence = shown.body.get("evidence")
            for name, digest in evidence.items() if isinstance(evidence, Mapping) else ():
                source = MEASURED.get(name)
                if source is None or shown.body.get("blocks"):  # what says no is measured anew each time, and not kept
                    continue
                kept = [_digest(story, entry) for entry in story.of("measured", name=source) if entry.n < shown.n]
                if digest not in kept:
                    yield Reason(shown.n, f"gate {gate}: evidence {name} is not what {source} measured")


def _digest(story: Story, measured: Entry) -> str:
    """The digest of the file that a measurement is kept in."""
    files = (entry for entry in story.of("evidence") if text(entry, "file") == text(measured, "file"))
    return next((text(entry, "digest") for entry in files), "")


def named_by_digest(story: Story, week: str) -> Iterator[Reason]:
    """A piece of evidence lies in the file that its name and digest give, below ``evidence``."""
    for entry in story.of("evidence") if week == "1" else ():
        wanted = f"evidence/{text(entry, 'name')}-{text(entry, 'digest')[:12]}.json"
        if PurePosixPath(text(entry, "file")).as_posix() != wanted:
            yield Reason(entry.n, f"evidence {text(entry, 'name')} lies in {text(entry, 'file')}, not in {wanted}")


def equal(story: Story, week: str) -> Iterator[Reason]:
    """What a finished week's gates were signed over says that both engines agree."""
    for gate in story.gates(week):
        shown = next(reversed(story.of("gate", gate=gate)), None)
        evidence = shown.body.get("evidence") if shown else None
        for name, digest in evidence.items() if isinstance(evidence, Mapping) else ():
            if name in COMPARISONS and shown is not None and not shown.body.get("blocks"):
                for what in _disagreements(story.evidence(digest), *COMPARISONS[name]):
                    yield Reason(shown.n, f"{name} says {what}")


def _disagreements(value: Any, key: str, fine: frozenset[str]) -> Iterator[str]:
    rows = value.get(key) if isinstance(value, Mapping) else None
    # Rows dated after now are left out where somebody takes responsibility for them (load.leave_out_future).
    fine |= {"equal in part"} if isinstance(value, Mapping) and value.get("accepted") is True else set()
    if not rows or not isinstance(rows, list):
        yield "of no table and no query whether it is equal"
        return
    for row in rows:
        if not isinstance(row, list) or len(row) < 2 or row[1] not in fine:
            yield f"'{row[1] if isinstance(row, list) and len(row) > 1 else row}' of {str(row[:1] or '')[2:-2]}"
        elif key == "tables" and len(row) > 4 and row[3] != row[4]:
            yield f"that {row[0]} has {plural(row[3], 'row')} on one side and {row[4]} on the other"
    if value.get("differences"):
        yield "where they differ, and nevertheless 'equal'"
    if value.get("disagreeing"):
        yield f"that answers disagree: {', '.join(map(str, value['disagreeing']))}"


def loaded_once(story: Story, week: str) -> Iterator[Reason]:
    """No partition was loaded twice in one state without being removed in between."""
    there: dict[tuple[str, str], Any] = {}
    for entry in story.of("loaded", "removed", "mended") if week == "2" else ():
        table, partitions = text(entry, "table"), entry.body.get("partitions")
        if entry.kind == "removed":
            there.pop((table, text(entry, "partition")), None)
            continue
        if entry.kind == "mended":  # its columns were other ones: all of it is loaded again
            there = {key: state for key, state in there.items() if key[0] != table}
            continue
        for name, state in partitions.items() if isinstance(partitions, Mapping) else ():
            if there.get((table, name)) == state:
                yield Reason(entry.n, f"{table} {name} was loaded twice without being removed in between")
            there[table, name] = state


FACT_RULES: Sequence[Rule] = (as_measured, named_by_digest, equal, loaded_once)
