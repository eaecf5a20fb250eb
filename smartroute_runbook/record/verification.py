"""The verdict on a records folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smartroute_runbook.views import Note, Part, Table, Tone, View

from .story.weeks import Claim

__all__ = ["Problem", "RunVerdict", "Verification"]

_COUNTS = {
    "shared": "files beside the runs (their history)", "shared_not_here": "of those, not in this folder",
    "attested_entries": "entries that a seal covers", "key_given": "key given (--key)",
    "outside_heads": "heads known from outside (--head, --anchor)", "not_covered": "files that no seal covers",
}  # fmt: skip
"""What is counted, in words where a word of the contract is not enough."""


@dataclass(frozen=True)
class Problem:
    """What does not hold, and in which file (relative to the folder that was checked)."""

    file: str
    what: str


@dataclass(frozen=True)
class RunVerdict:
    """What one run's record can say.

    Attributes:
        run: its id.
        head: number and digest of its last entry.
        unattested: the numbers of entries that nobody attested: they came after the last seal.
        unattested_files: kept files that nobody attested.
        claims: by week.
        notes: what a reader should know.
    """

    run: str
    head: tuple[int, str]
    unattested: tuple[int, ...] = ()
    unattested_files: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()

    def holds(self, *, under_way: bool) -> bool:
        """Whether every claim holds and all of it is attested; of a run under way, so far."""
        return (under_way or not (self.unattested or self.unattested_files)) and all(
            claim.holds(under_way=under_way) for claim in self.claims
        )

    def as_json(self) -> dict[str, Any]:
        """One run of ``verify --json``."""
        return {
            "run": self.run,
            "head": f"{self.head[0]}:{self.head[1]}",
            "unattested": list(self.unattested),
            "unattested_files": list(self.unattested_files),
            "claims": {claim.week: claim.words for claim in self.claims},
            "remarks": {claim.week: list(claim.remarks) for claim in self.claims if claim.remarks},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Verification:
    """The verdict on a folder.

    Attributes:
        valid: nothing was changed, and every seal holds; what the record says may still not be enough: ``holds``.
        checked: counts of what was looked at.
        problems: what does not hold.
        runs: what each run's record can say.
        rests_on: what "valid" rests on, in a sentence.
        under_way: whether runs may still be open.
    """

    valid: bool
    checked: Mapping[str, Any]
    problems: tuple[Problem, ...]
    runs: tuple[RunVerdict, ...] = ()
    rests_on: str = ""
    under_way: bool = False
    secrets: tuple[Problem, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether the record is valid and says what it should: every week signed, every entry attested."""
        return self.valid and not self.secrets and all(run.holds(under_way=self.under_way) for run in self.runs)

    @property
    def exit_code(self) -> int:
        """0, or 5 when anything does not hold."""
        return 0 if self.holds else 5

    def as_json(self) -> dict[str, Any]:
        """The contract of ``smartroute-runbook verify --json``; of one run, its claims and head stand on top too."""
        found: dict[str, Any] = {
            "valid": self.valid,
            "holds": self.holds,
            "rests_on": self.rests_on,
            "checked": dict(self.checked),
            "problems": [{"file": p.file, "what": p.what} for p in self.problems],
            "secrets": [{"file": p.file, "what": p.what} for p in self.secrets],
            "runs": [run.as_json() for run in self.runs],
        }
        only = self.runs[0].as_json() if len(self.runs) == 1 else {}
        unattested = sum(len(run.unattested) for run in self.runs)
        return found | {key: only[key] for key in ("head", "claims") if key in only} | {"unattested": unattested}

    def view(self) -> View:
        """Problems first; then each week's claim, what "valid" rests on, and what was looked at."""
        parts: list[Part] = []
        bad: Tone = "bad"
        for title, found in (("what is wrong", self.problems), ("what secret it shows", self.secrets)):
            if found:
                rows = tuple((p.file, p.what) for p in found)
                parts.append(Table(("file", title), rows, tones=(bad,) * len(rows)))
        for run in self.runs:
            parts += self._run(run)
        if not self.holds and replace(self, under_way=True).holds:
            parts.append(Note("Nothing is wrong so far: a run that still goes on is verified with `--open`.", "warn"))
        parts.append(Note(self.rests_on))
        counted = dict(self.checked) | {"not_covered": _folded(self.checked["not_covered"])}
        counted["keys"] = tuple(key[:16] for key in counted["keys"])
        rows = tuple((_COUNTS.get(name, name), value) for name, value in counted.items())
        parts += [Table(("checked", ""), rows)] if self.runs else []
        return View(self.word, tuple(parts), "good" if self.holds else "bad")

    def _run(self, run: RunVerdict) -> list[Part]:
        tones: tuple[Tone, ...] = tuple(
            "plain" if not claim.begun else "good" if claim.holds(under_way=self.under_way) else "bad"
            for claim in run.claims
        )
        rows = tuple((_week(claim.week), "; ".join((claim.words, *claim.remarks))) for claim in run.claims)
        parts: list[Part] = [Table((run.run, "what the record says"), rows, tones=tones)] if rows else []
        if run.unattested:
            first, last = run.unattested[0], run.unattested[-1]
            which = f"Entry {first}" if first == last else f"Entries {first} to {last}"
            parts.append(Note(f"{which} {_unattested(run.run)}", "plain" if self.under_way else "warn"))
        if run.unattested_files:
            which = f"Files: {_folded(run.unattested_files)}."
            parts.append(Note(f"{which} They {_unattested(run.run)}", "plain" if self.under_way else "warn"))
        parts += [Note(note) for note in run.notes]
        return [*parts, Note(f"Journal head: `{run.head[0]}:{run.head[1]}`")]

    @property
    def word(self) -> str:
        """The verdict in a sentence."""
        if self.problems:
            count = len(self.problems)
            return f"The record is NOT valid: {count} problem{'s'[: count - 1]}"
        if self.holds:
            return "The record is valid, and says so far what it should" if self.under_way else "The record is valid"
        if self.secrets:
            return "The record is valid, but shows secrets"
        return "The record's bytes are valid, but its story does NOT hold"


def _unattested(run: str) -> str:
    """What is missing, and the one command that mends it."""
    return (
        "came after the last seal: nobody attested that. If they are yours, attest them with "
        f"`smartroute-runbook seal --environment NAME --run-id {run}`, then verify again."
    )


def _week(name: str) -> str:
    return f"week {name}" if name.isdigit() else name


def _folded(files: Sequence[str]) -> str:
    """File names, those of one folder together."""
    folders = Counter(file.rpartition("/")[0] for file in files)
    named = [file for file in files if folders[file.rpartition("/")[0]] == 1 or "/" not in file]
    return ", ".join(
        [*named, *(f"{count} in {name}/" for name, count in sorted(folders.items()) if name and count > 1)]
    )
