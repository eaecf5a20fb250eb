"""Which seals the anchor (``record.anchor``) was told: a mark beside the journal for each, which is no evidence itself.

What is evidence lies at the anchor. The marks say what is still to be told: a topic or a command cannot be asked.
"""

from __future__ import annotations

import contextlib
import hashlib

from .journal import Entry, Journal
from .store import AlreadyWritten, Store

__all__ = ["FOLDER", "mark", "not_anchored"]

FOLDER = "anchored"


def not_anchored(journal: Journal, store: Store, run_id: str, anchor: str) -> list[Entry]:
    """The seals that this anchor was not told, oldest first."""
    there = set(store.keys(f"{run_id}/{FOLDER}/"))
    return [entry for entry in journal.of("sealed", "attested") if _key(run_id, entry.n, anchor) not in there]


def mark(store: Store, run_id: str, entry: Entry, anchor: str) -> None:
    """Note that an anchor took the attestation of a seal."""
    with contextlib.suppress(AlreadyWritten):
        store.put_new(_key(run_id, entry.n, anchor), b"{}")


def _key(run_id: str, n: int, anchor: str) -> str:
    return f"{run_id}/{FOLDER}/{n:06d}-{hashlib.sha256(anchor.encode()).hexdigest()[:12]}.json"
