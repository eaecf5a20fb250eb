"""How a run is opened: which one, whether it is there, and whether its parameters are still its own."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.engines.clients import Clients, explained
from smartroute_runbook.environment.parameters import home, load_parameters
from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.errors import (
    RunbookError,
    ServiceError,
    UsageError,
    VerificationFailed,
    did_you_mean,
    printable,
)

from .guarded import GuardedStore, open_store
from .journal import Journal, decode
from .place import Place, place_of, require_same
from .plan import plan_digest
from .sealing import is_sealed
from .signatures import public_key
from .store import FolderStore, Store

__all__ = ["Found", "UnknownRun", "finished", "open_run", "runs", "settings_as_opened", "stay_of"]

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


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


def first_entry(run_id: str, environment: str, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The body of ``opened``: what every later entry is held against."""
    parsed = parse_settings(given)
    body = {"run": run_id, "environment": environment, "settings": given, "rehearsal": place.rehearsal}
    body |= {"settings_digest": digest(parsed.model_dump(mode="json")), "plan": plan_digest(), "where": place.body}
    return body | ({"limits": place.limits} if place.rehearsal else {})


def changed_settings(journal: Journal, now: Settings) -> tuple[list[str], Settings | None]:
    """Names of parameters that differ from those that the run last went by, and its settings when it was opened.

    Where the record lies is not compared: the run was found there. A run of an older release may have parameters that
    are none today; it is then taken as it is now.
    """
    entries = list(journal.of("opened", "settings-changed"))
    try:
        opened = parse_settings(entries[0].body["settings"])
        last = parse_settings(entries[-1].body["settings"])
    except (RunbookError, KeyError, TypeError):
        return [], None
    before, after = last.model_dump(mode="json"), now.model_dump(mode="json")
    names = [
        f"{section}.{name}"
        for section in after
        for name in after[section]
        if f"{section}.{name}" != "record.store" and before[section][name] != after[section][name]
    ]
    return names, opened


#: Limits by which a gate's evidence is judged: what makes them laxer. A run keeps those that it was opened with.
_LAXER: Mapping[str, Callable[[Any, Any], bool]] = {
    "dashboard.watch_hours": lambda before, after: after < before,
    "experiment.verdict_blocks": lambda before, after: before and not after,
}


ONE_WORLD = ("aws.region", "redshift.cluster", "redshift.database", "redshift.schema_name")
"""Parameters that name where the tables are: what week 1 made under them is what the later weeks speak of."""


def _moved(journal: Journal, names: list[str]) -> None:
    """Once the cluster is made a run stays with it.

    Raises:
        UsageError: a parameter names another cluster, database, schema or region.
    """
    made = any(entry.body.get("step") == "week1.cluster" for entry in journal.of("finished"))
    moved = [name for name in names if name in ONE_WORLD]
    if made and moved:
        raise UsageError(
            f"This run has made its cluster, and {', '.join(moved)} changed since",
            expected="what it was made under", hint="Put it back, or set another run_id",
        )  # fmt: skip


def loosened(name: str, opened: Settings, now: Settings) -> bool:
    """Whether a parameter judges a gate's evidence less strictly than when the run was opened."""
    section, _, key = name.partition(".")
    laxer = _LAXER.get(name)
    return laxer is not None and laxer(getattr(getattr(opened, section), key), getattr(getattr(now, section), key))


def settings_as_opened(journal: Journal) -> Settings | None:
    """The parameters that a run was opened with; None where it is new, or by an older release."""
    try:
        return parse_settings(next(journal.of("opened")).body["settings"])
    except (StopIteration, RunbookError, KeyError, TypeError):
        return None


def _newest_head(store: Store, environment: str) -> dict[str, Any]:
    """The head of a store's newest other run: one that is taken away leaves a hole. Empty where there is none."""
    for run_id in reversed(runs(store, environment)):
        try:
            n, head = Journal(store, f"{run_id}/journal").head()
        except RunbookError:
            continue  # damaged: ``verify`` says so
        return {"run": run_id, "n": n, "digest": head}
    return {}


class UnknownRun(UsageError):
    """No run has this name."""


@dataclass(frozen=True)
class Found:
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
) -> Found:  # fmt: skip
    """See ``Run.open``."""
    if run_id:
        checked_id(run_id)
    base = base or home()
    given = dict(settings) if settings else load_parameters(environment, base)["settings"]
    parsed = parse_settings(given, f"parameters/{environment}.yaml")
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
    found = Found(run_id, parsed, store, clients, base, place, unrecorded=(why,) if why else ())
    if not create or place is None:
        return _look(found, environment, finished_too)
    if not way_back:
        return _work(found, environment, given, finished_too)
    try:
        with explained("Opening the record"):
            return _work(found, environment, given, finished_too=True, way_back=True)
    except VerificationFailed as damaged:
        why = f"run {run_id or 'at hand'} cannot be continued ({damaged}); this is a run of its own"
        found = replace(found, run_id=f"{environment}-back-{datetime.now(UTC):%Y%m%dT%H%M%S}", unrecorded=(why,))
        return _work(found, environment, given, finished_too=True, way_back=True)
    except (ServiceError, OSError) as error:
        store, why = _store_of_the_way_back(store.where, error)
        found = replace(found, store=store, unrecorded=(why,))
        return _work(found, environment, given, finished_too=True, way_back=True)


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


def _look(found: Found, environment: str, finished_too: bool) -> Found:
    """To be read: no run is made, and nothing is written into one."""
    name = named_run(found.store, environment, found.run_id, create=False, finished_too=finished_too)
    journal = Journal(found.store, f"{name}/journal")
    entries = journal.entries() if name else []
    if entries and entries[0].body.get("environment") != environment:
        raise UsageError(
            f"Run '{name}' belongs to environment '{entries[0].body.get('environment')}'", expected=f"'{environment}'"
        )
    return replace(found, run_id=name, reading="It was opened to be read.")


def _work(
    found: Found, environment: str, given: Mapping[str, Any], finished_too: bool, way_back: bool = False
) -> Found:
    """To be worked in: its journal says that it was opened, and what changed since."""
    name = named_run(found.store, environment, found.run_id, create=True, finished_too=finished_too)
    journal, place = Journal(found.store, f"{name}/journal"), found.place or Place()
    if not journal.entries():
        before = _newest_head(found.store, environment)
        journal.append(
            "opened", first_entry(name, environment, given, place) | ({"previous": before} if before else {})
        )
        return replace(found, run_id=name, is_new=True)
    require_same(journal, environment, place, way_back=way_back)
    names, opened = changed_settings(journal, found.settings)
    rules = [one for one in names if one.startswith("gates.")]
    rules += [one for one in names if opened and loosened(one, opened, found.settings)]
    if rules and not way_back:
        raise UsageError(
            f"Run '{name}' was opened with other rules for its gates: {', '.join(rules)} changed",
            expected="what the run was opened with", hint="Put them back, or set another run_id",
        )  # fmt: skip
    if not way_back and not finished_too:
        _moved(journal, names)
    if not way_back and not finished_too and finished(journal):
        until = f", with a decision to stay until {stay_of(journal)}" if stay_of(journal) else ""
        return replace(found, run_id=name, reading=f"Run {name} is finished{until}; set run_id to start another.")
    if names and not rules:
        journal.append("settings-changed", {"changed": names, "settings": given})
    if way_back:
        journal.append("going-back", {"where": place.body})
    return replace(found, run_id=name)
