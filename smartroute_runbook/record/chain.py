"""The journal of one run: numbers without a gap, each entry with its own digest and that of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartroute_runbook.errors import RunbookError
from smartroute_runbook.runs.journal import GENESIS, Entry, decode

from .examined import Examined

__all__ = ["check_chain", "read_journal"]


def check_chain(run: Examined) -> list[Entry]:
    """The entries that hold by themselves, in order; what is wrong with the others becomes problems."""
    names = sorted(path.name for path in (run.folder / "journal").iterdir())
    numbers = {int(n[:-5]): n for n in names if n.endswith(".json") and n.isascii() and n[:-5].isdigit()}
    last = max(numbers, default=0)
    if last > 10 * len(names) + 10:  # a renamed file; the gaps are named one by one below otherwise
        run.problem(f"journal/{numbers.pop(last)}", "its number does not follow the others")
        last = max(numbers, default=0)
    if not last:
        run.problem("journal", "it is empty")
    run.count["entries"] = last
    entries = [entry for entry in _entries(run, last) if entry]
    for name in names:
        if not run.seen(f"journal/{name}") and not name.startswith(".new-"):
            run.problem(f"journal/{name}", "it does not belong into a journal")
    return entries


def _entries(run: Examined, last: int) -> Iterator[Entry | None]:
    prev: str | None = GENESIS
    for n in range(1, last + 1):
        entry = _entry(run, f"journal/{n:06d}.json", n, prev)
        prev = entry.digest if entry else None
        yield entry


def _entry(run: Examined, file: str, n: int, prev: str | None) -> Entry | None:
    data = run.read(file)
    if data is None:
        return None
    try:
        entry = decode(data, file)
    except (RunbookError, ValueError, TypeError, RecursionError):
        run.problem(file, "it was changed: its digest does not fit its content")
        return None
    texts = (entry.prev, entry.at, entry.by, entry.kind, entry.digest)
    if type(entry.body) is not dict or not all(isinstance(text, str) for text in texts):
        run.problem(file, "it is not formed as an entry")
        return None
    if entry.n != n:
        run.problem(file, f"it says that it is entry {entry.n}")
    elif prev is not None and entry.prev != prev:
        run.problem(file, f"it does not follow entry {n - 1}: one of the two was replaced")
    return entry


def read_journal(folder: Path) -> list[Entry]:
    """The entries of one run's folder that can be read, in order; ``verify`` says what is wrong with the others."""
    return check_chain(Examined(folder, folder))
