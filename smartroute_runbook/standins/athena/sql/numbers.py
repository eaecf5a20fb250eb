"""Numbers that Trino reads and sqlglot does not: ``0x1F``, ``0b101``, ``0o17`` and ``1_000``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.tokens import Token, TokenType

from smartroute_runbook.standins.athena.errors import QueryFailed

__all__ = ["plain_numbers"]

_STARTS = {TokenType.NUMBER, TokenType.HEX_STRING, TokenType.BIT_STRING}
_WRITTEN = re.compile(
    r"0x[0-9a-f]+(?:_[0-9a-f]+)*|0b[01]+(?:_[01]+)*|0o[0-7]+(?:_[0-7]+)*|\d+(?:_\d+)+(?!\w)", re.IGNORECASE
)


def plain_numbers(sql: str, tokens: Sequence[Token]) -> str:
    """The text with such numbers in decimal digits (Trino's grammar: ``INTEGER_VALUE`` in ``SqlBase.g4``).

    Args:
        sql: a query.
        tokens: the words that it was cut into; a number within a text or a comment is none of them.

    Raises:
        QueryFailed: SYNTAX_ERROR: a name begins with a digit.
    """
    made, done = [], 0
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type in _STARTS and token.start >= done and (found := _WRITTEN.match(sql, token.start)):
            digits = found[0].replace("_", "")
            value = int(digits, 0) if digits[1:2].isalpha() else int(digits)
            made += [sql[done : token.start], str(value)]
            done = found.end()
        elif token.token_type is TokenType.NUMBER and _runs_on(token, following):
            words = f"line {token.line}:{token.col}: identifiers must not start with a digit"
            raise QueryFailed("SYNTAX_ERROR", words)
    return "".join(made) + sql[done:]


def _runs_on(number: Token, following: Token | None) -> bool:
    return following is not None and following.token_type is TokenType.VAR and following.start == number.end + 1
