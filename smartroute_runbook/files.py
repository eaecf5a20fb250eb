"""Reading files of others safely, and writing ours for their owner and group alone.

A path can lead to more than a file: a pipe keeps its reader waiting for ever, a device has no end, a link leads
elsewhere. What is written here is whole or not there, follows no link, and is readable by its owner and group whatever
the umask: records hold rows and query texts.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from .errors import UsageError

__all__ = ["FOLDER_MODE", "LIMIT", "Unreadable", "make_folder", "read_bytes", "read_regular", "read_text", "replace"]

LIMIT = 64 * 2**20
"""No file that a person gives is larger (bytes)."""
FOLDER_MODE = 0o750
_FILE_MODE = 0o640


class Unreadable(Exception):
    """Why a file cannot be read; the message is one clause without a subject."""


def read_regular(path: Path, limit: int = LIMIT, *, follow: bool = True) -> bytes:
    """The bytes of a regular file.

    Args:
        path: where it is.
        limit: bytes; a larger file is not read.
        follow: whether a link to a file is read as that file.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it is a pipe, a device, a folder or (without ``follow``) a link; it is too large, or not ours to
            read.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        handle = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(2, "there is no such file", str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        link = not follow and path.is_symlink()
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable("it is a link, not a file" if link else f"it cannot be read: {why}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a regular file")
        if status.st_size > limit:
            raise Unreadable(f"it has {status.st_size:,} bytes, more than {limit:,}")
        with os.fdopen(os.dup(handle), "rb") as file:
            return file.read(limit)
    finally:
        os.close(handle)


def read_bytes(path: Path, what: str, *, limit: int = LIMIT) -> bytes:
    """The bytes of a file that a person named.

    Args:
        path: where it is.
        what: what it is called in messages: "The list of stops".
        limit: bytes.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_regular(path.expanduser(), limit)
    except (FileNotFoundError, RuntimeError):  # RuntimeError: '~' of an unknown user
        raise UsageError(f"{what} {path} cannot be read: there is no such file", hint="Check the path") from None
    except Unreadable as why:
        raise UsageError(f"{what} {path} cannot be read: {why}", expected="a regular file") from None


def read_text(path: Path, what: str, *, limit: int = LIMIT) -> str:
    """The text of a file that a person named, UTF-8 with or without a mark at its beginning.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    try:
        return read_bytes(path, what, limit=limit).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} {path} is not UTF-8: byte {error.start}", hint="Save it as UTF-8") from None


def make_folder(path: Path) -> None:
    """A folder and those above it that are missing; the ones made are their owner's and group's."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in missing:
        each.chmod(FOLDER_MODE)


def replace(path: Path, text: str) -> None:
    """A new file in the place of whatever is there: a link is replaced, never followed."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:20]}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(_FILE_MODE)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
