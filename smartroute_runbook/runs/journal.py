"""Everything done, by whom and when: numbered, write-once, hash-chained entries.

Whoever writes entry *n* first wins; everybody else reads it and tries *n + 1*. The chain proves order and
completeness up to its head; authorship is proven by the attestations over that head.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smartroute_runbook.canonical import canonical, digest, plain
from smartroute_runbook.errors import VerificationFailed

from .secrets.scanning import without_secrets
from .store import AlreadyWritten, Store

__all__ = ["GENESIS", "Entry", "Journal", "decode", "whoami"]

GENESIS = "0" * 64
_ENTRY = re.compile(r"\d{6,}\.json")
_OF_OTHERS = ("stopped", "switched", "switch-failed")
"""Entries that hold what a service answered: it is kept without secrets, for the entry must not be lost."""


@dataclass(frozen=True)
class Entry:
    """One entry; ``digest`` covers all else, ``prev`` is the digest of entry ``n - 1``."""

    n: int
    prev: str
    at: str
    by: str
    kind: str
    body: Mapping[str, Any]
    digest: str


def whoami() -> str:
    """Who acts: SMARTROUTE_OPERATOR, or user@host. A claim, not an authentication."""
    return os.environ.get("SMARTROUTE_OPERATOR") or f"{getpass.getuser()}@{socket.gethostname()}"


def decode(data: bytes, name: str) -> Entry:
    """Read one entry and check it by itself.

    Raises:
        VerificationFailed: it is not the canonical JSON of an entry, or its digest does not fit.
    """
    try:
        fields = json.loads(data)
        entry = Entry(**fields)
    except (ValueError, TypeError):
        raise VerificationFailed(f"{name} is not a journal entry", hint="It was changed or cut short") from None
    claimed = fields.pop("digest")
    if digest(fields) != claimed or canonical(entry) != data:
        raise VerificationFailed(f"{name} was changed: its digest does not fit", hint="Restore it from a backup")
    return entry


class Journal:
    """The journal of one run, below ``prefix`` in a store."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix
        self._read: list[Entry] = []
        self._whole = False

    def _key(self, n: int) -> str:
        return f"{self._prefix}/{n:06d}.json"

    def entries(self) -> list[Entry]:
        """All entries so far, each checked against the one before it.

        Raises:
            VerificationFailed: an entry is missing, changed or out of order.
        """
        while True:
            n = len(self._read) + 1
            try:
                data = self._store.get(self._key(n))
            except KeyError:
                if not self._whole and self._goes_on(n):
                    continue
                return list(self._read)
            entry = decode(data, self._key(n))
            prev = self._read[-1].digest if self._read else GENESIS
            if entry.n != n or entry.prev != prev:
                raise VerificationFailed(f"{self._key(n)} does not follow the entry before it")
            self._read.append(entry)

    def _goes_on(self, n: int) -> bool:
        """Whether somebody wrote entry ``n`` just now. Asked once: a hole hides what follows it, such as a revocation.

        Raises:
            VerificationFailed: entries follow one that is missing.
        """
        keys = [key for key in self._store.keys(f"{self._prefix}/") if _ENTRY.fullmatch(key.rpartition("/")[2])]
        later = [key for key in keys if key >= self._key(n)]
        self._whole = not later
        if not later:
            return False
        try:
            self._store.get(self._key(n))  # again: a folder that is written to is not listed in order
        except KeyError:
            raise VerificationFailed(
                f"{self._key(n)} is missing, and {later[-1]} is there", hint="Restore it from a backup"
            ) from None
        return True

    def append(self, kind: str, body: Mapping[str, Any], *, by: str | None = None) -> Entry:
        """Write the next entry, durably.

        Raises:
            Refused: it shows a secret. What somebody else's error says is kept without it instead.
        """
        if kind in _OF_OTHERS:
            body = {key: without_secrets(value) if isinstance(value, str) else value for key, value in body.items()}
        while True:
            self.entries()
            fields: dict[str, Any] = {
                "n": len(self._read) + 1,
                "prev": self._read[-1].digest if self._read else GENESIS,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "by": by or whoami(),
                "kind": kind,
                "body": plain(body),
            }
            entry = Entry(**fields, digest=digest(fields))
            try:
                self._store.put_new(self._key(entry.n), canonical(entry))
            except AlreadyWritten:
                continue
            self._read.append(entry)
            return entry

    def of(self, *kinds: str) -> Iterator[Entry]:
        """Entries of these kinds, oldest first."""
        return (entry for entry in self.entries() if entry.kind in kinds)

    def beside(self, name: str) -> bool:
        """Whether a file of this name lies in the run, beside its journal."""
        key = f"{self._prefix.rpartition('/')[0]}/{name}"
        return key in self._store.keys(key)

    def head(self) -> tuple[int, str]:
        """Number and digest of the last entry; ``(0, GENESIS)`` when empty."""
        entries = self.entries()
        return (entries[-1].n, entries[-1].digest) if entries else (0, GENESIS)
