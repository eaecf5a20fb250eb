"""Go back to Athena whatever state the rest is in: SSM is all that it needs, and what cannot be recorded is said.

First the parameter is set. Only then is asked whether there is a journal, an API that answers, or queries to ask: none
of them may keep users on an engine that fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartroute_runbook.api.routing import CANDIDATE, CONTROL, Route
from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import RunbookError, ServiceError
from smartroute_runbook.views import Note, Part, Table, View

from .attempt import end_killed
from .cause import root_cause
from .moving import to_control
from .parameter import EngineParameter

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["WentBack", "go_back", "redirect"]


@dataclass(frozen=True)
class WentBack:
    """The dashboard's parameter is set to Athena, and as far as somebody could ask, it reads Athena.

    Attributes:
        before: the parameter's value from before; '?' where it could not be read.
        facts: seconds, requests and failures until every query was answered by Athena; empty where nobody could ask.
        unrecorded: what could not be asked, verified or written, in words.
        run_id: in which run it is recorded; '' for none. ``records`` is where, when that is not where it should be.
    """

    before: str
    facts: dict[str, Any]
    unrecorded: tuple[str, ...] = ()
    run_id: str = ""
    records: Path | None = None

    @property
    def seen(self) -> bool:
        """Whether every query was seen to be answered by Athena; the parameter alone is what was asked for."""
        return bool(self.facts)

    def as_json(self) -> dict[str, Any]:
        """For automation."""
        keys = ("seconds", "requests", "failed_requests")
        numbers = {key: self.facts.get(key, 0) for key in keys}
        return {"to": CONTROL, "before": self.before, **numbers, "seen": self.seen, "unrecorded": list(self.unrecorded)}

    def view(self) -> View:
        """Where it was, where it is, and what is not on record."""
        rows = (("was", self.before), ("is", CONTROL), *((k, v) for k, v in self.facts.items() if k in _SHOWN))
        parts: list[Part] = [Table(("", ""), rows)]
        parts += [Note(f"Not recorded: {why}", "warn") for why in self.unrecorded]
        if not self.seen:
            return View("The parameter is set to athena; that the dashboard reads it was not seen", tuple(parts), "bad")
        return View("The dashboard reads Athena", tuple(parts), "warn" if self.unrecorded else "good")


_SHOWN = ("seconds", "requests", "failed_requests")


def redirect(settings: Settings, clients: Clients | None = None) -> tuple[Route | None, str]:
    """Set the engine parameter to Athena, with nothing but SSM.

    Returns:
        The route from before, and why it is None.

    Raises:
        ServiceError: SSM refused, or did not answer within ``dashboard.switch_seconds``.
    """
    dashboard = settings.dashboard
    ssm = (clients or Clients(settings)).at_once("ssm")
    before, why = None, ""
    try:  # asked once: what it says is for the record, and going back waits for no record
        before = EngineParameter(ssm, dashboard.engine_parameter, 0.0).read()
    except ServiceError as error:
        why = str(error)
    EngineParameter(ssm, dashboard.engine_parameter, dashboard.switch_seconds).write(Route(CONTROL))
    return before, why


def go_back(
    settings: Settings,
    opened: Callable[[], Run],
    queries: Callable[[Run], Iterable[str]],
    clients: Clients | None = None,
    *,
    cause: bool = True,
) -> WentBack:
    """Redirect the dashboard to Athena; then verify and record as far as there is somebody to ask and to tell.

    Args:
        settings: of the environment.
        opened: opens the run; it may fail.
        queries: the dashboard's queries by name; it may fail.
        clients: to reach SSM; made from the settings by default.
        cause: whether to collect what is known of the cause; the rollback's notebook does it too.

    Raises:
        ServiceError: the parameter could not be set.
    """
    before, why = redirect(settings, clients)
    was, missing = str(before or "?"), [f"what the parameter was: {why}"] if why else []
    facts: dict[str, Any] = {}
    try:
        run = opened()
    except (RunbookError, OSError) as error:
        return WentBack(was, facts, (*missing, f"anything at all, for the run does not open: {error}"))
    elsewhere = run.store.folder if run.unrecorded else None  # its own record could not be gone on with
    missing += run.unrecorded
    try:
        facts = to_control(run, queries(run), before=before or Route(CONTROL))
        missing += facts.pop("unrecorded", [])
    except (RunbookError, OSError) as error:
        missing.append(f"whether each query is answered by Athena: {error}")
    try:
        end_killed(run)
        if cause and before and before.engine == CANDIDATE:
            missing += root_cause(run).unknown
    except (RunbookError, OSError) as error:
        missing.append(f"what led to this: {error}")
    return WentBack(was, facts, tuple(missing), run.id, elsewhere)
