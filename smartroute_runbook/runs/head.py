"""Where a run is, in one line: the same in a notebook, a terminal, ``status`` and on the front page."""

from __future__ import annotations

from smartroute_runbook.prices import TB, price_book

from .journal import Journal
from .state import BILLED, METERED, RunState
from .views import HeadLine

__all__ = ["head_of"]


def head_of(run: RunState, next_action: str = "") -> HeadLine:
    """Read from the journal; nobody is asked."""
    begun = list(run.journal.of("week-started"))
    week = str(begun[-1].body.get("week", "")) if begun else ""
    steps = [entry for entry in run.journal.of("started") if begun and entry.n > begun[-1].n]
    step = str(steps[-1].body.get("step", "")) if steps else ""
    where = run.place.words if run.place else _where(run.journal)
    usd = billed_bytes(run.journal) / TB * price_book().usd("athena")
    return HeadLine(run.rehearsal, run.environment, where, run.id, week, step, usd, next_action)


def billed_bytes(journal: Journal) -> int:
    """What Athena billed in all, as the journal has it."""
    found = (entry.body.get(BILLED) for entry in journal.of(*METERED))
    return sum(value for value in found if isinstance(value, int))


def _where(journal: Journal) -> str:
    places = [entry.body.get("where") for entry in journal.of("opened", "week-started")]
    known = [one for one in places if isinstance(one, dict) and one.get("region")]
    if not known:
        return ""
    account = f"account {known[-1]['account']}" if known[-1].get("account") else "account unknown"
    caller = f", as {known[-1]['caller']}" if known[-1].get("caller") else ""
    return f"{account}, {known[-1]['region']}{caller}"
