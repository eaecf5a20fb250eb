"""The bytes of one run's record: each file against the digest that the journal has of it, each seal against its key.

What the bytes say is the other half: ``story``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import canonical
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.journal import GENESIS, Entry, decode

from . import signing
from .reading import Unreadable, files_below, read_file
from .verification import Problem

__all__ = ["Check", "read_journal"]


class Check:
    """The check of one run's folder.

    Args:
        folder: holds ``journal/``.
        base: problems name their files relative to it.
        trusted: public keys in PEM, one of which must have signed; none: the keys kept in the folder are taken.

    Attributes:
        problems: what does not hold.
        count: how much was looked at.
        entries: the journal's entries that hold by themselves, in order.
        attested: the number of the newest entry that an attestation covers.
        keys: the names of the keys that signed.
    """

    def __init__(self, folder: Path, base: Path, trusted: Sequence[bytes] = ()) -> None:
        self.folder, self.base = folder, base
        self.trusted = {signing.key_id(pem): pem for pem in trusted}
        self.problems: list[Problem] = []
        self.count: Counter[str] = Counter()
        self.entries: list[Entry] = []
        self.attested = 0
        self.keys: set[str] = set()
        self._seen: set[str] = set()
        self._digests: dict[int, str] = {}
        self._recorded: set[tuple[str, str]] = set()

    def run(self) -> Check:
        """Everything, in the order in which one thing rests on another."""
        for _ in self.journal():
            pass
        self._digests = {entry.n: entry.digest for entry in self.entries}
        for entry in self.entries:
            if entry.kind == "evidence":
                self.count["evidence"] += 1
                self._covered(str(entry.body.get("file")), entry.body.get("digest"), entry)
                self._recorded.add((str(entry.body.get("name")), str(entry.body.get("digest"))))
            elif entry.kind in ("signature", "gate"):
                self._bound(entry)
        for entry in self.entries:
            if entry.kind in ("sealed", "attested"):
                self._sealed(entry)
        self._orphans()
        return self

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

    def journal(self) -> Iterator[tuple[int, Entry | None]]:
        """Entries by number; None for one that does not hold by itself."""
        names = sorted(path.name for path in (self.folder / "journal").iterdir())
        numbers = {int(n[:-5]): n for n in names if n.endswith(".json") and n.isascii() and n[:-5].isdigit()}
        last = max(numbers, default=0)
        if last > 10 * len(names) + 10:  # a renamed file; the gaps are named one by one below otherwise
            self.problem(f"journal/{numbers.pop(last)}", "its number does not follow the others")
            last = max(numbers, default=0)
        if not last:
            self.problem("journal", "it is empty")
        prev: str | None = GENESIS
        for n in range(1, last + 1):
            entry = self._entry(f"journal/{n:06d}.json", n, prev)
            prev = entry.digest if entry else None
            self.count["entries"] = n
            if entry:
                self.entries.append(entry)
            yield n, entry
        for name in names:
            if f"journal/{name}" not in self._seen and not name.startswith(".new-"):
                self.problem(f"journal/{name}", "it does not belong into a journal")

    def _entry(self, file: str, n: int, prev: str | None) -> Entry | None:
        data = self.read(file)
        if data is None:
            return None
        try:
            entry = decode(data, file)
        except (RunbookError, ValueError, TypeError, RecursionError):
            self.problem(file, "it was changed: its digest does not fit its content")
            return None
        texts = (entry.prev, entry.at, entry.by, entry.kind, entry.digest)
        if type(entry.body) is not dict or not all(isinstance(text, str) for text in texts):
            self.problem(file, "it is not formed as an entry")
            return None
        if entry.n != n:
            self.problem(file, f"it says that it is entry {entry.n}")
        elif prev is not None and entry.prev != prev:
            self.problem(file, f"it does not follow entry {n - 1}: one of the two was replaced")
        return entry

    def _covered(self, name: str, digest: Any, entry: Entry) -> None:
        """A file that a journal entry covers by its digest."""
        data = self.read(name)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            self.problem(name, f"it was changed: journal entry {entry.n} recorded another digest")

    def _bound(self, entry: Entry) -> None:
        """A signature, or a gate, over evidence that nobody recorded before it says nothing."""
        self.count["signatures"] += entry.kind == "signature"
        evidence = entry.body.get("evidence")
        for name, digest in evidence.items() if isinstance(evidence, Mapping) else ():
            if (name, digest) not in self._recorded:
                what = f"{entry.kind} of gate '{entry.body.get('gate')}': evidence '{name}' was not recorded before it"
                self.problem(f"journal/{entry.n:06d}.json", what)

    def _sealed(self, entry: Entry) -> None:
        body, name = entry.body, str(entry.body.get("name"))
        here = f"journal/{entry.n:06d}.json"
        if "/" in name or name.startswith("."):
            self.problem(here, "it seals a file outside the record")
            return
        subjects = {}
        if entry.kind == "sealed":
            for kind, suffix, counted in (("notebook", "ipynb", "notebooks"), ("html", "html", "pages")):
                file = f"{name}.{suffix}"
                subjects[file] = body.get(kind)
                data = self.read(file)
                self.count[counted] += 1
                if data is not None and hashlib.sha256(data).hexdigest() != body.get(kind):
                    self.problem(file, f"it was changed after it was sealed (journal entry {entry.n})")
        else:
            file = f"journal/{entry.n:06d}.json"
            subjects[file] = hashlib.sha256(canonical(entry)).hexdigest()
        files = body.get("files")
        for file, digest in files.items() if isinstance(files, Mapping) else ():
            self._covered(str(file), digest, entry)
        self._shared(entry)
        head = body.get("journal")
        if isinstance(head, Mapping) and self._digests.get(head.get("n", -1)) != head.get("digest"):
            self.problem(here, f"it was sealed over another entry {head.get('n')}")
        self._attested(f"{name}.attestation.json", entry, subjects)

    def _shared(self, entry: Entry) -> None:
        """Files beside the run that it rests on (Athena's query history); a run that was copied alone lacks them."""
        shared = entry.body.get("shared")
        for name, digest in shared.items() if isinstance(shared, Mapping) else ():
            try:
                data = read_file(self.folder.parent, str(name))
            except FileNotFoundError:
                self.count["shared_not_here"] += 1
                continue
            except (Unreadable, ValueError) as error:
                self.problem(str(name), str(error))
                continue
            self.count["shared"] += 1
            if hashlib.sha256(data).hexdigest() != digest:
                self.problem(f"../{name}", f"it was changed: journal entry {entry.n} recorded another digest")

    def _attested(self, file: str, entry: Entry, subjects: Mapping[str, Any]) -> None:
        data = self.read(file)
        pem = self._key(str(entry.body.get("key")), entry.n)
        if data is None or pem is None:
            return
        self.count["attestations"] += 1
        try:
            statement = signing.open_envelope(data, pem)
            named = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
            predicate = statement["predicate"]
            if named != subjects:
                self.problem(file, "it vouches for other files than the journal sealed")
            if predicate.get("run") != self._name():
                self.problem(file, f"it vouches for run '{predicate.get('run')}'")
            if predicate.get("sealed") != entry.body or predicate.get("journal") != {
                "n": entry.n,
                "digest": entry.digest,
            }:
                self.problem(file, f"it vouches for another journal entry than {entry.n}")
            elif entry.n in self._digests:
                self.attested = max(self.attested, entry.n)
        except RunbookError as error:
            self.problem(file, error.what)
        except (KeyError, TypeError, AttributeError, RecursionError):
            self.problem(file, "it is not formed as a statement over files")

    def _name(self) -> Any:
        """The run's own name, as its first entry has it."""
        return self.entries[0].body.get("run", self.folder.resolve().name)

    def _key(self, wanted: str, n: int) -> bytes | None:
        """The public key of a seal: a trusted one, or the one kept in the folder under its own digest."""
        file = f"keys/{wanted[:16]}.pem"
        kept = self.read(file) if wanted[:16].isalnum() else None
        if kept is not None and signing.key_id(kept) != wanted:
            self.problem(file, f"it is not the key that journal entry {n} names")
            kept = None
        if not self.trusted:
            if kept is not None:
                self.keys.add(wanted)
            return kept
        if wanted not in self.trusted:
            given = ", ".join(key[:16] for key in self.trusted)
            self.problem(f"journal/{n:06d}.json", f"it was sealed with key {wanted[:16]}, not with the given {given}")
            return None
        self.keys.add(wanted)
        return self.trusted[wanted]

    def _orphans(self) -> None:
        """Attestations whose journal entries are gone, and a journal that nobody vouches for."""
        for path in sorted(self.folder.glob("*.attestation.json")):
            if path.name not in self._seen:
                count = self.count["entries"]
                self.problem(path.name, f"no journal entry of the {count} here seals it: the journal was cut short")
        if not self.count["attestations"] and not self.problems:
            self.problem("journal", "nobody vouches for it: no week is sealed yet")

    def not_covered(self) -> list[str]:
        """Files in the folder that no digest covers: the auditor's pages, and what came after the last seal."""
        inside = self.folder.relative_to(self.base)
        return [(inside / name).as_posix() for name in files_below(self.folder) if self._uncovered(name)]

    def _uncovered(self, name: str) -> bool:
        return name not in self._seen and not name.startswith("lease/")  # who is at work just now is no evidence

    def evidence(self, digest: str) -> Any:
        """The value of a piece of evidence, whole and unchanged; None where it is not there."""
        for entry in self.entries:
            if entry.kind == "evidence" and entry.body.get("digest") == digest:
                data = self._unchanged(str(entry.body.get("file")), digest)
                return _parsed(data)
        return None

    def notebook(self, entry: Entry) -> Any:
        """The notebook of a seal, whole and unchanged; None where it is not there."""
        data = self._unchanged(f"{entry.body.get('name')}.ipynb", entry.body.get("notebook"))
        return _parsed(data)

    def _unchanged(self, name: str, digest: Any) -> bytes | None:
        try:
            data = read_file(self.folder, name)
        except (FileNotFoundError, Unreadable, ValueError):
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None


def _parsed(data: bytes | None) -> Any:
    try:
        return None if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return None


def read_journal(folder: Path) -> list[Entry]:
    """The entries of one run's folder that can be read, in order; ``verify`` says what is wrong with the others."""
    return [entry for _, entry in Check(folder, folder).journal() if entry is not None]
