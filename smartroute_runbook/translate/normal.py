"""One form for what Athena writes in several, before names are resolved: how Athena prints views, above all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from .constant_keys import group_by_columns, order_by_columns
from .model import Invalid

__all__ = ["joined_numbers", "normalise"]


NO_FRACTION_AFTER = (TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.STRING)
BASES = {"b": 2, "o": 8}


def joined_numbers(tokens: Sequence[Token], sql: str) -> list[Token]:
    """Words with numbers such as 1_000, .5, 0x1F and 0b11 made one: sqlglot reads a number and a name, or bytes."""
    result: list[Token] = []
    for token in tokens:
        last = result[-1] if result else None
        adjacent = last is not None and token.start == last.end + 1
        if token.token_type is TokenType.HEX_STRING and sql[token.start : token.start + 2].lower() == "0x":
            result.append(_number(_in_tens(token.text, 16), token, token))
        elif last is None or not adjacent:
            result.append(token)
        elif last.token_type is TokenType.NUMBER and token.token_type is TokenType.VAR and _goes_on(last, token):
            digits = token.text.replace("_", "")
            based = digits[:1].lower() in BASES
            whole = _in_tens(digits[1:], BASES[digits[:1].lower()]) if based else last.text + digits
            result[-1] = _number(whole, last, token)
        elif last.token_type is TokenType.DOT and token.token_type is TokenType.NUMBER and _opens(result[:-1]):
            result[-1] = _number(f"0.{token.text}", last, token)
        else:
            result.append(token)
    return result


def _goes_on(number: Token, word: Token) -> bool:
    """Whether what follows a number belongs to it: `_000`, or `b11` and `o17` after 0."""
    if word.text.strip("_0123456789") == "":
        return True
    return number.text == "0" and bool(re.fullmatch(r"[bB][01_]*[01]|[oO][0-7_]*[0-7]", word.text))


def _in_tens(digits: str, base: int) -> str:
    """A number of another base; one of more than 64 bits only as one that is too large."""
    return str(min(int(digits.replace("_", ""), base), 2**64))


def _opens(before: Sequence[Token]) -> bool:
    """Whether a point begins a number here, and no part of a name."""
    return not before or before[-1].token_type not in NO_FRACTION_AFTER


def _number(text: str, first: Token, last: Token) -> Token:
    return Token(TokenType.NUMBER, text, line=first.line, col=first.col, start=first.start, end=last.end)


def normalise(tree: exp.Expression) -> exp.Expression:
    """The same query with rows of VALUES, UNNEST, GROUP BY and keys in their plain forms; changes the tree.

    Raises:
        Invalid: LISTAGG has no order.
    """
    for node in list(tree.walk()):
        plainer = PLAINER.get(type(node))
        if plainer is not None:
            plainer(node)
    return tree


def _values(node: exp.Values) -> None:
    node.set("expressions", [_row(each) for each in node.expressions])


def _interval(node: exp.Interval) -> None:
    """`INTERVAL - '1' DAY`."""
    if isinstance(node.this, exp.Neg) and node.this.this.is_string:
        node.set("this", exp.Literal.string(f"-{node.this.this.name}"))


def _group(node: exp.Group) -> None:
    """`GROUP BY (a, b)`, and keys that are constants."""
    if any(isinstance(key, exp.Tuple) and key.expressions for key in node.expressions):
        keys = [key.expressions if isinstance(key, exp.Tuple) else [key] for key in node.expressions]
        node.set("expressions", [each for key in keys for each in key])
    group_by_columns(node)


def _count(node: exp.Count) -> None:
    """`COUNT()`."""
    if node.this is None:
        node.set("this", exp.Star())


def _listagg(node: exp.GroupConcat) -> None:
    """LISTAGG has an order in Trino's grammar, which sqlglot does not ask for."""
    order = node.this if isinstance(node.this, exp.Order) else node.find(exp.Order)
    if order is None or not order.expressions:
        raise Invalid("syntax", "LISTAGG has no WITHIN GROUP (ORDER BY ...)", "say in which order texts are joined")


def _text(node: exp.UnicodeString) -> None:
    node.replace(_decoded(node))


def _decoded(node: exp.UnicodeString) -> exp.Expression:
    """A text with code points as the text that it is; as it was written when a code point of it is none."""
    mark = re.escape(node.args["escape"].name if isinstance(node.args.get("escape"), exp.Expression) else "\\")
    code = re.compile(f"{mark}(?:({mark})|\\+([0-9a-fA-F]{{6}})|([0-9a-fA-F]{{4}}))")
    try:
        whole = code.sub(lambda found: found[1] or chr(int(found[2] or found[3], 16)), node.name)
    except (ValueError, OverflowError):
        return node
    return exp.Literal.string(whole)


def _row(entry: exp.Expression) -> exp.Expression:
    """`(ROW(1, 2))` as `(1, 2)`."""
    if isinstance(entry, exp.Tuple) and len(entry.expressions) == 1 and isinstance(entry.expressions[0], exp.Struct):
        fields = entry.expressions[0].expressions
        if not any(isinstance(each, (exp.PropertyEQ, exp.Alias)) for each in fields):
            return exp.Tuple(expressions=fields)
    return entry


def _ordinality(node: exp.Unnest) -> None:
    """`WITH ORDINALITY AS t (x, n)`: sqlglot takes n off the names."""
    place, alias = node.args.get("offset"), node.args.get("alias")
    if isinstance(place, exp.Identifier):
        if alias is not None:
            alias.append("columns", place)
        node.set("offset", True)


PLAINER: Final[dict[type[exp.Expression], Callable[[Any], None]]] = {
    exp.Values: _values, exp.Unnest: _ordinality, exp.Group: _group, exp.Interval: _interval,
    exp.UnicodeString: _text, exp.Count: _count, exp.GroupConcat: _listagg, exp.Order: order_by_columns,
}  # fmt: skip
