"""Redshift's documented functions, grammar words and missing syntax, as data: ``redshift_functions.yaml``.

Each entry carries the page of the Redshift developer guide that it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from smartroute_runbook.data_files import read_data

__all__ = [
    "BARE_FUNCTIONS",
    "Function",
    "Syntax",
    "Use",
    "allowed_functions",
    "compute_only_functions",
    "functions",
    "functions_page",
    "grammar_words",
    "missing_syntax",
    "missing_uses",
    "reserved_words",
    "window_functions",
]

BARE_FUNCTIONS = frozenset({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
"""Functions that are called without parentheses."""


@dataclass(frozen=True)
class Function:
    """A function that Redshift documents: its name in upper case, its group, and the address of its page."""

    name: str
    group: str
    source: str
    leader_only: bool = False


@dataclass(frozen=True)
class Syntax:
    """Syntax that Redshift lacks: the name of its sqlglot node, why it fails, what to write instead, and the page."""

    node: str
    why: str
    hint: str
    source: str


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = read_data(str(__package__), "redshift_functions.yaml")
    return loaded


def functions_page() -> str:
    """The page that lists all functions."""
    page: str = _data()["base"] + "c_SQL_functions.html"
    return page


@cache
def functions() -> Mapping[str, Function]:
    """Every documented function by upper-case name, leader-node-only ones included and marked."""
    data = _data()
    known = {
        name: Function(name, group, data["base"] + page)
        for group, members in data["functions"].items()
        for name, page in members.items()
    }
    leader = {
        name: Function(name, "leader_only", data["base"] + page, leader_only=True)
        for name, page in data["leader_only"].items()
    }
    return {**known, **leader}


@cache
def allowed_functions() -> frozenset[str]:
    """Upper-case names of the functions that a query over tables may call on Redshift."""
    return frozenset(name for name, function in functions().items() if not function.leader_only)


@cache
def grammar_words() -> frozenset[str]:
    """Upper-case words that may stand before a parenthesis and are not functions."""
    return frozenset(_data()["grammar"])


@cache
def missing_syntax() -> Mapping[str, Syntax]:
    """Syntax that Redshift lacks, by the name of its sqlglot node."""
    data = _data()
    return {
        node: Syntax(node, entry["why"], entry["hint"], data["base"] + entry["source"])
        for node, entry in data["forbidden"].items()
    }


@dataclass(frozen=True)
class Use:
    """A use of something that Redshift documents, which Redshift does not run: why, what to do, and the page."""

    kind: str
    why: str
    hint: str
    source: str
    advisory: bool = False  # no page forbids it: a note, not a reason to refuse


@cache
def _uses() -> dict[str, Any]:
    loaded: dict[str, Any] = read_data(str(__package__), "redshift_uses.yaml")
    return loaded


@cache
def reserved_words() -> frozenset[str]:
    """Lower-case words that are names only between quotation marks, and those that fail as an alias without them."""
    listed = _uses()["reserved"]
    return frozenset(listed["words"].split()) | frozenset(listed["aliases"].split())


@cache
def compute_only_functions() -> frozenset[str]:
    """Upper-case names of the functions that a query which reads no table may not call."""
    return frozenset(_uses()["compute_only"].split())


@cache
def window_functions() -> Mapping[str, str]:
    """Upper-case names of the functions that may stand before OVER, with their pages."""
    data = _uses()
    return {name: data["base"] + page for name, page in data["window"].items()}


@cache
def missing_uses() -> Mapping[str, Use]:
    """Uses that Redshift does not run, by kind."""
    data = _uses()
    return {
        kind: Use(
            kind, entry["why"], entry["hint"], data["base"] + entry["page"], advisory=entry.get("advisory", False)
        )
        for kind, entry in data["uses"].items()
    }
