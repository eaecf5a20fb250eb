"""What the run's own journal cannot tell just before users are moved: other runs, and the folder of the queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from smartroute_runbook.errors import SignatureVoid, StaleProposal
from smartroute_runbook.runs.elsewhere import went_back_elsewhere
from smartroute_runbook.runs.signatures import people

from .publish import compared_texts

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["require_still_so"]


def require_still_so(run: Run, gate: str, queries: Iterable[str]) -> None:
    """What was signed at a gate says something of now, and every query that was compared is watched.

    Raises:
        SignatureVoid: too few have signed since users were sent back, in whichever run that was recorded.
        StaleProposal: a query is left out whose file is gone: it is still the dashboard's, and may fail.
    """
    _signed_since(run, gate)
    compared = {name for name, texts in compared_texts(run).items() if any(texts)}  # a refused one has no text
    if lacking := sorted(compared - set(queries)):
        raise StaleProposal(
            f"Week 3 compared {', '.join(lacking)}, and nobody would ask for it now",
            hint="Put its file back (experiment.queries); if the dashboard has it no more, run week 3 again and sign",
        )


def _signed_since(run: Run, name: str) -> None:
    gate = run.last_gate(name)
    signatures = gate.status().signatures if gate else ()
    if gate is None or not signatures:
        return  # the permit to act says so
    first = min(datetime.fromisoformat(one.at) for one in signatures)
    found = went_back_elsewhere(run.store, run.environment, run.id, first)
    if found is None:
        return
    other, at = found
    later = [one for one in signatures if datetime.fromisoformat(one.at) > at]
    if len(people(later)) < gate.needed:
        raise SignatureVoid(
            f"Gate '{name}' was signed before the dashboard went back to Athena ({at:%Y-%m-%d %H:%M} UTC, run {other})",
            hint="Find the cause, measure anew (week 4), read the evidence, then sign",
        )
