"""The last door: only functions and syntax that Redshift documents may leave.

What is documented is data (``redshift_functions.yaml``, each entry with its page); this module reads it and looks at
finished text, not at trees, so that nothing a generator adds on its way out escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from sqlglot import exp, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

__all__ = ["Breach", "Function", "allowed_functions", "breaches", "forbidden_syntax", "functions"]

DATA = "redshift_functions.yaml"
BARE = frozenset({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})  # called without parentheses


@dataclass(frozen=True)
class Function:
    """A function that Redshift documents: its name in upper case, its group, and the address of its page."""

    name: str
    group: str
    source: str
    leader_only: bool = False


@dataclass(frozen=True)
class Breach:
    """Something in a Redshift text that Redshift does not document."""

    what: str
    why: str
    hint: str
    source: str


@cache
def _data() -> dict[str, Any]:
    text = files("smartroute_runbook.translate").joinpath(DATA).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


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
def forbidden_syntax() -> Mapping[str, Breach]:
    """Syntax that Redshift lacks, by the sqlglot node name, with what to do instead."""
    data = _data()
    return {
        node: Breach(node, entry["why"], entry["hint"], data["base"] + entry["source"])
        for node, entry in data["forbidden"].items()
    }


def _called(sql: str) -> list[str]:
    """Upper-case words that are called: before a parenthesis and not grammar, or functions that need none."""
    grammar = frozenset(_data()["grammar"])
    tokens = tokenize(sql, read="redshift")
    names = []
    for word, following in zip(tokens, [*tokens[1:], None], strict=True):
        if word.token_type in (TokenType.IDENTIFIER, TokenType.STRING):
            continue
        if word.text.upper() in BARE:
            names.append(word.text.upper())
        if following is None or following.token_type != TokenType.L_PAREN:
            continue
        if word.text[:1].isalpha() or word.text.startswith("_"):
            name = word.text.upper().rpartition(" ")[2]
            if name not in grammar:
                names.append(name)
    return names


def breaches(
    sql: str, tree: exp.Expression | None = None, *, names: frozenset[str] = frozenset()
) -> tuple[Breach, ...]:
    """What in a Redshift query text is not documented by Redshift.

    Args:
        sql: the text to send.
        tree: its syntax tree, to look for forbidden syntax; None looks at functions only.
        names: upper-case names that may stand before a parenthesis because the query defines them (CTEs, aliases).
    """
    found: list[Breach] = []
    try:
        called = _called(sql)
    except SqlglotError as error:
        return (Breach("text", f"the text is not readable as Redshift SQL: {error}", "report this query", ""),)
    for name in dict.fromkeys(called):
        if name in names or name in allowed_functions():
            continue
        if name in functions():
            why, hint = f"{name} runs on the leader node only", "use its documented successor"
            found.append(Breach(name, why, hint, functions()[name].source))
        else:
            why = f"Redshift documents no function {name}"
            found.append(
                Breach(name, why, "rewrite it, or decide how to compute it", _data()["base"] + "c_SQL_functions.html")
            )
    for node in tree.walk() if tree is not None else ():
        breach = forbidden_syntax().get(type(node).__name__)
        if breach and breach not in found:
            found.append(breach)
    return tuple(found)
