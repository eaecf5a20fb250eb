"""Trees as text: the two dialects, written as people write them (`x IS NOT NULL`, not `NOT x IS NULL`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar, Final

from sqlglot import exp, tokenize
from sqlglot.dialects.redshift import Redshift
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ErrorLevel
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokens import Token

__all__ = ["AthenaText", "RedshiftText", "athena", "redshift", "same_words", "shortened", "words"]

NEGATABLE = {exp.Is: " IS ", exp.In: " IN ", exp.Like: " LIKE ", exp.Between: " BETWEEN "}
NEGATED = {" IS ": " IS NOT ", " IN ": " NOT IN ", " LIKE ": " NOT LIKE ", " BETWEEN ": " NOT BETWEEN "}
NOISE = frozenset({"AS", "ASC", "INNER", "OUTER", ";"})


def _negated(generator: object, node: exp.Expression, plain: str) -> str:
    inner = node.this
    word = NEGATABLE.get(type(inner))
    if word is None:
        return plain
    left = inner.this.sql(dialect=type(generator).dialect_class)  # type: ignore[attr-defined]
    whole = plain.removeprefix("NOT ")
    return left + whole[len(left) :].replace(word, NEGATED[word], 1) if whole.startswith(left + word) else plain


_DECIMAL: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?")


def _decimal_literal(parser: TrinoParser, literal: exp.Expression, to: exp.DataType) -> exp.Expression:
    """`DECIMAL '1.10'` is a number with the digits that are written: decimal(3,2), no cast to decimal(38,0)."""
    parts = _DECIMAL.fullmatch(literal.name.strip())
    if parts is None or not (parts[2] or parts[3]) or to.expressions:
        parser.raise_error(f"'{literal.name}' is not a decimal")
        return literal
    digits = len(parts[2].lstrip("0")) + len(parts[3] or "") or 1
    if parts[3]:
        made: exp.Expression = exp.Literal.number(f"{parts[2]}.{parts[3]}")
    else:
        whole = exp.DataType.build(f"decimal({digits},0)", dialect="trino")
        made = exp.Cast(this=exp.Literal.number(parts[2]), to=whole)
    return exp.Neg(this=made) if parts[1] == "-" else made


class AthenaText(Trino):  # type: ignore[misc]
    """Trino with negations inside, and decimals that keep their digits."""

    class Parser(TrinoParser):  # type: ignore[misc]
        """See `AthenaText`."""

        TYPE_LITERAL_PARSERS: ClassVar = {
            **TrinoParser.TYPE_LITERAL_PARSERS,
            exp.DType.DECIMAL: _decimal_literal,
        }

    class Generator(Trino.Generator):  # type: ignore[misc]
        """See `AthenaText`."""

        def not_sql(self, expression: exp.Not) -> str:
            """`x NOT IN (...)` and the like."""
            return _negated(self, expression, super().not_sql(expression))


class RedshiftText(Redshift):  # type: ignore[misc]
    """Redshift with negations inside, and quotation marks in texts doubled."""

    class Tokenizer(Redshift.Tokenizer):  # type: ignore[misc]
        """See `RedshiftText`."""

        STRING_ESCAPES: ClassVar = ["'", "\\"]

    class Generator(Redshift.Generator):  # type: ignore[misc]
        """See `RedshiftText`."""

        def placeholder_sql(self, expression: exp.Placeholder) -> str:
            """A parameter under the name that it has while the query is read (`parameters`)."""
            return f":{expression.name}"

        def not_sql(self, expression: exp.Not) -> str:
            """`x NOT IN (...)` and the like."""
            return _negated(self, expression, super().not_sql(expression))


AthenaText.Generator.dialect_class = AthenaText
RedshiftText.Generator.dialect_class = RedshiftText


def athena(node: exp.Expression) -> str:
    """A node as Athena has it, on one line."""
    try:
        return node.sql(dialect=AthenaText, comments=False)
    except ValueError:  # a JSON path that sqlglot reads and, for Trino, does not write
        return node.sql(comments=False)


def shortened(text: str, most: int = 80) -> str:
    """A text cut for a message."""
    return text if len(text) <= most else f"{text[:most]}..."


def redshift(node: exp.Expression, *, pretty: bool = False) -> str:
    """A node as Redshift gets it; pretty with its comments, otherwise on one line without.

    Raises:
        sqlglot.errors.UnsupportedError: Redshift has no form of it.
    """
    return node.sql(dialect=RedshiftText, pretty=pretty, comments=pretty, unsupported_level=ErrorLevel.RAISE)


@lru_cache(maxsize=4)
def words(sql: str) -> list[Token]:
    """An Athena text cut into words, once for all who look at it.

    Raises:
        sqlglot.errors.TokenError: it cannot be cut.
    """
    return tokenize(sql, read="trino")


def same_words(source: str, made: str) -> bool:
    """Whether a text for Redshift differs from Athena's in layout, case and optional words only."""
    return _words(source, "trino") == _words(made, "redshift")


def _words(sql: str, dialect: str) -> list[str]:
    found = []
    for token in words(sql) if dialect == "trino" else tokenize(sql, read=dialect):
        word = token.text if token.token_type.name in ("STRING", "IDENTIFIER") else token.text.upper()
        if dialect == "redshift" and token.token_type.name == "STRING":
            word = word.replace("\\", "\\\\")  # as it is written: a backslash escapes there
        if word not in NOISE:
            found.append("<>" if word == "!=" else word)
    return found
