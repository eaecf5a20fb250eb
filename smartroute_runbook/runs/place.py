"""Where a run is at work: what its clients reach, in which account, as whom; and that it goes on where it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.detect import Where, where_clients_lead
from smartroute_runbook.errors import Refused, RunbookError, UsageError

from .journal import Journal

__all__ = ["Place", "opened_at", "place_of", "require_same"]


@dataclass(frozen=True)
class Place:
    """Where a run is at work: what its first entry and each ``week-started`` say.

    Attributes:
        rehearsal: all clients reach stand-ins on this machine.
        account, caller: as AWS tells who acts; '' where it does not, and ``unknown`` says why.
        endpoints: scheme, host and port by service.
        limits: what the stand-ins cannot model.
    """

    rehearsal: bool = False
    region: str = ""
    account: str = ""
    caller: str = ""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[Mapping[str, str], ...] = ()
    unknown: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """For the journal."""
        return {name: value for name, value in vars(self).items() if name not in ("limits", "rehearsal")}

    @property
    def words(self) -> str:
        """For a banner, a proposal and a gate."""
        account = f"account {self.account}" if self.account else "account unknown"
        return f"{account}, {self.region}" + (f", as {self.caller}" if self.caller else "")


def opened_at(journal: Journal) -> Place | None:
    """Account and region where a run was opened, for who only reads it; as whom one acts then, nobody has asked."""
    first = next(iter(journal.entries()), None)
    where = first.body.get("where") if first else None
    if first is None or not isinstance(where, Mapping):
        return None
    account, region = (str(where.get(name, "")) for name in ("account", "region"))
    return Place(bool(first.body.get("rehearsal")), region, account)


def place_of(clients: Clients, region: str, *, way_back: bool = False) -> Place:
    """Ask the clients where they lead, and AWS who acts.

    Raises:
        UsageError, Unreachable: the clients do not lead to one place; never on the way back.
    """
    unknown = ""
    try:
        where = where_clients_lead(clients.endpoints())
    except RunbookError as error:
        if not way_back:
            raise
        where, unknown = Where(False, {}), str(error)
    account = caller = ""
    try:
        who = clients.caller()
        account, caller = who.account, who.arn
    except RunbookError as error:
        unknown = unknown or str(error)
    return Place(where.rehearsal, region, account, caller, where.endpoints, tuple(where.limits), unknown)


def require_same(journal: Journal, environment: str, place: Place, *, way_back: bool) -> None:
    """A run goes on where it began.

    Raises:
        UsageError: it belongs to another environment.
        Refused: it was a rehearsal and is none now, or account or region is another one; never on the way back.
    """
    first = journal.entries()[0]
    run_id = first.body.get("run")
    if first.body.get("environment") != environment:
        raise UsageError(
            f"Run '{run_id}' belongs to environment '{first.body.get('environment')}'", expected=f"'{environment}'"
        )
    if way_back:
        return
    if bool(first.body.get("rehearsal")) != place.rehearsal:
        now, then = ("stand-ins", "AWS") if place.rehearsal else ("AWS", "stand-ins")
        raise Refused(f"Run '{run_id}' began on {then}, and its clients now lead to {now}", hint="Set another run_id")
    # Whoever goes back is not asked where: that a rollback began in another account moves no run there.
    began = [entry.body for entry in journal.of("opened", "week-started") if entry.body.get("week") != "rollback"]
    wheres = [body.get("where") for body in began]
    accounts = [where["account"] for where in wheres if isinstance(where, dict) and where.get("account")]
    if accounts and place.account and accounts[0] != place.account:
        raise Refused(
            f"Run '{run_id}' belongs to account {accounts[0]}; these credentials are of {place.account}",
            hint="Use that account's credentials, or set another run_id",
        )
    regions = [where["region"] for where in wheres if isinstance(where, dict) and where.get("region")]
    if regions and place.region and regions[0] != place.region:
        raise Refused(
            f"Run '{run_id}' began in {regions[0]}; these parameters lead to {place.region}",
            hint="Correct aws.region, or set another run_id",
        )
