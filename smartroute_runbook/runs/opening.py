"""How a run is opened: to be worked in, to be read, or to go back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import Clients, explained
from smartroute_runbook.environment.parameters import home, load_parameters
from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.environment.way_back import as_far_as_right, parameters_of_way_back
from smartroute_runbook.errors import (
    ServiceError,
    UsageError,
    VerificationFailed,
)

from .changed_settings import changed_settings, loosened, require_same_world
from .guarded import GuardedStore, open_store
from .journal import Journal
from .known_runs import checked_id, finished, named_run, newest_head, stay_of
from .place import Place, place_of, require_same
from .plan import plan_digest
from .signatures import public_key
from .store import FolderStore, Store

__all__ = ["Opening", "first_entry", "open_run"]


def first_entry(run_id: str, environment: str, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The body of ``opened``: what every later entry is held against."""
    parsed = Settings.model_validate(dict(given))  # judged by whoever read them
    body = {"run": run_id, "environment": environment, "settings": given, "rehearsal": place.rehearsal}
    body |= {"settings_digest": digest(parsed.model_dump(mode="json")), "plan": plan_digest(), "where": place.body}
    return body | ({"limits": place.limits} if place.rehearsal else {})


@dataclass(frozen=True)
class Opening:
    """What ``Run.open`` opens."""

    run_id: str
    settings: Settings
    store: Store
    clients: Clients
    base: Path
    place: Place | None
    is_new: bool = False
    reading: str = ""
    unrecorded: tuple[str, ...] = ()


def open_run(
    environment: str, run_id: str, settings: Mapping[str, Any] | None, base: Path | None, finished_too: bool, *,
    create: bool, aws: bool, way_back: bool,
) -> Opening:  # fmt: skip
    """See ``Run.open``."""
    if run_id:
        checked_id(run_id)
    base = base or home()
    read, source = parameters_of_way_back if way_back else load_parameters, f"parameters/{environment}.yaml"
    given = dict(settings) if settings else read(environment, base)["settings"]
    given, parsed = as_far_as_right(given, source) if way_back else (given, parse_settings(given, source))
    if parsed.gates.automatic and environment != "rehearsal":
        raise UsageError(
            f"gates.automatic is set for '{environment}'", expected="false outside a rehearsal", hint="People sign here"
        )
    for pem in parsed.gates.signers.values():
        public_key(pem)
    clients, place = Clients(parsed), None
    if create or aws or parsed.record.store.startswith("s3://"):
        place = place_of(clients, parsed.aws.region, way_back=way_back)
        if environment == "rehearsal" and not place.rehearsal:
            raise UsageError(
                "A rehearsal needs the stand-ins", expected="clients that all lead to this machine",
                hint="Run 'eval \"$(smartroute-runbook rehearsal up)\"' first",
            )  # fmt: skip
    store, why = _store_of(parsed, clients, base, way_back=way_back)
    opening = Opening(run_id, parsed, store, clients, base, place, unrecorded=(why,) if why else ())
    if not create or place is None:
        return _look(opening, environment, finished_too)
    if not way_back:
        return _work(opening, environment, given, finished_too)
    try:
        with explained("Opening the record"):
            return _work(opening, environment, given, finished_too=True, way_back=True)
    except VerificationFailed as damaged:
        why = f"run {run_id or 'at hand'} cannot be continued ({damaged}); this is a run of its own"
        opening = replace(opening, run_id=f"{environment}-back-{datetime.now(UTC):%Y%m%dT%H%M%S}", unrecorded=(why,))
        return _work(opening, environment, given, finished_too=True, way_back=True)
    except (ServiceError, OSError) as error:
        store, why = _store_of_the_way_back(store.where, error)
        opening = replace(opening, store=store, unrecorded=(why,))
        return _work(opening, environment, given, finished_too=True, way_back=True)


def _store_of(parsed: Settings, clients: Clients, base: Path, *, way_back: bool) -> tuple[Store, str]:
    """The store of the parameters, and ''; on the way back another and why, where it cannot be opened."""
    try:
        return open_store(parsed.record.store, lambda: clients.boto("s3"), base), ""
    except UsageError as error:
        if not way_back:
            raise
        return _store_of_the_way_back(parsed.record.store, error)


def _store_of_the_way_back(where: str, error: Exception) -> tuple[Store, str]:
    """A folder of its own, and why: whoever goes back does not wait for the record."""
    folder = Path(tempfile.mkdtemp(prefix="smartroute-way-back-"))
    return GuardedStore(FolderStore(folder)), f"{where} cannot be written ({error}); the record is in {folder}"


def _look(opening: Opening, environment: str, finished_too: bool) -> Opening:
    """To be read: no run is made, and nothing is written into one."""
    name = named_run(opening.store, environment, opening.run_id, create=False, finished_too=finished_too)
    journal = Journal(opening.store, f"{name}/journal")
    entries = journal.entries() if name else []
    if entries and entries[0].body.get("environment") != environment:
        raise UsageError(
            f"Run '{name}' belongs to environment '{entries[0].body.get('environment')}'", expected=f"'{environment}'"
        )
    return replace(opening, run_id=name, reading="It was opened to be read.")


def _work(
    opening: Opening, environment: str, given: Mapping[str, Any], finished_too: bool, way_back: bool = False
) -> Opening:
    """To be worked in: its journal says that it was opened, and what changed since."""
    name = named_run(opening.store, environment, opening.run_id, create=True, finished_too=finished_too)
    journal, place = Journal(opening.store, f"{name}/journal"), opening.place or Place()
    if not journal.entries():
        before = newest_head(opening.store, environment)
        journal.append(
            "opened", first_entry(name, environment, given, place) | ({"previous": before} if before else {})
        )
        return replace(opening, run_id=name, is_new=True)
    require_same(journal, environment, place, way_back=way_back)
    names, opened = changed_settings(journal, opening.settings)
    rules = [one for one in names if one.startswith("gates.")]
    rules += [one for one in names if opened and loosened(one, opened, opening.settings)]
    if rules and not way_back:
        raise UsageError(
            f"Run '{name}' was opened with other rules for its gates: {', '.join(rules)} changed",
            expected="what the run was opened with", hint="Put them back, or set another run_id",
        )  # fmt: skip
    if not way_back:
        require_same_world(journal, opening.settings, restored=finished_too)
    if not way_back and not finished_too and finished(journal):
        until = f", with a decision to stay until {stay_of(journal)}" if stay_of(journal) else ""
        return replace(opening, run_id=name, reading=f"Run {name} is finished{until}; set run_id to start another.")
    if names and not rules:
        journal.append("settings-changed", {"changed": names, "settings": given})
    if way_back:
        journal.append("going-back", {"where": place.body})
    return replace(opening, run_id=name)
