"""What the reader of SQL leaves out: every name and every value of a text must stand in its tree.

sqlglot reads some calls with more arguments than it keeps. No rule can miss what it never saw; the words can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

__all__ = ["dropped"]

VALUES: Final = (TokenType.STRING, TokenType.NUMBER)
NAMES: Final = (TokenType.IDENTIFIER, TokenType.VAR)
# Words of the grammar that are no reserved words, and that a tree holds in other ways.
GRAMMAR: Final = frozenset({
    "at", "zone", "to", "nulls", "last", "within", "current", "ignore", "respect", "only", "ties", "without",
    "symmetric", "uescape",
})  # fmt: skip


def dropped(tokens: Sequence[Token], tree: exp.Expression) -> list[str]:
    """The names and values of a text that its tree does not hold as often as they are written."""
    held, reread = Counter[str](), Counter[TokenType]()
    for node in tree.walk():
        if isinstance(node, exp.JSONPath) or node.args.get("format") is not None:
            reread[TokenType.STRING] += 1  # patterns and paths are kept in another spelling
        elif isinstance(node, exp.Bracket):
            reread[TokenType.NUMBER] += len(node.expressions)  # places are counted from 0
        held.update(_words(node))
    written = Counter((token.token_type, token.text.lower()) for token in _read(tokens))
    missing = []
    for (kind, word), times in written.items():
        lost = times - held[word] - (held[word[1:]] if word[:1] in ("-", "+") else 0)  # DECIMAL '-1'
        if lost > 0 and kind in VALUES:
            spared = min(lost, reread[kind])
            reread[kind] -= spared
            lost -= spared
        missing += [word] * max(lost, 0)
    return missing


def _words(node: exp.Expression) -> Iterator[str]:
    for value in node.args.values():
        for each in value if type(value) is list else (value,):
            if isinstance(each, str):
                yield each.lower()


def _read(tokens: Sequence[Token]) -> Iterator[Token]:
    """The names and values among the words; the names of functions are in the classes of nodes."""
    for place, token in enumerate(tokens):
        if token.token_type in VALUES:
            yield token
        elif token.token_type in NAMES and token.text.lower() not in GRAMMAR:
            following = tokens[place + 1].token_type if place + 1 < len(tokens) else None
            if following is not TokenType.L_PAREN:
                yield token
