"""What changes, what is wrong and what is refused: the words that every module of the translator shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Change", "Invalid", "Problem", "Refusal", "Status"]

Status = Literal["unchanged", "rewritten", "refused", "invalid-source"]


@dataclass(frozen=True)
class Change:
    """One place where the Redshift text differs from the Athena text.

    Attributes:
        rule: the id of the rule that made it.
        why: what would go wrong without it.
        before: the part as Athena has it.
        after: the part as Redshift gets it.
        source: the address of the documentation behind the rule.
    """

    rule: str
    why: str
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class Problem:
    """Why a query is refused or invalid, or what a reader of its result should know, with what to do about it."""

    rule: str
    why: str
    hint: str


class Invalid(Exception):
    """Athena itself would reject this part."""

    def __init__(self, rule: str, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.problem = Problem(rule, why, hint)


class Refusal(Exception):
    """This part has no translation that is known to mean the same."""

    def __init__(self, rule: str, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.problem = Problem(rule, why, hint)
