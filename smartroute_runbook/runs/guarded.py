"""A store into which no secret is written: everything is looked at before it is kept, for it can never be taken out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from smartroute_runbook.errors import Refused

from .secrets.scanning import Finding, Scanner
from .store import Store, unguarded_store

__all__ = ["GuardedStore", "open_store", "refuse"]

_SEEN_ELSEWHERE = (".ipynb", ".html", ".attestation.json", ".pem")
"""Notebooks are scanned cell by cell before they are sealed, their pages and attestations are made of them."""


class GuardedStore:
    """A store that refuses secrets.

    Args:
        store: what keeps the rest.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.where = store.where

    @property
    def folder(self) -> Path | None:
        """Where it lies on this machine; None elsewhere."""
        return self._store.folder

    def put_new(self, key: str, data: bytes) -> None:
        """Write a key that does not exist.

        Raises:
            Refused: it shows a secret; nothing is written.
            AlreadyWritten: somebody wrote it first.
        """
        run, _, name = key.partition("/")
        scanner = Scanner(ordinary=(run, run.partition("-")[0]))
        refuse(scanner.text(key, "its name"), "a file")
        if not key.endswith(_SEEN_ELSEWHERE):
            refuse(scanner.data(data, name), name)
        self._store.put_new(key, data)

    def get(self, key: str) -> bytes:
        """Read a key; raises KeyError."""
        return self._store.get(key)

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with the prefix, sorted."""
        return self._store.keys(prefix)


def open_store(where: str, s3_client: Callable[[], Any], base: Path) -> Store:
    """The store of ``record.store``: ``s3://bucket/prefix``, or a folder (relative ones are below ``base``)."""
    return GuardedStore(unguarded_store(where, s3_client, base))


def refuse(findings: object, what: str, hint: str = "") -> None:
    """Stop where there are findings.

    Raises:
        Refused: says what kind of secret stands where, and never the secret.
    """
    found = list(dict.fromkeys(one for one in findings if isinstance(one, Finding)))  # type: ignore[attr-defined]
    if not found:
        return
    shown = "; ".join(f"{one.rule} in {one.place}" for one in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    hint = hint or "Change the secret, take it out of the parameters, the query or the text, and run again"
    raise Refused(f"{what} is not kept, because it shows {shown}{more}", hint=hint)
