"""What a gate showed: the evidence that its signatures are bound to, as the journal has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .journal import Journal

__all__ = ["Shown", "last_shown"]


@dataclass(frozen=True)
class Shown:
    """What a gate showed: what its signatures are bound to.

    Attributes:
        evidence: digest by name.
        blocks: reasons from the evidence itself why nobody may sign.
        against: points of the checklist whose evidence is against them, with that evidence.
        needed: signatures by different people.
        stay: the day to look again, where the evidence is a decision to stay; '' else.
        says: what the evidence says of a point of the checklist, in words.
    """

    evidence: Mapping[str, str]
    blocks: tuple[str, ...] = ()
    against: Mapping[str, str] = field(default_factory=dict)
    needed: int = 1
    stay: str = ""
    says: Mapping[str, str] = field(default_factory=dict)


def last_shown(journal: Journal, name: str) -> Shown | None:
    """What a gate showed last; None where the run has not reached it. An entry that shows nothing is none."""
    for entry in reversed(journal.entries()):
        body = entry.body
        if entry.kind == "gate" and body.get("gate") == name and isinstance(body.get("evidence"), dict):
            blocks, against = body.get("blocks"), body.get("against")
            return Shown(
                body["evidence"], tuple(blocks) if isinstance(blocks, list) else ("what it showed cannot be read",),
                against if isinstance(against, dict) else {}, _whole(body.get("needed")), str(body.get("stay") or ""),
                _texts(body.get("says")),
            )  # fmt: skip
    return None


def _texts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1
