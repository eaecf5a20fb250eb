"""What a run keeps: results as canonical JSON under their digests, journaled by name and read back as types."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.declared import Declaration, KeptKind, evidence_name_of, read_as, version_of
from smartroute_runbook.errors import UsageError, VerificationFailed

from .journal import Journal
from .plan import plan
from .steps import Proposal
from .store import AlreadyWritten, Store

__all__ = ["Evidence", "EvidenceStore", "read_kept"]

T = TypeVar("T")
K = TypeVar("K", bound=KeptKind)


@dataclass(frozen=True)
class Evidence:
    """Something seen or proven: kept as canonical JSON under its digest, and journaled."""

    name: str
    digest: str
    file: str


class EvidenceStore:
    """The evidence of one run."""

    def __init__(self, run_id: str, store: Store, journal: Journal) -> None:
        self._run_id, self._store, self._journal = run_id, store, journal

    def keep(self, name: str, value: Any, *, write: bool = True) -> Evidence:
        """Keep a value; the same value twice in a row is one piece of evidence. Without ``write`` it is only named."""
        found = digest(value)
        file = f"evidence/{name}-{found[:12]}.json"
        kept = Evidence(name, found, f"{self._run_id}/{file}")
        newest = [entry.body["digest"] for entry in self._journal.of("evidence") if entry.body.get("name") == name][-1:]
        if not write or newest == [found]:
            return kept
        # A kill may come between the file and its journal entry; the bytes are the same by their name.
        with contextlib.suppress(AlreadyWritten):
            self._store.put_new(kept.file, canonical(value))
        body = {"name": name, "digest": found, "file": file, "version": version_of(type(value))}
        self._journal.append("evidence", body | _objections(value))
        return kept

    def objections(self, item: Any, *, kept: bool = True) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Why nobody may sign over this, and which points of a checklist it speaks against; also of what is named only.

        Evidence that was never kept is one more reason, where evidence is kept at all.
        """
        if not isinstance(item, Evidence):
            objections = _objections(item)
        else:
            known = [e.body for e in self._journal.of("evidence") if e.body.get("digest") == item.digest]
            known = [body for body in known if body.get("name") == item.name]
            never: dict[str, Any] = {"blocks": [f"'{item.name}' ({item.digest[:12]}) was never kept"]} if kept else {}
            objections = dict(known[-1]) if known else never
        return tuple(objections.get("blocks", ())), objections.get("against", {})

    def once(
        self, declared: Declaration, arguments: tuple[Any, ...], measure: Callable[[], T], *, write: bool = True
    ) -> T:
        """What was measured with these arguments in this version, else what ``measure`` returns; kept unless it blocks.

        Raises:
            VerificationFailed: what was kept does not read as the declared type.
        """
        key, version = digest(arguments), version_of(declared.kind)
        for entry in self._journal.of("measured"):
            same = entry.body["name"] == declared.name and entry.body["arguments"] == key
            if same and entry.body.get("version", 1) == version:
                return self._read(declared.kind, entry.body["file"], declared.name)
        value = measure()
        if write and not getattr(value, "blocks", ()):
            file = self.keep(declared.name, value).file.removeprefix(f"{self._run_id}/")
            body = {"name": declared.name, "arguments": key, "file": file, "version": version}
            self._journal.append("measured", body)
        return value

    def newest(self, kind: type[K]) -> K:
        """What a gate keeps under a declared name; the newest.

        Raises:
            UsageError: no gate has kept it yet.
            VerificationFailed: it was kept in another version, or does not read as ``kind``.
        """
        names = {f"{gate}.{kind.evidence_name}" for gate in plan()["gates"]}
        bodies = [entry.body for entry in self._journal.of("evidence") if entry.body["name"] in names]
        if not bodies:
            raise UsageError(
                f"Run '{self._run_id}' keeps no evidence '{kind.evidence_name}'",
                hint="Run the week whose gate keeps it first, up to its gate",
            )
        name, version = bodies[-1]["name"], bodies[-1].get("version", 1)
        if version != kind.evidence_version:
            raise VerificationFailed(
                f"'{name}' was kept in version {version}", expected=f"version {kind.evidence_version}",
                hint="Run its week again with this release",
            )  # fmt: skip
        return self._read(kind, bodies[-1]["file"], name)

    def of_gate(self, gate: str, item: Any, *, write: bool = True) -> Evidence:
        """Keep what a gate binds to, under the name that its class declares; what is kept already stands as it is.

        A proposal that was applied, with nothing left to change, stands as it was applied: who signed it need not sign
        again because it was carried out.
        """
        if isinstance(item, Evidence):
            return item
        if not isinstance(item, Proposal):
            return self.keep(f"{gate}.{evidence_name_of(item)}", item, write=write)
        name = f"{item.step}.proposal"
        if item.empty:
            ended = (entry.body for entry in self._journal.of("finished") if entry.body["step"] == item.step)
            applied = [body["proposal"] for body in ended if body["status"] == "applied"]
            if applied:
                return Evidence(name, applied[-1], f"{self._run_id}/evidence/{name}-{applied[-1][:12]}.json")
        return self.keep(name, item, write=write)

    def _read(self, kind: type[T], file: str, name: str) -> T:
        return read_as(kind, read_kept(self._store, self._journal, self._run_id, file), name)


def _objections(value: Any) -> dict[str, Any]:
    """What a value itself says to a gate, for whoever shows it by its digest alone."""
    blocks, against = [*getattr(value, "blocks", ())], dict(getattr(value, "against", {}))
    return ({"blocks": blocks} if blocks else {}) | ({"against": against} if against else {})


def read_kept(store: Store, journal: Journal, run_id: str, file: str) -> bytes:
    """The bytes of a piece of evidence, by its file below the run, as they were journaled.

    Raises:
        VerificationFailed: no evidence of that file was journaled, or the file is gone or was changed since.
    """
    recorded = [entry for entry in journal.of("evidence") if entry.body["file"] == file]
    hint = "Restore it from a backup, or measure anew in a new run"
    if not recorded:
        raise VerificationFailed(f"No entry of the journal recorded {file}", hint=hint)
    entry = recorded[0]
    try:
        data = store.get(f"{run_id}/{file}")
    except KeyError:
        raise VerificationFailed(f"{file} is missing (journal entry {entry.n})", hint=hint) from None
    if hashlib.sha256(data).hexdigest() != entry.body["digest"]:
        raise VerificationFailed(f"{file} was changed since journal entry {entry.n} recorded it", hint=hint)
    return data
