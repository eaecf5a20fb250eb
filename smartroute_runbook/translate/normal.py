"""One form for what Athena writes in several, before names are resolved: how Athena prints views, above all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokens import Token, TokenType

__all__ = ["joined_numbers", "normalise"]


def joined_numbers(tokens: Sequence[Token]) -> list[Token]:
    """Words with numbers such as 1_000 made one: sqlglot reads a number and a name."""
    result: list[Token] = []
    for token in tokens:
        last = result[-1] if result else None
        follows = last is not None and last.token_type is TokenType.NUMBER and token.start == last.end + 1
        if last is not None and follows and token.token_type is TokenType.VAR and token.text.strip("_0123456789") == "":
            whole = last.text + token.text.replace("_", "")
            result[-1] = Token(TokenType.NUMBER, whole, line=last.line, col=last.col, start=last.start, end=token.end)
        else:
            result.append(token)
    return result


def normalise(tree: exp.Expression) -> exp.Expression:
    """The same query with rows of VALUES, UNNEST and GROUP BY in their plain forms; changes the tree."""
    for node in list(tree.find_all(exp.Values, exp.Unnest, exp.Group, exp.Interval)):
        if isinstance(node, exp.Values):
            node.set("expressions", [_row(each) for each in node.expressions])
        elif isinstance(node, exp.Unnest):
            _ordinality(node)
        elif isinstance(node, exp.Interval):
            if isinstance(node.this, exp.Neg) and node.this.this.is_string:
                node.set("this", exp.Literal.string(f"-{node.this.this.name}"))
        elif any(isinstance(key, exp.Tuple) and key.expressions for key in node.expressions):
            keys = [key.expressions if isinstance(key, exp.Tuple) else [key] for key in node.expressions]
            node.set("expressions", [each for key in keys for each in key])
    return tree


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
