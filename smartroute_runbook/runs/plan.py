"""The user's plan as data (``plan.yaml``): weeks, gates, triggers, alarms, figures."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from smartroute_runbook.errors import UsageError, did_you_mean

__all__ = ["WEEKS", "gate_items", "gate_title", "plan", "week_of"]

WEEKS = ("1", "2", "3", "4", "rollback")


@cache
def plan() -> dict[str, Any]:
    """The whole plan."""
    text = resources.files(__package__).joinpath("plan.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def week_of(name: str | int) -> dict[str, str]:
    """Title, notebook and goal of a week (``1`` to ``4``) or of ``rollback``.

    Raises:
        UsageError: there is no such week.
    """
    if str(name) == "rollback":
        return dict(plan()["rollback"])
    if str(name) not in WEEKS:
        raise UsageError(f"There is no week '{name}'", hint=did_you_mean(str(name), WEEKS))
    return dict(plan()["weeks"][int(name)])


def _gate(name: str) -> dict[str, Any]:
    gates: dict[str, dict[str, Any]] = plan()["gates"]
    if name not in gates:
        raise UsageError(f"There is no gate '{name}'", hint=did_you_mean(name, gates))
    return gates[name]


def gate_items(name: str) -> tuple[str, ...]:
    """The checklist of a gate."""
    return tuple(_gate(name)["items"])


def gate_title(name: str) -> str:
    """What a gate asks for."""
    return str(_gate(name)["title"])
