"""The seals of one run: notebooks and pages as they were sealed, and the attestations over them under their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.journal import Entry

from . import signing
from .examined import Examined
from .reading import Unreadable, read_file

__all__ = ["Seals", "other_digest"]


def other_digest(entry: Entry) -> str:
    """What is wrong with a file whose bytes are not those that an entry recorded."""
    return f"it was changed: journal entry {entry.n} recorded another digest"


class Seals:
    """The check of what an attestation covers.

    Args:
        run: the folder.
        entries: its journal.
        trusted: public keys in PEM, one of which must have signed; none: the keys kept in the folder are taken.

    Attributes:
        attested: the number of the newest entry that an attestation covers.
        keys: the names of the keys that signed.
    """

    def __init__(self, run: Examined, entries: Sequence[Entry], trusted: Sequence[bytes]) -> None:
        self._run = run
        self._trusted = {signing.key_id(pem): pem for pem in trusted}
        self._digests = {entry.n: entry.digest for entry in entries}
        # The run's own name, as its first entry has it.
        self._name = entries[0].body.get("run", run.folder.resolve().name) if entries else None
        self.attested = 0
        self.keys: set[str] = set()

    def check(self, entry: Entry) -> None:
        """One entry that seals a notebook with its page, or attests the journal alone."""
        body, name = entry.body, str(entry.body.get("name"))
        here = f"journal/{entry.n:06d}.json"
        if "/" in name or name.startswith("."):
            self._run.problem(here, "it seals a file outside the record")
            return
        subjects = {}
        if entry.kind == "sealed":
            for kind, suffix, counted in (("notebook", "ipynb", "notebooks"), ("html", "html", "pages")):
                file = f"{name}.{suffix}"
                subjects[file] = body.get(kind)
                self._run.count[counted] += 1
                self._run.covered(file, body.get(kind), f"it was changed after it was sealed (journal entry {entry.n})")
        else:
            file = f"journal/{entry.n:06d}.json"
            subjects[file] = hashlib.sha256(canonical(entry)).hexdigest()
        files = body.get("files")
        for file, digest in files.items() if isinstance(files, Mapping) else ():
            self._run.covered(str(file), digest, other_digest(entry))
        self._shared(entry)
        head = body.get("journal")
        if isinstance(head, Mapping) and self._digests.get(head.get("n", -1)) != head.get("digest"):
            self._run.problem(here, f"it was sealed over another entry {head.get('n')}")
        self._attested(f"{name}.attestation.json", entry, subjects)

    def _shared(self, entry: Entry) -> None:
        """Files beside the run that it rests on (Athena's query history); a run that was copied alone lacks them."""
        shared = entry.body.get("shared")
        for name, digest in shared.items() if isinstance(shared, Mapping) else ():
            try:
                data = read_file(self._run.folder.parent, str(name))
            except FileNotFoundError:
                self._run.count["shared_not_here"] += 1
                continue
            except (Unreadable, ValueError) as error:
                self._run.problem(str(name), str(error))
                continue
            self._run.count["shared"] += 1
            if hashlib.sha256(data).hexdigest() != digest:
                self._run.problem(f"../{name}", other_digest(entry))

    def _attested(self, file: str, entry: Entry, subjects: Mapping[str, Any]) -> None:
        data = self._run.read(file)
        pem = self._key(str(entry.body.get("key")), entry.n)
        if data is None or pem is None:
            return
        self._run.count["attestations"] += 1
        try:
            statement = signing.open_envelope(data, pem)
            named = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
            predicate = statement["predicate"]
            if named != subjects:
                self._run.problem(file, "it vouches for other files than the journal sealed")
            if predicate.get("run") != self._name:
                self._run.problem(file, f"it vouches for run '{predicate.get('run')}'")
            if predicate.get("sealed") != entry.body or predicate.get("journal") != {
                "n": entry.n,
                "digest": entry.digest,
            }:
                self._run.problem(file, f"it vouches for another journal entry than {entry.n}")
            elif entry.n in self._digests:
                self.attested = max(self.attested, entry.n)
        except RunbookError as error:
            self._run.problem(file, error.what)
        except (KeyError, TypeError, AttributeError, RecursionError):
            self._run.problem(file, "it is not formed as a statement over files")

    def _key(self, wanted: str, n: int) -> bytes | None:
        """The public key of a seal: a trusted one, or the one kept in the folder under its own digest."""
        file = f"keys/{wanted[:16]}.pem"
        kept = self._run.read(file) if wanted[:16].isalnum() else None
        if kept is not None and signing.key_id(kept) != wanted:
            self._run.problem(file, f"it is not the key that journal entry {n} names")
            kept = None
        if not self._trusted:
            if kept is not None:
                self.keys.add(wanted)
            return kept
        if wanted not in self._trusted:
            given = ", ".join(key[:16] for key in self._trusted)
            self._run.problem(
                f"journal/{n:06d}.json", f"it was sealed with key {wanted[:16]}, not with the given {given}"
            )
            return None
        self.keys.add(wanted)
        return self._trusted[wanted]
