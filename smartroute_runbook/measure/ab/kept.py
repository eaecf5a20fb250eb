"""Which epochs are kept, and their digests in the journal: a week goes by before the samples themselves are sealed.

They are noted whenever a round is over or a process ends, so that a kill leaves at most one round that is not noted.
The next process notes that one as it finds it; more than that nobody can have left there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import UsageError, VerificationFailed
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.store import Store

from .registration import Registration

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Noting", "Place", "changed_meanwhile", "folder_of", "name_of", "places", "recorded", "unnoted"]

Place = tuple[int, int]
"""Round and epoch."""

_KIND = "experiment-kept"
_OF_THE_ENGINES = (
    ("athena", "workgroup"), ("athena", "database"), ("redshift", "node_type"), ("redshift", "nodes"),
    ("redshift", "parameter_group"), ("redshift", "transport"),
)  # fmt: skip
"""Parameters by which an engine answers at another speed, or another one does."""
_TOUCHING = (
    "week1.cluster", "week2.create-tables", "week2.mend-tables", "week3.materialize", "week3.apply-advice",
    "week4.resize", "week4.queues",
)  # fmt: skip
"""Steps that make the candidate another one."""
_NAME = re.compile(r"(\d{4,})-(\d{3,})\.parquet")


def folder_of(run_id: str, registration: Registration) -> str:
    """Where a registration's epochs are kept."""
    return f"{run_id}/experiment/{registration.id[:12]}/"


def name_of(place: Place) -> str:
    """The only name of an epoch's file."""
    return f"{place[0]:04d}-{place[1]:03d}.parquet"


def places(store: Store, run_id: str, registration: Registration) -> dict[Place, str]:
    """The epochs that are kept, each with its key.

    Raises:
        VerificationFailed: a file lies among them that no week writes, such as a copy under another name.
    """
    epochs: dict[Place, str] = {}
    folder = folder_of(run_id, registration)
    for key in store.keys(folder):
        match = _NAME.fullmatch(key.removeprefix(folder))
        place = (int(match[1]), int(match[2])) if match else (-1, -1)
        if name_of(place) != key.removeprefix(folder):
            raise VerificationFailed(
                f"{key} is no file of the A/B week", expected="epochs alone, each once: 0000-000.parquet",
                hint="Take it out of the record",
            )  # fmt: skip
        epochs[place] = key
    return epochs


def recorded(journal: Journal, registration: Registration) -> dict[str, str]:
    """SHA-256 of each epoch's file, by its name, as the journal has it first."""
    digests: dict[str, str] = {}
    for entry in journal.of(_KIND):
        if entry.body["registration"] == registration.id:
            digests = {**entry.body["files"], **digests}
    return digests


def unnoted(run: Run, registration: Registration) -> dict[Place, str]:
    """The epochs that are kept and not in the journal, each with its key."""
    known = recorded(run.journal, registration)
    there = places(run.store, run.id, registration)
    return {place: key for place, key in there.items() if name_of(place) not in known}


def changed_meanwhile(journal: Journal, registration: Registration) -> tuple[str, ...]:
    """What became of the engines from the first epoch to the last: half of the pairs are then of another candidate.

    A parameter that was put back before another epoch was measured is none.
    """
    kept = [e.n for e in journal.of(_KIND) if e.body["registration"] == registration.id]
    first: Mapping[str, object] | None = None
    now: Mapping[str, object] = {}
    found = []
    for entry in journal.of("opened", "settings-changed", "finished", _KIND) if kept else ():
        if entry.kind in ("opened", "settings-changed"):
            now = _of_the_engines(entry.body.get("settings"))
        elif entry.n in kept:
            first = now if first is None else first
            found += [f"{name} became {now[name]}" for name in now if first.get(name, now[name]) != now[name]]
        elif entry.kind == "finished" and kept[0] < entry.n < kept[-1] and entry.body["status"] == "applied":
            found += [f"{entry.body['step']} was applied"] if entry.body["step"] in _TOUCHING else []
    return tuple(dict.fromkeys(found))


def _of_the_engines(settings: object) -> Mapping[str, object]:
    given = settings if isinstance(settings, Mapping) else {}
    try:
        parsed = parse_settings(given).model_dump(mode="json")
    except UsageError:  # of an older release
        return {}
    return {f"{section}.{name}": parsed[section][name] for section, name in _OF_THE_ENGINES}


class Noting:
    """Notes the epochs of one process in the journal, a round at a time.

    Args:
        run: the run.
        registration: whose epochs.

    Raises:
        VerificationFailed: epochs of more than one round are there that nobody noted.
    """

    def __init__(self, run: Run, registration: Registration) -> None:
        self._run, self._registration = run, registration
        self._new: dict[str, str] = {}
        self._round = -1
        left = unnoted(run, registration)
        if len({number for number, _ in left}) > 1:
            names = ", ".join(name_of(place) for place in sorted(left))
            raise VerificationFailed(
                f"{plural(len(left), 'epoch of the A/B week is', 'epochs of the A/B week are')} not in the "
                f"journal: {names}",
                expected="those of one round at most, which a kill leaves",
                hint="Take out what was put there; or withdraw the registration, and register anew",
            )
        for place, key in left.items():
            self.add(place, hashlib.sha256(run.store.get(key)).hexdigest())
        self.flush()

    def add(self, place: Place, sha256: str) -> None:
        """An epoch was kept; those of the round before it are noted."""
        if place[0] != self._round:
            self.flush()
        self._round = place[0]
        self._new[name_of(place)] = sha256

    def flush(self) -> None:
        """Note what is not noted yet."""
        if self._new:
            self._run.record(_KIND, {"registration": self._registration.id, "files": self._new})
            self._new = {}
