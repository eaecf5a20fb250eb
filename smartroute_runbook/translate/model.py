"""What a translation is: the words that every room of this package shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from smartroute_runbook.canonical import plain
from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.views import Note, Table, Tone, View

__all__ = ["Change", "Invalid", "Problem", "Refusal", "Status", "Translation"]

Status = Literal["unchanged", "rewritten", "refused", "invalid-source"]
TONES: Mapping[Status, Tone] = {"unchanged": "good", "rewritten": "good", "refused": "warn", "invalid-source": "bad"}


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


@dataclass(frozen=True)
class Translation:
    """One Athena query and what becomes of it on Redshift.

    Attributes:
        name: the query's name (its file name without suffix).
        status: `unchanged`, `rewritten`, `refused` or `invalid-source`.
        sql: the text for Redshift; None when there is none.
        source: the Athena text as it was given.
        changes: every place that differs, in reading order.
        problems: why it is refused or invalid.
        tolerances: how far the engines may differ, by result column (columns that are not named are exact).
        notes: what holds for the result although it is right: ties, clocks, assumptions about the data.
        columns: names and Trino types of the result columns, in order.
    """

    name: str
    status: Status
    sql: str | None
    source: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object of the command's JSON contract, `notes` added."""
        keys = ("name", "status", "sql", "changes", "problems", "tolerances", "notes")
        return {key: plain(getattr(self, key)) for key in keys}

    def view(self) -> View:
        """Side by side with its changes, readable without knowing either dialect well."""
        from .explain import explain

        return explain(self)


def overview(translations: tuple[Translation, ...]) -> View:
    """Many translations in one table: what became of each."""
    rows = tuple(
        (t.name, t.status, ", ".join(dict.fromkeys(c.rule for c in t.changes)), "; ".join(p.why for p in t.problems))
        for t in translations
    )
    right = sum(t.sql is not None for t in translations)
    table = Table(("query", "status", "rules", "problems"), rows, tones=tuple(TONES[t.status] for t in translations))
    return View(f"{right} of {len(translations)} queries are ready for Redshift", (table, Note(_LEGEND)))


_LEGEND = (
    "**unchanged** and **rewritten** mean the same on both engines; **refused** needs a decision; "
    "**invalid-source** does not run on Athena today."
)
