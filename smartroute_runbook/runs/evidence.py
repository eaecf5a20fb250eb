"""Reading evidence back: what a decision rests on is what the journal recorded, or nothing."""

from __future__ import annotations

import hashlib

from smartroute_runbook.errors import VerificationFailed

from .journal import Journal
from .store import Store

__all__ = ["read_kept"]


def read_kept(store: Store, journal: Journal, run_id: str, file: str) -> bytes:
    """The bytes of a piece of evidence, by its file below the run, as they were journaled.

    Raises:
        VerificationFailed: no evidence of that file was journaled, or the file is gone or was changed since.
    """
    recorded = [entry for entry in journal.of("evidence") if entry.body["file"] == file]
    hint = "Restore it from a backup, or measure anew in a new run"
    if not recorded:
        raise VerificationFailed(f"No entry of the journal recorded {file}", hint=hint)
    try:
        data = store.get(f"{run_id}/{file}")
    except KeyError:
        raise VerificationFailed(f"{file} is missing (journal entry {recorded[0].n})", hint=hint) from None
    if hashlib.sha256(data).hexdigest() != recorded[0].body["digest"]:
        raise VerificationFailed(f"{file} was changed since journal entry {recorded[0].n} recorded it", hint=hint)
    return data
