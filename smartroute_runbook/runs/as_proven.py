"""Whether the tables are as they were proven last, by the journal alone: asked before users move, and by verify."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .journal import Entry

__all__ = ["last_proof", "not_as_proven"]

_ALTERING = ("week2.create-tables", "week2.mend-tables", "week4.remove-days")
"""Steps after which a table is not what was proven."""


def not_as_proven(entries: Iterable[Entry]) -> str:
    """Why the tables are not proven as they are after these entries; '' where they are, or no proof was journaled.

    The newest proof of all that was loaded found every table equal, a later one of fewer days found nothing either, and
    nothing was loaded again or altered since; later hours may have come.
    """
    known = list(entries)
    proofs = [entry for entry in known if entry.kind == "proven"]
    if not proofs:
        return ""  # made by an older release, whose journal does not say
    last = last_proof(known)
    if last is None:
        return f"no proof reaches as far as was loaded; the newest is of {proofs[-1].body.get('covered')}"
    since, found = last.body.get("since"), [proof.body.get("blocks") for proof in proofs if proof.n >= last.n]
    if not isinstance(since, int) or any(not isinstance(one, Sequence) or isinstance(one, str) for one in found):
        return "what the newest proof found cannot be read"
    blocks = dict.fromkeys(str(why) for one in found for why in one or ())
    return "; ".join((*blocks, *_loaded_again(known, since), *_altered(known, since)))


def last_proof(entries: Iterable[Entry]) -> Entry | None:
    """The newest proof that reached as far as was loaded when it was made; None for none.

    Week 2's, made again later, is of fewer days: what was loaded again after those it does not tell.
    """
    last, loaded = None, ""
    for entry in entries:
        if entry.kind not in ("read-point", "proven"):
            continue
        until = entry.body.get("until")
        if entry.kind == "proven" and (not isinstance(until, str) or until >= loaded):  # without: all, or not told
            last = entry
        loaded = max(loaded, until) if isinstance(until, str) else loaded
    return last


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
