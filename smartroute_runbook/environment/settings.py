"""All that an environment can set, with its defaults: validated as a whole before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from smartroute_runbook.errors import UsageError
from smartroute_runbook.strict_yaml import Lines

from .contradictions import contradictions
from .sections.afterwards import Analysts, Archive, Front, Publish, Tune
from .sections.base import Section
from .sections.dashboard import Alarms, Dashboard, Experiment
from .sections.data import Audit, Load, Proof, Roles
from .sections.governance import Budgets, Decision, Gates, Record
from .sections.platform import Athena, Aws, Network, Redshift
from .wrong import all_of, as_written, described_by, located

__all__ = ["Decision", "Gates", "Roles", "Settings", "parse_settings", "without", "wrong_settings"]


class Settings(Section):
    """All parameters of one environment."""

    aws: Aws = Aws()
    athena: Athena = Athena()
    redshift: Redshift = Redshift()
    network: Network = Network()
    gates: Gates = Gates()
    decision: Decision = Decision()
    audit: Audit = Audit()
    load: Load = Load()
    proof: Proof = Proof()
    experiment: Experiment = Experiment()
    dashboard: Dashboard = Dashboard()
    alarms: Alarms = Alarms()
    budgets: Budgets = Budgets()
    tuning: Tune = Tune()
    analysts: Analysts = Analysts()
    archive: Archive = Archive()
    publish: Publish = Publish()
    front: Front = Front()
    record: Record = Record()


def parse_settings(values: Mapping[str, Any], source: str = "settings") -> Settings:
    """Validate settings.

    Raises:
        UsageError: names every wrong parameter, what was expected and, for a typo, the nearest name.
    """
    if wrong := list(wrong_settings(values, source)):
        raise all_of(wrong, source)
    return Settings.model_validate(dict(values))


def wrong_settings(values: Mapping[str, Any], source: str, lines: Lines | None = None) -> Iterator[UsageError]:
    """Everything that is wrong in settings, each by itself; ``lines`` say where a parameter stands in its file."""
    try:
        settings, spoilt = Settings.model_validate(dict(values)), set[tuple[Any, ...]]()
    except ValidationError as error:
        found = [one for one in error.errors() if not _follows(one, error.errors())]
        yield from (described_by(Settings, one, source, lines or {}) for one in found)
        spoilt = {tuple(one["loc"][:2]) for one in found}
        settings = Settings.model_validate(without(values, spoilt))
    for names, expected in contradictions(settings):
        places = [tuple(name.split(".")) for name in names]
        if not any(place in spoilt or place[:1] in spoilt for place in places):
            section, key = places[0]
            value = getattr(getattr(settings, section), key)
            where = located(source, (lines or {}).get(places[0]))
            yield UsageError(f"Parameter '{names[0]}' in {where} is {as_written(value)}", expected=expected)


def _follows(error: Any, others: list[Any]) -> bool:
    """Whether a list is short only because an item of it is wrong, which is told by itself."""
    place = error["loc"]
    return error["type"] == "too_short" and any(
        len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in others
    )


def without(values: Mapping[str, Any], spoilt: set[tuple[Any, ...]]) -> dict[Any, Any]:
    """Settings without the sections and parameters that are wrong."""
    return {
        section: {key: value for key, value in part.items() if isinstance(key, str) and (section, key) not in spoilt}
        for section, part in values.items()
        if isinstance(section, str) and isinstance(part, Mapping) and (section,) not in spoilt
    }
