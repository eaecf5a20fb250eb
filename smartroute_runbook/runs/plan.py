"""The user's plan as data (``plan.yaml``): weeks, gates, triggers, alarms, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.data_files import read_data
from smartroute_runbook.errors import UsageError, did_you_mean

__all__ = [
    "WEEKS",
    "StepRule",
    "after_gate",
    "gate_evidence",
    "gate_good_for_days",
    "gate_items",
    "gate_shown_by",
    "gate_title",
    "gates_of",
    "plan",
    "plan_digest",
    "step_rule",
    "week_of",
]

WEEKS = ("1", "2", "3", "4", "rollback")


@cache
def plan() -> Mapping[str, Any]:
    """The whole plan; nobody can change it while it is followed."""
    loaded: Mapping[str, Any] = _frozen(read_data(str(__package__), "plan.yaml"))
    return loaded


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def plan_digest() -> str:
    """SHA-256 of the plan's weeks and gates, by which a record names the layout that it was made with."""
    return digest({key: plan()[key] for key in ("weeks", "gates")})


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


def _gate(name: str) -> Mapping[str, Any]:
    gates: Mapping[str, Mapping[str, Any]] = plan()["gates"]
    if name not in gates:
        raise UsageError(f"There is no gate '{name}'", hint=did_you_mean(name, gates))
    return gates[name]


def gate_items(name: str, *, stay: bool = False) -> tuple[str, ...]:
    """The checklist of a gate; another one where the decision is to stay."""
    return tuple(_wording(name, stay)["items"])


def gate_evidence(name: str, *, stay: bool = False) -> tuple[str, ...]:
    """The names of the evidence that a gate must hold."""
    return tuple(_wording(name, stay)["evidence"])


def _wording(name: str, stay: bool) -> Mapping[str, Any]:
    gate = _gate(name)
    return {**gate, **gate.get("stay", {})} if stay else gate


def gate_good_for_days(name: str) -> float | None:
    """How long what was measured for a gate lets its steps be done; None: as long as its signatures count."""
    return _gate(name).get("good_for_days")


def gate_title(name: str) -> str:
    """What a gate asks for."""
    return str(_gate(name)["title"])


def gate_shown_by(name: str, *, stay: bool = False) -> tuple[tuple[str, ...], ...]:
    """For each point of the checklist, the last parts of the names of the evidence that says something of it."""
    listed = () if stay else plan()["shown_by"].get(name, ())
    return tuple(tuple(one) for one in listed) or tuple(() for _ in gate_items(name, stay=stay))


def after_gate(name: str) -> str:
    """What comes after a gate is signed."""
    return str(plan()["after"][name])


def gates_of(week: int) -> tuple[str, ...]:
    """The gates of a week, in the plan's order."""
    return tuple(name for name in plan()["gates"] if name.startswith(f"week{week}."))


@dataclass(frozen=True)
class StepRule:
    """What the plan says of a step.

    Attributes:
        of: the class that carries it out.
        week: the week that must have begun; None for the way back.
        needs: the gate that must be signed; None for the way back.
        signed: the gate's evidence must hold exactly the proposal that is applied.
        upkeep: goes on after the four weeks are finished.
        stay: done where the decision is to stay, and only there.
        way_back: waits for no signature, no week and nobody else's lease.
        after_back: may be done in a run that was opened to go back.
    """

    of: str = ""
    week: int | None = None
    needs: str | None = None
    signed: bool = False
    upkeep: bool = False
    stay: bool = False
    way_back: bool = False
    after_back: bool = False


def step_rule(step: str) -> StepRule | None:
    """What the plan says of a step; None when the plan does not know it."""
    known = plan()["steps"].get(step)
    return None if known is None else StepRule(**known)
