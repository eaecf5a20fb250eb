"""What the run's own journal cannot tell just before users are moved: other runs, and the folder of the queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smartroute_runbook.api.routing import CANDIDATE
from smartroute_runbook.errors import Refused, SignatureVoid, StaleProposal
from smartroute_runbook.lake.held import changed_in_place
from smartroute_runbook.lake.ledger import ledger_moved
from smartroute_runbook.quantities import duration
from smartroute_runbook.runs.as_proven import last_proof, not_as_proven
from smartroute_runbook.runs.elsewhere import went_back_elsewhere
from smartroute_runbook.runs.signatures import people

from .publish import compared_texts, published_text
from .sampling import behind_seconds
from .set_by import require_known_setting

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["require_as_proven", "require_still_so"]

_A_PROOF = "a proof of them that finds all equal"
_PROVE = "Run week 4's cells 'catch-up' and 'prove' again; where all is equal, nobody need sign again"


def require_still_so(run: Run, gate: str, queries: Iterable[str]) -> None:
    """What was shown and signed at a gate says something of now, and every query that was compared is watched.

    Raises:
        SignatureVoid: users were sent back since it was shown, or since enough people signed, in whichever run that
            was recorded.
        StaleProposal: a query is left out whose file is gone: it is still the dashboard's, and may fail; or another
            text is published for Redshift than was compared; or somebody whom this run does not know of has set the
            dashboard's parameter; or rows are others than were proven last, or no proof found them equal; or tables
            are farther behind the lake than ``alarms.lag_minutes``.
    """
    _good_since(run, gate)
    require_known_setting(run)
    _rows_as_proven(run)
    _fresh_enough(run, gate)
    compared = {name: texts for name, texts in compared_texts(run).items() if any(texts)}  # a refused one has no text
    if lacking := sorted(compared.keys() - set(queries)):
        raise StaleProposal(
            f"Week 3 compared {', '.join(lacking)}, and nobody would ask for it now",
            hint="Put its file back (experiment.queries); if the dashboard has it no more, run week 3 again and sign",
        )
    others = [name for name, texts in sorted(compared.items()) if published_text(run, name, CANDIDATE) not in texts]
    if others:
        raise StaleProposal(
            f"For {CANDIDATE.title()} another text of {', '.join(others)} is published than week 3 compared, or none",
            hint="Run week 4 from 'publish' on: it publishes what was compared; then read the evidence and sign",
        )


def _rows_as_proven(run: Run) -> None:
    """A gate was shown the proof of its day; this asks what came after."""
    last = last_proof(run.journal.entries())
    if why := _unproven(run) or (changed_in_place(run, last.body) if last else ""):
        raise StaleProposal(f"The tables are not proven as they are now: {why}", expected=_A_PROOF, hint=_PROVE)


def _fresh_enough(run: Run, gate: str) -> None:
    """Shown fresh some days ago, and 'sync' may have stopped since: users would read a day that is over."""
    shown = _shown(run, gate)
    behind = behind_seconds(run, shown[-1] if shown else datetime.now(UTC))
    limit = run.settings.alarms.lag_minutes * 60
    if behind > limit:
        raise StaleProposal(
            f"The tables may be {duration(behind)} behind the lake, by what 'sync' published last",
            expected=f"at most alarms.lag_minutes, {duration(limit)}",
            hint="Run 'smartroute-runbook sync', see that its schedule runs, then cut over",
        )


def require_as_proven(run: Run) -> None:
    """Asked while shares rise, too: another run may load the same tables, and needs no lease of this one.

    Raises:
        Refused: rows are others than were proven last.
    """
    if why := _unproven(run):
        raise Refused(f"The tables are no longer as they were proven: {why}", expected=_A_PROOF, hint=_PROVE)


def _unproven(run: Run) -> str:
    """Why rows are others than were proven last: by the run's journal, and by the ledger for what other runs did."""
    if why := not_as_proven(run.journal.entries()):
        return why
    last = last_proof(run.journal.entries())
    noted = last.body.get("ledger") if last else None  # none: made by an older release
    return ledger_moved(run, noted) if isinstance(noted, Mapping) else ""


def _good_since(run: Run, name: str) -> None:
    """As ``permit`` asks of this run's own journal: both what was measured and the signatures are newer."""
    gate = run.last_gate(name)
    signatures = gate.status().signatures if gate else ()
    if gate is None or not signatures:
        return  # the permit to act says so
    shown = _shown(run, name)[-1]
    first = min([shown, *(datetime.fromisoformat(one.at) for one in signatures)])
    found = went_back_elsewhere(run.store, run.environment, run.id, first)
    if found is None:
        return
    other, at = found
    later = [one for one in signatures if datetime.fromisoformat(one.at) > at]
    old = ["measured"] if shown <= at else []
    old += ["signed"] if len(people(later)) < gate.needed else []
    if old:
        raise SignatureVoid(
            f"Gate '{name}' was {' and '.join(old)} before the dashboard went back to Athena ({at:%Y-%m-%d %H:%M} UTC, "
            f"run {other})",
            hint="Find the cause, measure anew (week 4), read the evidence, then sign",
        )


def _shown(run: Run, gate: str) -> list[datetime]:
    """When a gate was shown, oldest first."""
    return [datetime.fromisoformat(entry.at) for entry in run.journal.of("gate") if entry.body.get("gate") == gate]
