"""Parts of Redshift trees that rules put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sqlglot import exp

from smartroute_runbook.translate.types import MAX_PRECISION, META, Type, type_of

__all__ = [
    "binary",
    "call",
    "cast",
    "constant_integer",
    "decimal_cast",
    "double",
    "number",
    "read_cast",
    "rounded_cast",
    "spare_digits",
    "text",
    "typed",
    "when",
    "wrap",
]


MOST_SCALE = 37  # digits behind the point (r_Numeric_types201)


def typed(node: exp.Expression, kind: Type) -> exp.Expression:
    """A source node made by a rule, with its Trino type."""
    node.meta[META] = kind
    return node


def wrap(node: exp.Expression) -> exp.Expression:
    """In parentheses where an operator around it could bind tighter."""
    return exp.Paren(this=node) if isinstance(node, (exp.Binary, exp.Unary, exp.Between, exp.In)) else node


def number(value: float) -> exp.Expression:
    """A numeric literal."""
    return exp.Neg(this=exp.Literal.number(-value)) if value < 0 else exp.Literal.number(value)


def text(value: str) -> exp.Expression:
    """A string literal."""
    return exp.Literal.string(value)


def constant_integer(node: exp.Expression | None) -> int | None:
    """The number where one is written out, with its sign; None else."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and node.this.is_int:
        return -int(node.this.name)
    return int(node.name) if isinstance(node, exp.Literal) and node.is_int else None


def call(name: str, *arguments: exp.Expression | str | int) -> exp.Expression:
    """A Redshift function call, by its documented name."""
    made = [a if isinstance(a, exp.Expression) else text(a) if isinstance(a, str) else number(a) for a in arguments]
    return exp.Anonymous(this=name, expressions=made)


def cast(node: exp.Expression, kind: str) -> exp.Expression:
    """`CAST(node AS kind)` in Redshift's words."""
    return exp.Cast(this=node, to=_datatype(kind).copy())


@cache
def _datatype(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect="redshift")


def double(node: exp.Expression, lower: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    """The Redshift form as DOUBLE PRECISION; unchanged when it is one already."""
    return lower(node) if type_of(node).name == "double" else cast(lower(node), "double precision")


def decimal_cast(node: exp.Expression, kind: Type) -> exp.Expression:
    """A Redshift expression as the decimal that Trino has."""
    return cast(node, f"decimal({kind.precision},{kind.scale})")


def rounded_cast(node: exp.Expression, kind: Type) -> exp.Expression:
    """The same of a decimal with more digits behind the point: Athena rounds half up, Redshift's cast cuts them off.

    Source: Redshift developer guide, "enable_numeric_rounding", which is off by default.
    """
    return decimal_cast(exp.Round(this=node, decimals=number(kind.scale)), kind)


def spare_digits(kind: Type, before: int = 0) -> Type | None:
    """The decimal that holds a value of another type with all the digits that will be rounded; None without room.

    Args:
        kind: the decimal that is wanted.
        before: how many digits more it has before the point.
    """
    scale = min(MOST_SCALE, MAX_PRECISION - before - (kind.precision - kind.scale))
    return Type("decimal", MAX_PRECISION, scale) if scale > kind.scale else None


def read_cast(node: exp.Expression, kind: Type) -> exp.Expression:
    """A Redshift text or float as the decimal that Trino makes of it, which rounds half up.

    Source: Redshift developer guide, "Numeric types": explicit casts of values selected from tables are not rounded.
    """
    spare = spare_digits(kind)
    return decimal_cast(node, kind) if spare is None else rounded_cast(decimal_cast(node, spare), kind)


def binary(kind: type[exp.Expression], a: exp.Expression, b: exp.Expression) -> exp.Expression:
    """`a operator b` with parentheses where needed; a division is Redshift's own, by the types of its operands."""
    own = {"typed": True, "safe": False} if kind is exp.Div else {}
    return kind(this=wrap(a), expression=wrap(b), **own)


def when(*branches: tuple[exp.Expression, exp.Expression], default: exp.Expression | None = None) -> exp.Expression:
    """`CASE WHEN condition THEN value ... ELSE default END`."""
    ifs = [exp.If(this=condition, true=value) for condition, value in branches]
    return exp.Case(ifs=ifs, **({"default": default} if default is not None else {}))
