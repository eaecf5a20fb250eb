"""How a call of a Redshift function is written for DuckDB: constants, casts, functions, macros."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .types import of

__all__ = ["Build", "arguments", "cast", "macro", "number", "own", "plain", "renamed", "spelled", "text", "variable"]

Build = Callable[[exp.Expression], exp.Expression]


def plain(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of a DuckDB function."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def macro(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of one of our macros."""
    return exp.Dot(this=exp.to_identifier("_redshift"), expression=plain(name, *arguments))


COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?=$|[ T])")


def cast(node: exp.Expression, to: str) -> exp.Expression:
    """CAST in DuckDB's types; a constant such as '20080305' is read as a date."""
    if isinstance(node, exp.Literal) and node.is_string and to.startswith(("TIMESTAMP", "DATE")):
        node = exp.Literal.string(COMPACT.sub(r"\1-\2-\3", node.name))
    return exp.Cast(this=node, to=exp.DataType.build(to, dialect="duckdb"))


def spelled(node: exp.Expression) -> exp.Expression:
    """A decimal with a digit before its point: DuckDB writes DECIMAL(2,2) as ``.05``."""
    kind = of(node)
    if kind is None or kind.base != "numeric" or kind.length > kind.scale:
        return node
    wider = exp.DataType.build(f"DECIMAL({kind.scale + 1},{kind.scale})", dialect="duckdb")
    return exp.Cast(this=node.copy(), to=wider)  # exp.cast() would leave one decimal for another


def text(value: str) -> exp.Expression:
    """A text constant."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expression:
    """A number."""
    return exp.Literal.number(value)


def arguments(node: exp.Expression, least: int, most: int) -> list[exp.Expression]:
    """The arguments of a call.

    Raises:
        SqlError: 42883, too few or too many.
    """
    given: list[exp.Expression] = [each.copy() for each in node.expressions]
    if not least <= len(given) <= most:
        raise SqlError("42883", f"function {node.name.lower()} does not exist with {len(given)} arguments")
    return given


def renamed(name: str, least: int, most: int) -> Build:
    """The same function under another name."""
    return lambda node: plain(name, *arguments(node, least, most))


def own(name: str, least: int, most: int, *defaults: exp.Expression) -> Build:
    """One of our macros; defaults fill the last arguments."""

    def build(node: exp.Expression) -> exp.Expression:
        given = arguments(node, least, most)
        missing = most - len(given)
        return macro(name, *given, *(each.copy() for each in defaults[len(defaults) - missing :] if missing))

    return build


def variable(name: str, to: str) -> Build:
    """A value of the session, read when the statement runs."""
    return lambda _node: cast(plain("getvariable", text(name)), to)
