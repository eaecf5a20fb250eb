"""Reading a record that somebody else made: regular files below one folder, of bounded size, and nothing else.

A record may come from anywhere, and a folder can hold more than files: a pipe keeps its reader waiting for ever, a link
leads out of the folder, a device has no end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from smartroute_runbook.files import Unreadable, read_regular

__all__ = ["LIMIT", "Unreadable", "files_below", "read_file", "run_folders"]

LIMIT = 256 * 2**20
"""No file of a record is larger (bytes)."""


def read_file(folder: Path, name: str, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file below ``folder``.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it is a link, a pipe, a device or a folder; it is too large; it lies outside; it may not be read.
    """
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("it lies outside the record")
    return read_regular(path, limit, follow=False)


def files_below(folder: Path) -> Iterator[str]:
    """Names, relative to the folder, of everything below it that is no folder; links are named, never followed."""
    for root, folders, files in os.walk(folder, followlinks=False):
        folders.sort()
        linked = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in sorted(files + linked):
            yield (Path(root) / name).relative_to(folder).as_posix()


def run_folders(directory: Path) -> list[Path]:
    """The folder itself when it holds a journal, else those directly below it that do."""
    if (directory / "journal").is_dir():
        return [directory]
    return sorted(p for p in directory.iterdir() if (p / "journal").is_dir() and not p.is_symlink())
