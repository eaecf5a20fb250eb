"""The smallest IAM policy for a list of permissions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Condition", "Need", "allows", "policy"]

#: (operator, key, value), all of which must hold.
Condition = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, order=True)
class Need:
    """One permission; ``why`` is the call that takes it."""

    action: str
    resource: str
    conditions: Condition = ()
    why: str = ""


def _covers(broad: Need, need: Need) -> bool:
    """Whether another permission of the same action and condition reaches this one's resource too."""
    same = (broad.action, broad.conditions) == (need.action, need.conditions) and broad.resource != need.resource
    return same and fnmatchcase(need.resource.replace("*", "x"), broad.resource)


def policy(permissions: Iterable[Need]) -> dict[str, Any]:
    """The smallest policy document that allows these: actions of one resource and condition in one statement."""
    by_place: dict[tuple[str, Condition], set[str]] = {}
    wanted = sorted(set(permissions))
    for need in (one for one in wanted if not any(_covers(other, one) for other in wanted)):
        by_place.setdefault((need.resource, need.conditions), set()).add(need.action)
    by_actions: dict[tuple[tuple[str, ...], Condition], list[str]] = {}
    for (resource, conditions), actions in sorted(by_place.items()):
        by_actions.setdefault((tuple(sorted(actions)), conditions), []).append(resource)
    statements = []
    for number, ((actions, conditions), resources) in enumerate(sorted(by_actions.items()), 1):
        statement: dict[str, Any] = {
            "Sid": f"S{number}",
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": resources,
        }
        if conditions:
            statement["Condition"] = _written(conditions)
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _written(conditions: Condition) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for operator, key, value in conditions:
        found.setdefault(operator, {})[key] = value
    return found


def allows(document: Mapping[str, Any], need: Need) -> bool:
    """Whether a policy allows a permission under its conditions (each is taken as met by its own calls)."""
    return any(
        need.action in statement["Action"]
        and statement.get("Condition", {}) in ({}, _written(need.conditions))
        and any(fnmatchcase(need.resource.replace("*", "x"), pattern) for pattern in statement["Resource"])
        for statement in document["Statement"]
    )
