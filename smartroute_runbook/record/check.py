"""The bytes of one run's record: each file against the digest that the journal has of it, each seal against its key.

What the bytes say is the other half: ``story``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smartroute_runbook.runs.journal import Entry

from .chain import check_chain
from .examined import Examined
from .seals import Seals, other_digest

__all__ = ["Check"]


class Check(Examined):
    """The check of one run's folder, made when it is created.

    Args:
        folder: holds ``journal/``.
        base: problems name their files relative to it.
        trusted: public keys in PEM, one of which must have signed; none: the keys kept in the folder are taken.
        under_way: the run may still be open: its first week need not be sealed yet.

    Attributes:
        entries: the journal's entries that hold by themselves, in order.
        attested: the number of the newest entry that an attestation covers.
        keys: the names of the keys that signed.
    """

    def __init__(self, folder: Path, base: Path, trusted: Sequence[bytes] = (), *, under_way: bool = False) -> None:
        super().__init__(folder, base)
        self.entries = check_chain(self)
        self._check_evidence()
        seals = Seals(self, self.entries, trusted)
        for entry in self.entries:
            if entry.kind in ("sealed", "attested"):
                seals.check(entry)
        self.attested, self.keys = seals.attested, seals.keys
        self._check_orphans(may_lack_seals=under_way and bool(self.entries))

    def _check_evidence(self) -> None:
        """Each piece against its digest; what is signed or shown was recorded before."""
        recorded: set[tuple[str, str]] = set()
        for entry in self.entries:
            if entry.kind == "evidence":
                self.count["evidence"] += 1
                self.covered(str(entry.body.get("file")), entry.body.get("digest"), other_digest(entry))
                recorded.add((str(entry.body.get("name")), str(entry.body.get("digest"))))
            elif entry.kind in ("signature", "gate"):
                self.count["signatures"] += entry.kind == "signature"
                self._check_bound(entry, recorded)
            elif entry.kind == "experiment-kept":
                self._check_samples(entry)

    def _check_samples(self, entry: Entry) -> None:
        """Epochs of the A/B week as they were kept: its verdict was read from them days before anything was sealed."""
        files, folder = entry.body.get("files"), str(entry.body.get("registration"))[:12]
        for name, digest in files.items() if isinstance(files, Mapping) else ():
            self.covered(f"experiment/{folder}/{name}", digest, other_digest(entry))

    def _check_bound(self, entry: Entry, recorded: set[tuple[str, str]]) -> None:
        """A signature, or a gate, over evidence that nobody recorded before it says nothing."""
        evidence = entry.body.get("evidence")
        for name, digest in evidence.items() if isinstance(evidence, Mapping) else ():
            if (name, digest) not in recorded:
                what = f"{entry.kind} of gate '{entry.body.get('gate')}': evidence '{name}' was not recorded before it"
                self.problem(f"journal/{entry.n:06d}.json", what)

    def _check_orphans(self, *, may_lack_seals: bool) -> None:
        """Attestations whose journal entries are gone, and a journal that nobody vouches for."""
        for path in sorted(self.folder.glob("*.attestation.json")):
            if not self.seen(path.name):
                count = self.count["entries"]
                self.problem(path.name, f"no journal entry of the {count} here seals it: the journal was cut short")
        if not (self.count["attestations"] or self.problems or may_lack_seals):
            self.problem("journal", "nobody vouches for it: no week is sealed yet")

    def evidence(self, digest: str) -> Any:
        """The value of a piece of evidence, whole and unchanged; None where it is not there."""
        for entry in self.entries:
            if entry.kind == "evidence" and entry.body.get("digest") == digest:
                return _parsed(self.unchanged(str(entry.body.get("file")), digest))
        return None

    def notebook(self, entry: Entry) -> Any:
        """The notebook of a seal, whole and unchanged; None where it is not there."""
        return _parsed(self.unchanged(f"{entry.body.get('name')}.ipynb", entry.body.get("notebook")))

    def page(self, entry: Entry) -> str | None:
        """The page of a seal, whole and unchanged; None where it is not there."""
        data = self.unchanged(f"{entry.body.get('name')}.html", entry.body.get("html"))
        return None if data is None else data.decode(errors="replace")

    def kept(self, folder: str) -> list[tuple[str, Any]]:
        """What seals cover below a folder of the run, whole and unchanged: names and parsed JSON, in order."""
        found: dict[str, Any] = {}
        for entry in self.entries:
            files = entry.body.get("files") if entry.kind in ("sealed", "attested") else None
            for name, digest in files.items() if isinstance(files, Mapping) else ():
                if str(name).startswith(folder):
                    found[str(name)] = _parsed(self.unchanged(str(name), digest))
        return sorted(found.items())


def _parsed(data: bytes | None) -> Any:
    try:
        return None if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return None
