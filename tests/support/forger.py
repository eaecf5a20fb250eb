"""Change the record of a run, as whoever may write its folder can: with fitting digests, with a key or without."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.record import signing

__all__ = ["Forger"]


class Forger:
    """One run's folder under change: entries as they will be written, files as they lie there."""

    def __init__(self, run: Path, chance: random.Random) -> None:
        self.run, self.chance = run, chance
        self.entries = [json.loads(path.read_bytes()) for path in sorted((run / "journal").iterdir())]

    def write(self, start: int = 0) -> None:
        """The journal from its ``start``-th entry on, numbers and digests fitted."""
        for path in (self.run / "journal").iterdir():
            path.chmod(0o644)
            path.unlink()
        prev = "0" * 64 if not self.entries else self.entries[0]["prev"]
        for n, entry in enumerate(self.entries, 1):
            if n > start:
                entry |= {"n": n, "prev": prev}
                entry["digest"] = digest({key: value for key, value in entry.items() if key != "digest"})
            prev = entry["digest"]
            (self.run / "journal" / f"{n:06d}.json").write_bytes(canonical(entry))

    def any(self, *kinds: str) -> int:
        return self.chance.choice([i for i, e in enumerate(self.entries) if not kinds or e["kind"] in kinds])

    def change(self, at: int, **body: Any) -> None:
        self.entries[at]["body"] |= body
        self.write(at)

    def append(self, kind: str, **body: Any) -> None:
        last = self.entries[-1]
        self.entries.append({"at": last["at"], "by": last["by"], "kind": kind, "body": body})
        self.write(len(self.entries) - 1)

    def drop(self, at: int) -> None:
        del self.entries[at]
        self.write(at)

    def file(self, pattern: str) -> Path:
        path = self.chance.choice(sorted(self.run.glob(pattern)))
        path.chmod(0o644)
        return path

    # ---- with the key: every digest and every seal is fitted --------------------------------------------------

    def body(self, kind: str, last: bool = False, **wanted: Any) -> dict[str, Any]:
        """The body of the first (or last) entry of a kind with these words."""
        return self.entries[self.at(kind, last, **wanted)]["body"]

    def at(self, kind: str, last: bool = False, **wanted: Any) -> int:
        """Where it is."""
        found = [
            i
            for i, e in enumerate(self.entries)
            if e["kind"] == kind and all(e["body"].get(k) == v for k, v in wanted.items())
        ]
        return found[-1 if last else 0]

    def insert(self, at: int, kind: str, body: dict[str, Any]) -> None:
        """An entry at a place, at the time of the one that was there."""
        near = self.entries[min(at, len(self.entries) - 1)]
        self.entries.insert(at, {"at": near["at"], "by": near["by"], "kind": kind, "body": body})

    def remove(self, kind: str, **wanted: Any) -> None:
        """Every entry of a kind with these words."""
        self.entries = [
            e for e in self.entries if e["kind"] != kind or any(e["body"].get(k) != v for k, v in wanted.items())
        ]

    def value(self, name: str) -> Any:
        """A piece of evidence, the newest."""
        return json.loads((self.run / self.body("evidence", last=True, name=name)["file"]).read_bytes())

    def rewrite(self, name: str, change: Callable[[Any], None], *also: str) -> None:
        """Evidence with another value under fitting digests, wherever its digest stands; ``also``: others likewise."""
        for one in (name, *also):
            value, body = self.value(one), self.body("evidence", last=True, name=one)
            old = body["digest"]
            change(value)
            new = digest(value)
            files = {e["body"]["name"] for e in self.entries if e["kind"] == "evidence" and e["body"]["digest"] == old}
            text = json.dumps(self.entries).replace(old, new)
            for each in files:
                text = text.replace(f"{each}-{old[:12]}.json", f"{each}-{new[:12]}.json")
                (self.run / f"evidence/{each}-{new[:12]}.json").write_bytes(canonical(value))
            self.entries = json.loads(text)

    def notebook(self, name: str, change: Callable[[Any], None]) -> None:
        """A sealed notebook with another content."""
        path = self.run / f"{name}.ipynb"
        found = json.loads(path.read_bytes())
        change(found)
        path.write_text(json.dumps(found))

    def reseal(self, key: Any, *, heads: bool = False) -> None:
        """Fit everything and sign it with a key; ``heads``: what notebooks say of the journal is rewritten too."""
        for path in (self.run / "keys").iterdir():
            path.unlink()
        for path in self.run.glob("*.attestation.json"):
            path.unlink()
        pem = signing.public_pem(key)
        (self.run / "keys" / f"{signing.key_id(pem)[:16]}.pem").write_bytes(pem)
        prev = "0" * 64
        for n, entry in enumerate(self.entries, 1):
            if entry["kind"] in ("sealed", "attested"):
                self._fit(entry["body"], {"n": n - 1, "digest": prev}, signing.key_id(pem), heads=heads)
            entry |= {"n": n, "prev": prev}
            entry["digest"] = prev = digest({name: value for name, value in entry.items() if name != "digest"})
        self.write(len(self.entries))
        for entry in self.entries:
            if entry["kind"] in ("sealed", "attested"):
                self._attest(entry, key)

    def _fit(self, body: dict[str, Any], head: dict[str, Any], key: str, *, heads: bool) -> None:
        body |= {"journal": head, "key": key}
        for name in list(body.get("files", {})):
            if (self.run / name).is_file():
                body["files"][name] = _sha256((self.run / name).read_bytes())
        for name, kind in ((f"{body['name']}.ipynb", "notebook"), (f"{body['name']}.html", "html")):
            path = self.run / name
            if path.is_file():
                if heads and body.get("week"):
                    path.write_text(self._headed(path.read_text(), body["week"]))
                body[kind] = _sha256(path.read_bytes())

    def _headed(self, text: str, week: str) -> str:
        """Every head that a notebook or page shows, as the journal now has it."""
        import re

        ended = [e for e in self.entries if e["kind"] == "week-finished" and e["body"]["week"] == week and "n" in e]
        if not ended:
            return text
        n, found = ended[-1]["n"], ended[-1]["digest"]
        text = re.sub(r"Journal head: entry \d+", f"Journal head: entry {n}", text)
        return re.sub(r"\b\d+:[0-9a-f]{64}\b", f"{n}:{found}", text)

    def _attest(self, entry: dict[str, Any], key: Any) -> None:
        body = entry["body"]
        subjects = {f"{body['name']}.ipynb": body.get("notebook"), f"{body['name']}.html": body.get("html")}
        if entry["kind"] == "attested":
            subjects = {f"journal/{entry['n']:06d}.json": _sha256(canonical(entry))}
        predicate = {"run": self.entries[0]["body"].get("run"), "sealed": body}
        predicate["journal"] = {"n": entry["n"], "digest": entry["digest"]}
        (self.run / f"{body['name']}.attestation.json").write_bytes(signing.sign(key, subjects, predicate))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
