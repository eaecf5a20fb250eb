"""Reading a record that somebody else made: regular files below one folder, of bounded size, and nothing else.

A record may come from anywhere, and a folder can hold more than files: a pipe keeps its reader waiting for ever, a link
leads out of the folder, a device has no end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

__all__ = ["LIMIT", "Unreadable", "files_below", "read_file", "run_folders"]

LIMIT = 256 * 2**20
"""No file of a record is larger (bytes)."""


class Unreadable(Exception):
    """Why a file cannot be read; the message is one clause without a subject."""


def read_file(folder: Path, name: str, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file below ``folder``.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it is a link, a pipe, a device or a folder; it is too large; it lies outside; it may not be read.
    """
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise Unreadable("it lies outside the record")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(name) from None
    except OSError as error:
        link = path.is_symlink()
        raise Unreadable("it is a link, not a file" if link else f"it cannot be read: {error.strerror}") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is not a regular file")
        if found.st_size > limit:
            raise Unreadable(f"it has {found.st_size:,} bytes, more than the {limit:,} of any file of a record")
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(limit)
    finally:
        os.close(handle)


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
