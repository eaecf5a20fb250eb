"""Check a records folder, offline and without trusting anything in it but (optionally) one public key.

What is checked: the journal's numbers, digests and links; every evidence file against the digest that was journaled;
that signatures and gates rest on evidence recorded before them; every executed notebook and page against its seal;
every attestation's signature and what it says about files and journal.

What cannot be seen here: entries cut off after the last attestation, and a folder rewritten as a whole by somebody who
owns the signing key. Against the latter give ``key``: a public key from elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from smartroute_runbook.errors import RunbookError, UsageError
from smartroute_runbook.runs.journal import GENESIS, Entry, decode

from . import signing
from .verification import Problem, Verification

__all__ = ["Problem", "Verification", "read_journal", "run_folders", "verify"]


def verify(directory: Path, key: Path | None = None) -> Verification:
    """Check the folder of one run, or a folder of runs.

    Args:
        directory: holds ``journal/``, or folders that do.
        key: the public (or private) key, in PEM, that must have signed; else the keys kept in the folder are used.

    Raises:
        UsageError: there is no such folder, or ``key`` is no ed25519 key.
    """
    if not directory.is_dir():
        raise UsageError(f"No folder {directory}", expected="a records folder, or the folder of one run")
    trusted = _trusted(key) if key else None
    checks = [_Check(folder, directory, trusted) for folder in run_folders(directory)]
    for check in checks:
        check.run()
    problems = [problem for check in checks for problem in check.problems]
    if not checks:
        problems.append(Problem(".", "there is no run here: no folder 'journal' in it or one level below"))
    names = ("entries", "attested_entries", "evidence", "signatures", "notebooks", "pages", "attestations")
    counts: dict[str, Any] = {"runs": len(checks)}
    counts |= {name: sum(check.count.get(name, 0) for check in checks) for name in names}
    counts["keys"] = sorted({k for check in checks for k in check.keys_used})
    counts["key_given"] = key is not None
    counts["not_covered"] = sorted(file for check in checks for file in check.not_covered())
    return Verification(not problems, counts, tuple(problems))


def run_folders(directory: Path) -> list[Path]:
    """The folder itself when it holds a journal, else those directly below it that do."""
    if (directory / "journal").is_dir():
        return [directory]
    return sorted(p for p in directory.iterdir() if (p / "journal").is_dir())


def read_journal(folder: Path) -> list[Entry]:
    """The entries of one run's folder that can be read, in order; ``verify`` says what is wrong with the others."""
    return [entry for _, entry in _Check(folder, folder, None).journal() if entry is not None]


def _trusted(path: Path) -> bytes:
    try:
        data = path.expanduser().read_bytes()
        if b"PRIVATE KEY" in data:
            return signing.public_pem(signing.signing_key(path))
        return load_pem_public_key(data).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    except (OSError, ValueError):
        raise UsageError(f"{path} is no key", expected="an ed25519 public key in PEM") from None


class _Check:
    """The check of one run's folder."""

    def __init__(self, folder: Path, base: Path, trusted: bytes | None) -> None:
        self.folder, self.base, self.trusted = folder, base, trusted
        self.problems: list[Problem] = []
        self.count: dict[str, int] = {}
        self.keys_used: set[str] = set()
        self.seen: set[Path] = set()

    def run(self) -> None:
        """Everything, in the order in which one thing rests on another."""
        read = list(self.journal())
        entries = [entry for _, entry in read if entry is not None]
        recorded: dict[tuple[str, str], int] = {}
        for entry in entries:
            if entry.kind == "evidence":
                self._evidence(entry)
                recorded.setdefault((str(entry.body.get("name")), str(entry.body.get("digest"))), entry.n)
            elif entry.kind in ("signature", "gate"):
                self._bound(entry, recorded)
        for entry in entries:
            if entry.kind == "sealed":
                self._sealed(entry, {e.n: e.digest for e in entries})
        self._orphans(len(read))

    def problem(self, file: Path | str, what: str) -> None:
        """Note what is wrong."""
        path = file if isinstance(file, Path) else self.folder / file
        self.problems.append(Problem(path.relative_to(self.base).as_posix(), what))

    def read(self, path: Path) -> bytes | None:
        """A file's bytes; missing or unreadable is a problem."""
        self.seen.add(path)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self.problem(path, "it is missing")
        except OSError as error:
            self.problem(path, f"it cannot be read: {error.strerror}")
        return None

    def journal(self) -> Iterator[tuple[int, Entry | None]]:
        """Entries by number; None for one that does not hold by itself."""
        found = sorted((self.folder / "journal").iterdir())
        numbers = {int(p.stem): p for p in found if p.suffix == ".json" and p.stem.isascii() and p.stem.isdigit()}
        last = max(numbers, default=0)
        if last > 10 * len(found) + 10:  # a renamed file; the gaps are named one by one below otherwise
            self.problem(numbers.pop(last), "its number does not follow the others")
            last = max(numbers, default=0)
        if not last:
            self.problem("journal", "it is empty")
        prev: str | None = GENESIS
        for n in range(1, last + 1):
            path = self.folder / "journal" / f"{n:06d}.json"
            entry = self._entry(path, n, prev)
            prev = entry.digest if entry else None
            self.count["entries"] = n
            yield n, entry
        for path in found:
            if path not in self.seen and not path.name.startswith(".new-"):
                self.problem(path, "it does not belong into a journal")

    def _entry(self, path: Path, n: int, prev: str | None) -> Entry | None:
        data = self.read(path)
        if data is None:
            return None
        try:
            entry = decode(data, path.name)
        except (RunbookError, ValueError, TypeError, RecursionError):
            self.problem(path, "it was changed: its digest does not fit its content")
            return None
        texts = (entry.prev, entry.at, entry.by, entry.kind, entry.digest)
        if type(entry.body) is not dict or not all(isinstance(text, str) for text in texts):
            self.problem(path, "it is not formed as an entry")
            return None
        if entry.n != n:
            self.problem(path, f"it says that it is entry {entry.n}")
        elif prev is not None and entry.prev != prev:
            self.problem(path, f"it does not follow entry {n - 1}: one of the two was replaced")
        return entry

    def _evidence(self, entry: Entry) -> None:
        self.count["evidence"] = self.count.get("evidence", 0) + 1
        self._file(str(entry.body.get("file")), entry.body.get("digest"), entry)

    def _file(self, name: str, digest: Any, entry: Entry) -> None:
        """A file that a journal entry covers by its digest."""
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder.resolve()):
            self.problem(f"journal/{entry.n:06d}.json", f"it covers '{name}' outside the record")
            return
        data = self.read(path)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            self.problem(path, f"it was changed: journal entry {entry.n} recorded another digest")

    def _bound(self, entry: Entry, recorded: Mapping[tuple[str, str], int]) -> None:
        """A signature, or a gate, over evidence that nobody recorded before it says nothing."""
        self.count["signatures"] = self.count.get("signatures", 0) + (entry.kind == "signature")
        evidence = entry.body.get("evidence")
        for name, digest in evidence.items() if isinstance(evidence, Mapping) else ():
            if (name, digest) not in recorded:
                self.problem(
                    f"journal/{entry.n:06d}.json",
                    f"{entry.kind} of gate '{entry.body.get('gate')}': evidence '{name}' was not recorded before it",
                )

    def _sealed(self, entry: Entry, digests: Mapping[int, str]) -> None:
        body, name = entry.body, str(entry.body.get("name"))
        if "/" in name or name.startswith("."):
            self.problem(f"journal/{entry.n:06d}.json", "it seals a file outside the record")
            return
        for kind, suffix, counted in (("notebook", "ipynb", "notebooks"), ("html", "html", "pages")):
            path = self.folder / f"{name}.{suffix}"
            data = self.read(path)
            self.count[counted] = self.count.get(counted, 0) + 1
            if data is not None and hashlib.sha256(data).hexdigest() != body.get(kind):
                self.problem(path, f"it was changed after it was sealed (journal entry {entry.n})")
        path = self.folder / f"{name}.attestation.json"
        files = body.get("files")
        for file, digest in files.items() if isinstance(files, Mapping) else ():
            self._file(str(file), digest, entry)
        head = body.get("journal")
        if isinstance(head, Mapping) and digests.get(head.get("n", -1)) != head.get("digest"):
            self.problem(f"journal/{entry.n:06d}.json", f"it was sealed over another entry {head.get('n')}")
        data = self.read(path)
        pem = self._key(str(body.get("key")), entry.n)
        if data is None or pem is None:
            return
        self.count["attestations"] = self.count.get("attestations", 0) + 1
        try:
            self._said(path, entry, signing.open_envelope(data, pem), digests)
        except RunbookError as error:
            self.problem(path, error.what)
        except (KeyError, TypeError, AttributeError):
            self.problem(path, "it is not formed as a statement over files")

    def _said(self, path: Path, entry: Entry, statement: Mapping[str, Any], digests: Mapping[int, str]) -> None:
        """What an attestation says must be what the journal says."""
        name, body = entry.body["name"], entry.body
        subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
        predicate = statement["predicate"]
        if subjects != {f"{name}.ipynb": body.get("notebook"), f"{name}.html": body.get("html")}:
            self.problem(path, "it vouches for other files than the journal sealed")
        if predicate.get("sealed") != body or predicate.get("journal") != {"n": entry.n, "digest": entry.digest}:
            self.problem(path, f"it vouches for another journal entry than {entry.n}")
        elif entry.n in digests:
            self.count["attested_entries"] = max(self.count.get("attested_entries", 0), entry.n)

    def _key(self, wanted: str, n: int) -> bytes | None:
        """The public key of a seal: the trusted one, or the one kept in the folder under its own digest."""
        path = self.folder / "keys" / f"{wanted[:16]}.pem"
        kept = self.read(path) if wanted[:16].isalnum() else None
        if kept is not None and signing.key_id(kept) != wanted:
            self.problem(path, f"it is not the key that journal entry {n} names")
            kept = None
        if self.trusted is None:
            if kept is not None:
                self.keys_used.add(wanted)
            return kept
        given = signing.key_id(self.trusted)
        self.keys_used.add(given)
        if given != wanted:
            self.problem(
                f"journal/{n:06d}.json", f"it was sealed with key {wanted[:16]}, not with the given {given[:16]}"
            )
            return None
        return self.trusted

    def _orphans(self, entries: int) -> None:
        """Attestations whose journal entries are gone, and a journal that nobody vouches for."""
        for path in sorted(self.folder.glob("*.attestation.json")):
            if path not in self.seen:
                self.problem(path, f"no journal entry of the {entries} here seals it: the journal was cut short")
        if not self.count.get("attestations") and not self.problems:
            self.problem("journal", "nobody vouches for it: no week is sealed yet")

    def not_covered(self) -> list[str]:
        """Files in the folder that no digest covers: the auditor's index, and what came after the last seal."""
        rest = (p for p in sorted(self.folder.rglob("*")) if p.is_file() and p not in self.seen)
        return [p.relative_to(self.base).as_posix() for p in rest]
