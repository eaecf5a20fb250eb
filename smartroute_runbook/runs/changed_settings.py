"""The parameters that a run was opened with, and which may change while it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartroute_runbook.environment.settings import Settings, parse_settings
from smartroute_runbook.environment.way_back import as_far_as_right
from smartroute_runbook.errors import RunbookError, UsageError

from .journal import Journal
from .known_runs import runs
from .store import Store

__all__ = [
    "ONE_WORLD",
    "changed_settings",
    "loosened",
    "require_same_world",
    "settings_as_opened",
    "settings_on_record",
]


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


def settings_on_record(store: Store, environment: str, run_id: str = "") -> tuple[str, Settings] | None:
    """The parameters that a run went by last, as far as they are right, and the run: where no file can be read.

    Args:
        store: of the records.
        environment: whose runs are asked, the newest first.
        run_id: the run; '' for the newest that says.
    """
    for name in [run_id] if run_id else reversed(runs(store, environment)):
        try:
            values = list(Journal(store, f"{name}/journal").of("opened", "settings-changed"))[-1].body["settings"]
            return name, as_far_as_right(values, f"the record of run {name}")[1]
        except (RunbookError, LookupError, TypeError):
            continue
    return None


#: Limits by which a gate's evidence is judged: what makes them laxer. A run keeps those that it was opened with.
_LAXER: Mapping[str, Callable[[Any, Any], bool]] = {
    "dashboard.watch_hours": lambda before, after: after < before,
    "experiment.verdict_blocks": lambda before, after: before and not after,
}


_LAKE = ("athena.database",)
ONE_WORLD = ("aws.region", *_LAKE, "redshift.cluster", "redshift.database", "redshift.schema_name")
"""Parameters that name where the tables are: what week 1 made under them is what the later weeks speak of."""


def require_same_world(journal: Journal, now: Settings, *, restored: bool = False) -> None:
    """Once the cluster is made a run stays with it: whatever a command went by since, which may go by another.

    Args:
        journal: of the run.
        now: the parameters.
        restored: what comes after the four weeks may go by a restored cluster; another lake is never the one that was
            audited, signed and proven.

    Raises:
        UsageError: a parameter names another lake, cluster, database, schema or region.
    """
    made, names = _made_under(journal), _LAKE if restored else ONE_WORLD
    moved = [name for name in names if made is not None and _value(made, name) != _value(now, name)]
    if moved:
        raise UsageError(
            f"This run has made its cluster, and {', '.join(moved)} changed since",
            expected="what it was made under", hint="Put it back, or set another run_id",
        )  # fmt: skip


def _made_under(journal: Journal) -> Settings | None:
    """The parameters under which the cluster was made first; None where it is not made, or by an older release."""
    under: Any = None
    for entry in journal.of("opened", "settings-changed", "finished"):
        if entry.kind != "finished":
            under = entry.body.get("settings")
        elif entry.body.get("step") == "week1.cluster":
            try:
                return parse_settings(under)
            except (RunbookError, TypeError):
                return None
    return None


def _value(settings: Settings, name: str) -> Any:
    section, _, key = name.partition(".")
    return getattr(getattr(settings, section), key)


def loosened(name: str, opened: Settings, now: Settings) -> bool:
    """Whether a parameter judges a gate's evidence less strictly than when the run was opened."""
    laxer = _LAXER.get(name)
    return laxer is not None and laxer(_value(opened, name), _value(now, name))


def settings_as_opened(journal: Journal) -> Settings | None:
    """The parameters that a run was opened with; None where it is new, or by an older release."""
    try:
        return parse_settings(next(journal.of("opened")).body["settings"])
    except (StopIteration, RunbookError, KeyError, TypeError):
        return None
