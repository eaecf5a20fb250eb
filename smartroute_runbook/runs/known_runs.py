"""The runs of a store: which one is meant, which are finished."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from smartroute_runbook.errors import RunbookError, UsageError, did_you_mean, printable

from .journal import Journal, decode
from .sealing import is_sealed
from .store import Store

__all__ = ["UnknownRun", "checked_id", "finished", "named_run", "newest_head", "runs", "stay_of"]

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


class UnknownRun(UsageError):
    """No run has this name."""


def checked_id(run_id: str) -> str:
    """A run id that is a name and never a path.

    Raises:
        UsageError: it is none.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise UsageError(
            f"'{printable(run_id)}' is not a run id",
            expected="a letter or digit, then letters, digits, '.', '_', '-'; at most 120",
        )
    return run_id


def runs(store: Store, environment: str | None = None) -> list[str]:
    """Run ids in a store, oldest first by their first entry. One whose first entry cannot be read is not among them."""
    found = []
    for key in store.keys(""):
        if key.endswith("/journal/000001.json"):
            run_id = key.removesuffix("/journal/000001.json")
            try:
                first = decode(store.get(key), key)
            except RunbookError:
                continue
            if environment in (None, first.body.get("environment")):
                found.append((first.at, run_id))
    return [run_id for _, run_id in sorted(found)]


def named_run(store: Store, environment: str, run_id: str, *, create: bool, finished_too: bool) -> str:
    """The run that is meant; '' when there is none and none may be made.

    Without a name: the newest that is not finished, else the newest (for reading), else a new one.

    Raises:
        UsageError: the name is none, or no such run exists and none may be made.
    """
    if run_id:
        if not create and not Journal(store, f"{checked_id(run_id)}/journal").entries():
            known = runs(store, environment)
            hint = did_you_mean(run_id, known) if known else f"There is no run of '{environment}' yet"
            raise UnknownRun(f"There is no run '{run_id}' in {store.where}", hint=hint)
        return checked_id(run_id)
    known = runs(store, environment)
    still_open = [one for one in known if finished_too or not finished(Journal(store, f"{one}/journal"))]
    if still_open or known:
        return (still_open or known)[-1]
    return f"{environment}-{datetime.now(UTC):%Y%m%dT%H%M%S}" if create else ""


def finished(journal: Journal) -> bool:
    """Whether a run has come to its end: four weeks, or a signed decision to stay."""
    return is_sealed(journal, "4") or bool(stay_of(journal) and is_sealed(journal, "1"))


def stay_of(journal: Journal) -> str:
    """The day to look again, where week 1 ended with a decision to stay; '' else."""
    return next((str(e.body["stay"]) for e in journal.of("week-finished") if e.body.get("stay")), "")


def newest_head(store: Store, environment: str) -> dict[str, Any]:
    """The head of a store's newest other run: one that is taken away leaves a hole. Empty where there is none."""
    for run_id in reversed(runs(store, environment)):
        try:
            n, head = Journal(store, f"{run_id}/journal").head()
        except RunbookError:
            continue  # damaged: ``verify`` says so
        return {"run": run_id, "n": n, "digest": head}
    return {}
