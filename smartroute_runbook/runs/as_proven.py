"""Whether the tables are as they were proven last, by the journal alone: asked before users move, and by verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .journal import Entry

__all__ = ["not_as_proven"]

_ALTERING = ("week2.create-tables", "week2.mend-tables", "week4.remove-days")
"""Steps after which a table is not what was proven."""


def not_as_proven(entries: Iterable[Entry]) -> str:
    """Why the tables are not proven as they are after these entries; '' where they are, or no proof was journaled.

    The newest proof found every table equal, and nothing that it read was loaded again or altered since; later hours
    may have come.
    """
    known = list(entries)
    proofs = [entry for entry in known if entry.kind == "proven"]
    if not proofs:
        return ""  # made by an older release, whose journal does not say
    since, blocks = proofs[-1].body.get("since"), proofs[-1].body.get("blocks")
    if not isinstance(since, int) or not isinstance(blocks, Sequence) or isinstance(blocks, str):
        return "what the newest proof found cannot be read"
    return "; ".join((*map(str, blocks), *_loaded_again(known, since), *_altered(known, since)))


def _loaded_again(entries: Sequence[Entry], since: int) -> Iterator[str]:
    """The first partition that was loaded before this entry and again after it, or that a later proof doubts."""
    loaded: set[tuple[str, str]] = set()
    for entry in entries:
        partitions = entry.body.get("partitions")
        if entry.kind not in ("loaded", "doubted") or not isinstance(partitions, Mapping):
            continue
        names = {(str(entry.body.get("table")), str(name)) for name in partitions}
        doubted = entry.kind == "doubted"
        if entry.n > since and (again := names if doubted else names & loaded):
            table, name = min(again)
            what = "a proof found other rows" if doubted else "was loaded again after it was proven"
            yield f"{table} {name}: {what} (journal {entry.n})"
            return
        loaded |= set() if doubted else names


def _altered(entries: Sequence[Entry], since: int) -> Iterator[str]:
    """Steps that altered tables, or took rows out, after this entry; one that was killed may have."""
    begun: list[tuple[str, int]] = []
    for entry in entries:
        step = str(entry.body.get("step"))
        if step not in _ALTERING or entry.n <= since:
            continue
        if entry.kind == "started":
            begun.append((step, entry.n))
        elif entry.kind == "finished" and entry.body.get("status") == "unchanged" and begun and begun[-1][0] == step:
            begun.pop()
    yield from (f"{step} was begun after the proof (journal {n})" for step, n in begun)
