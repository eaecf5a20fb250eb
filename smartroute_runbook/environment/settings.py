"""All that an environment can set, with its defaults: validated as a whole before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from smartroute_runbook.errors import UsageError, did_you_mean, printable

from .contradictions import contradictions
from .sections.afterwards import Analysts, Archive, Front, Publish, Tune
from .sections.base import Section
from .sections.dashboard import Alarms, Dashboard, Experiment
from .sections.data import Audit, Load, Proof, Roles
from .sections.governance import Budgets, Decision, Gates, Record
from .sections.platform import Athena, Aws, Network, Redshift

__all__ = ["Decision", "Gates", "Roles", "Settings", "parse_settings"]


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
    try:
        settings = Settings.model_validate(dict(values))
        wrong = list(contradictions(settings, source))
        if not wrong:
            return settings
    except ValidationError as error:
        wrong = [_wrong(each, source) for each in error.errors()]
    if len(wrong) == 1:
        raise wrong[0]
    each = "; ".join(f"({n}) {str(one).rstrip('.')}" for n, one in enumerate(wrong, 1))
    raise UsageError(f"{len(wrong)} parameters in {source} are wrong: {each}", hint="Correct them and run again")


def _wrong(error: Any, source: str) -> UsageError:
    """The error of one wrong parameter, in the terms of YAML rather than of pydantic."""
    path = ".".join(map(printable, error["loc"]))
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(str(error["loc"][-1]), _names_at(error["loc"][:-1]))
        return UsageError(f"Unknown parameter '{path}' in {source}", hint=hint)
    value = "a section" if isinstance(error["input"], (BaseModel, Mapping)) else repr(error["input"])
    return UsageError(f"Parameter '{path}' in {source} is {value}", expected=_expected(error["msg"]))


_WORDS = (
    (r"^(Input should be |Value should be |Value error, )", ""),
    (r"^a valid (tuple|list).*", "a list"),
    (r"^a valid string.*", "a text"),
    (r"^a valid integer.*", "a whole number"),
    (r"^a valid number.*", "a number"),
    (r"^a valid boolean.*", "true or false"),
    (r"^a valid date.*", "a date, such as 2026-10-01"),
    (r"^a valid dictionary.*", "a section: lines of 'name: value'"),
    (r"^a finite number", "a number that is not infinite"),
    (r"^greater than or equal to ", "at least "),
    (r"^less than or equal to ", "at most "),
    (r"^greater than ", "more than "),
    (r"^String should have at least (\d+) characters?", r"a text of at least \1 characters"),
    (r"^String should have at most (\d+) characters?", r"a text of at most \1 characters"),
    (r"^Tuple should have at least (\d+) items?.*", r"a list of at least \1"),
)


def _expected(message: str) -> str:
    """What pydantic expected, without its own words for types."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message


def _names_at(path: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in path:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
