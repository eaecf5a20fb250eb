"""Words and operators of other dialects, which sqlglot reads under the name of Trino and Trino's grammar does not have.

A query with one of them fails on Athena: it must not be translated into one that runs. Source: Trino's ``SqlBase.g4``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import sqlglot
from sqlglot.tokens import Token, TokenType

__all__ = ["ENDS", "foreign"]

_OPERATORS: Final = {
    TokenType.DCOLON: "CAST(x AS type)", TokenType.CARET: "POWER or BITWISE_XOR", TokenType.AMP: "BITWISE_AND",
    TokenType.PIPE: "BITWISE_OR", TokenType.HASH: "BITWISE_XOR", TokenType.TILDE: "REGEXP_LIKE or BITWISE_NOT",
    TokenType.NULLSAFE_EQ: "IS NOT DISTINCT FROM", TokenType.DARROW: "JSON_EXTRACT_SCALAR",
    TokenType.COLON_EQ: "=", TokenType.L_BRACE: "MAP or ROW",
}  # fmt: skip
_SPELLED: Final = {(TokenType.EQ, "=="): "=", (TokenType.NOT, "!"): "NOT"}
_INFIX: Final = {
    TokenType.ILIKE: "LOWER(x) LIKE", TokenType.RLIKE: "REGEXP_LIKE", TokenType.GLOB: "LIKE", TokenType.DIV: "/",
}  # fmt: skip
_SUFFIX: Final = {TokenType.ISNULL: "IS NULL", TokenType.NOTNULL: "IS NOT NULL"}
_OPERAND: Final = {
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACKET,
}  # fmt: skip
# What ends a list or an expression.
ENDS: Final = {
    TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY, TokenType.LIMIT,
    TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.COMMA,
}  # fmt: skip
_STARTS: Final = (_OPERAND - {TokenType.R_PAREN, TokenType.R_BRACKET}) | {TokenType.L_PAREN}


def foreign(sql: str | Sequence[Token]) -> Iterator[tuple[Token, str, str]]:
    """Each word that Athena cannot read: where it stands, how it is written, and what Trino has instead.

    Args:
        sql: the text, or the words that it was cut into.

    Raises:
        sqlglot.errors.TokenError: the text cannot even be cut into words.
    """
    tokens: Sequence[Token] = sqlglot.tokenize(sql, read="trino") if isinstance(sql, str) else sql
    if any(token.token_type is TokenType.MATCH_RECOGNIZE for token in tokens):
        return  # a grammar of its own, refused later
    for n, token in enumerate(tokens):
        before = tokens[n - 1] if n else None
        after = tokens[n + 1 : n + 3]
        if unreadable := _foreign(before, token, after):
            yield token, *unreadable
    for offset in _offsets_after_limit(tokens):
        yield offset, "OFFSET after LIMIT", "OFFSET first, then LIMIT"


def _foreign(before: Token | None, token: Token, after: Sequence[Token]) -> tuple[str, str] | None:
    kind, following = token.token_type, [each.token_type for each in after]
    if kind in _OPERATORS:
        return token.text, _OPERATORS[kind]
    if (kind, token.text) in _SPELLED:
        return token.text, _SPELLED[kind, token.text]
    operand = before is not None and before.token_type in _OPERAND
    if operand and kind in _SUFFIX:
        return token.text, _SUFFIX[kind]
    if operand and kind in _INFIX and following and following[0] in _STARTS:
        return token.text, _INFIX[kind]
    if broken := _broken(before, token, after):
        return broken
    if kind is TokenType.INTERVAL and following[:1] == [TokenType.NUMBER]:
        return f"INTERVAL {after[0].text}", f"INTERVAL '{after[0].text}'"
    if kind is TokenType.IS and following:
        predicate = following[-1] if following[0] is TokenType.NOT else following[0]
        if predicate in (TokenType.TRUE, TokenType.FALSE):
            return f"IS {predicate.name}", "COALESCE(x, false) or COALESCE(x, true)"
    return None


def _broken(before: Token | None, token: Token, after: Sequence[Token]) -> tuple[str, str] | None:
    """A list with nothing after its last comma or in it, DISTINCT of nothing; a limit that is negative."""
    kind, following = token.token_type, [each.token_type for each in after]
    compares = before is not None and before.token_type in (TokenType.IS, TokenType.NOT)  # IS DISTINCT FROM
    if kind is TokenType.DISTINCT and not compares and (not following or following[0] in ENDS):
        return f"DISTINCT {after[0].text}" if after else "DISTINCT at the end", "DISTINCT and an expression"
    if kind is TokenType.COMMA and (not following or following[0] in ENDS):
        return f", {after[0].text}" if after else "a comma at the end", "no comma there"
    if kind in (TokenType.L_PAREN, TokenType.L_BRACKET) and following[:1] == [TokenType.COMMA]:
        return f"{token.text},", "a value before the comma"
    if kind is TokenType.IN and following[:2] == [TokenType.L_PAREN, TokenType.R_PAREN]:
        return "IN ()", "IN (value, ...)"
    if kind is TokenType.LIMIT and following[:1] == [TokenType.DASH]:
        return "LIMIT -", "LIMIT and a whole number that is not negative"
    return None


def _offsets_after_limit(tokens: Sequence[Token]) -> Iterator[Token]:
    for n, token in enumerate(tokens[2:], 2):
        if token.token_type is TokenType.OFFSET and tokens[n - 2].token_type is TokenType.LIMIT:
            yield token
