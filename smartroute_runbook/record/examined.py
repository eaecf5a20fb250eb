"""One run's folder while it is checked: what was read of it, how much, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from smartroute_runbook.runs.anchored import FOLDER

from .reading import Unreadable, files_below, read_file
from .verification import Problem

__all__ = ["Examined"]


class Examined:
    """Reads files of one folder, each held against a digest.

    Args:
        folder: the run's.
        base: problems name their files relative to it.

    Attributes:
        problems: what does not hold.
        count: how much was looked at.
    """

    def __init__(self, folder: Path, base: Path) -> None:
        self.folder, self.base = folder, base
        self.problems: list[Problem] = []
        self.count: Counter[str] = Counter()
        self._seen: set[str] = set()

    def problem(self, file: str, what: str) -> None:
        """Note what is wrong with a file of this run."""
        inside = self.folder.relative_to(self.base).as_posix()
        self.problems.append(Problem(file if inside == "." else f"{inside}/{file}", what))

    def read(self, name: str) -> bytes | None:
        """A file's bytes; missing or unreadable is a problem."""
        self._seen.add(name)
        try:
            return read_file(self.folder, name)
        except FileNotFoundError:
            self.problem(name, "it is missing")
        except (Unreadable, ValueError) as error:  # a name with a NUL is a ValueError
            self.problem(name, str(error))
        return None

    def covered(self, name: str, digest: Any, changed: str) -> None:
        """A file that a journal entry covers by its digest; ``changed`` is said where its bytes have another."""
        data = self.read(name)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            self.problem(name, changed)

    def seen(self, name: str) -> bool:
        """Whether a file was read."""
        return name in self._seen

    def unchanged(self, name: str, digest: Any) -> bytes | None:
        """The bytes of a file where they have this digest; says nothing where not."""
        try:
            data = read_file(self.folder, name)
        except (FileNotFoundError, Unreadable, ValueError):
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def unattested_files(self) -> list[str]:
        """Kept files (samples, progress) that came after the last seal; names relative to the run."""
        folders = (
            "journal",
            "evidence",
            "keys",
            "lease",
            FOLDER,
        )  # told entry by entry, used by a seal, or no evidence
        found = (name for name in files_below(self.folder) if "/" in name and name.partition("/")[0] not in folders)
        return [name for name in found if name not in self._seen]

    def not_covered(self) -> list[str]:
        """Files in the folder that no digest covers: the auditor's pages, and what came after the last seal."""
        inside = self.folder.relative_to(self.base)
        # Who is at work just now (lease/), and what the anchor was told, is no evidence.
        return [
            (inside / name).as_posix()
            for name in files_below(self.folder)
            if name not in self._seen and not name.startswith(("lease/", f"{FOLDER}/"))
        ]
