"""The last door: only functions and syntax that Redshift documents may leave.

What is documented is data (``sqlfacts``, each entry with its page); this module looks at finished text,
not at trees, so that nothing a generator adds on its way out escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlglot import exp, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from smartroute_runbook.sqlfacts.redshift import (
    BARE_FUNCTIONS,
    allowed_functions,
    functions,
    functions_page,
    grammar_words,
    missing_syntax,
)

__all__ = ["Breach", "breaches", "forbidden_syntax"]

Kind = Literal["leader-only", "unknown-function", "syntax", "unreadable"]


@dataclass(frozen=True)
class Breach:
    """Something in a Redshift text that Redshift does not document; ``kind`` is what programs decide by."""

    kind: Kind
    what: str
    why: str
    hint: str
    source: str


@cache
def forbidden_syntax() -> Mapping[str, Breach]:
    """Syntax that Redshift lacks, by the sqlglot node name, with what to do instead."""
    return {node: Breach("syntax", node, fact.why, fact.hint, fact.source) for node, fact in missing_syntax().items()}


def _called(sql: str) -> list[str]:
    """Upper-case words that are called: before a parenthesis and not grammar, or functions that need none."""
    grammar = grammar_words()
    tokens = tokenize(sql, read="redshift")
    names = []
    for word, following in zip(tokens, [*tokens[1:], None], strict=True):
        if word.token_type in (TokenType.IDENTIFIER, TokenType.STRING):
            continue
        if word.text.upper() in BARE_FUNCTIONS:
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
    breaches: list[Breach] = []
    try:
        called = _called(sql)
    except SqlglotError as error:
        return (
            Breach("unreadable", "text", f"the text is not readable as Redshift SQL: {error}", "report this query", ""),
        )
    for name in dict.fromkeys(called):
        if name in names or name in allowed_functions():
            continue
        if name in functions():
            why, hint = f"{name} runs on the leader node only", "use its documented successor"
            breaches.append(Breach("leader-only", name, why, hint, functions()[name].source))
        else:
            why = f"Redshift documents no function {name}"
            breaches.append(
                Breach("unknown-function", name, why, "rewrite it, or decide how to compute it", functions_page())
            )
    for node in tree.walk() if tree is not None else ():
        breach = forbidden_syntax().get(type(node).__name__)
        if breach and breach not in breaches:
            breaches.append(breach)
    return tuple(breaches)
