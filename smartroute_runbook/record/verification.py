"""The verdict on a records folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.views import Note, Table, Tone, View

__all__ = ["Problem", "Verification"]


@dataclass(frozen=True)
class Problem:
    """What does not hold, and in which file (relative to the folder that was checked)."""

    file: str
    what: str


@dataclass(frozen=True)
class Verification:
    """The verdict on a folder; ``checked`` counts what was looked at."""

    valid: bool
    checked: Mapping[str, Any]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The contract of ``smartroute-runbook verify --json``."""
        problems = [{"file": p.file, "what": p.what} for p in self.problems]
        return {"valid": self.valid, "checked": dict(self.checked), "problems": problems}

    def view(self) -> View:
        """Problems first; then what was looked at."""
        told = dict(self.checked) | {"not_covered": _folded(self.checked["not_covered"])}
        told["keys"] = tuple(key[:16] for key in told["keys"])
        rows = tuple((name.replace("_", " "), value) for name, value in told.items())
        parts: list[Any] = [Table(("checked", ""), rows)]
        if self.problems:
            found = tuple((p.file, p.what) for p in self.problems)
            bad: Tone = "bad"
            parts.insert(0, Table(("file", "what is wrong"), found, tones=(bad,) * len(found)))
        elif self.checked["attested_entries"] < self.checked["entries"]:
            parts.append(Note("Entries written after the last attestation are chained, but nobody signed them yet."))
        count = len(self.problems)
        word = "The record is valid" if self.valid else f"The record is NOT valid: {count} problem{'s'[: count - 1]}"
        return View(word, tuple(parts), "good" if self.valid else "bad")


def _folded(files: Sequence[str]) -> str:
    """File names, those of one folder together."""
    folders = Counter(file.rpartition("/")[0] for file in files)
    named = [file for file in files if folders[file.rpartition("/")[0]] == 1 or "/" not in file]
    return ", ".join(
        [*named, *(f"{count} in {name}/" for name, count in sorted(folders.items()) if name and count > 1)]
    )
