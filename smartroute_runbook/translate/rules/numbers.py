"""Numbers: rounding, functions that take doubles, bits."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, FLOATING, Lowering, rule
from .trees import binary, call, cast, decimal_cast, double, number, wrap

DOUBLE_FUNCTIONS = (exp.Sqrt, exp.Cbrt, exp.Exp, exp.Ln, exp.Sin, exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan,
                    exp.Degrees, exp.Radians)  # fmt: skip


@rule(
    "double-literal",
    exp.Literal,
    why="1e0 is a double on Athena and an exact number on Redshift",
    source=AWS + "r_Numeric_types201.html",
)
def _double_literal(node: exp.Literal, lower: Lowering) -> exp.Expression | None:
    if node.is_string or "e" not in node.name.lower():
        return None
    return cast(exp.Literal.number(node.name), "double precision")


@rule(
    "round-integer",
    exp.Round,
    exp.Trunc,
    exp.Ceil,
    exp.Floor,
    why="rounding an integer leaves it as it is on Athena; which type it has on Redshift depends on the function",
    source=AWS + "r_ROUND.html",
)
def _round_integer(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if not type_of(node.this).integer:
        return None
    digits = node.args.get("decimals")
    if digits is None or (isinstance(digits, exp.Literal) and digits.is_int):
        return lower(node.this)
    rounded = exp.Round(this=cast(lower(node.this), "decimal(19,0)"), decimals=lower(digits))
    return cast(rounded, type_of(node.this).name) if isinstance(node, exp.Round) else None


@rule(
    "sign-integer",
    exp.Sign,
    why="Redshift's SIGN takes decimals and doubles: an integer becomes one first, and a quotient keeps its fraction",
    source=AWS + "r_SIGN.html",
)
def _sign_integer(node: exp.Sign, lower: Lowering) -> exp.Expression | None:
    kind = type_of(node.this)
    return cast(exp.Sign(this=lower(node.this)), kind.name) if kind.integer else None


@rule(
    "round-double",
    exp.Round,
    why="at half a unit of the last digit, doubles round either way",
    source=AWS + "r_ROUND.html",
)
def _round_double(node: exp.Round, lower: Lowering) -> exp.Expression | None:
    digits = node.args.get("decimals")
    if type_of(node.this).floating:
        places = int(digits.name) if isinstance(digits, exp.Literal) and digits.is_int else 0
        relative = 1e-6 if type_of(node.this).name == "real" else 1e-9
        lower.loosen(node, Tolerance(relative=relative, absolute=10.0**-places))
    elif type_of(node.this).name == "unknown":
        raise Refusal("round-double", f"the type of {athena(node.this)} is not known", "cast it")
    return None


@rule(
    "truncate",
    exp.Trunc,
    why="the function is called TRUNC on Redshift",
    source=AWS + "r_TRUNC.html",
)
def _truncate(node: exp.Trunc, lower: Lowering) -> exp.Expression | None:
    digits = node.args.get("decimals")
    made = call("TRUNC", lower(node.this), *([lower(digits)] if digits is not None else []))
    return decimal_cast(made, type_of(node)) if digits is not None and type_of(node).name == "decimal" else made


@rule(
    "double-function",
    exp.Pow,
    exp.Atan2,
    *DOUBLE_FUNCTIONS,
    why="Athena computes it in double; Redshift may compute it in decimal",
    source=AWS + "Math_functions.html",
)
def _double_function(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    lower.loosen(node, FLOATING)
    if isinstance(node, exp.Pow):
        return call("POWER", double(node.this, lower), double(node.expression, lower))
    if isinstance(node, exp.Atan2):
        return call("ATAN2", double(node.this, lower), double(node.expression, lower))
    return type(node)(this=double(node.this, lower))


@rule(
    "logarithm",
    exp.Log,
    why="Redshift's LOG has base 10 and one argument",
    source=AWS + "r_LOG.html",
)
def _logarithm(node: exp.Log, lower: Lowering) -> exp.Expression | None:
    lower.loosen(node, FLOATING)
    base, value = node.this, node.expression
    if value is None:
        return None
    if base.is_int and base.name == "10":
        return call("LOG", double(value, lower))
    return exp.Paren(this=binary(exp.Div, call("LN", double(value, lower)), call("LN", double(base, lower))))


@rule(
    "random",
    exp.Rand,
    why="RANDOM takes no bounds on Redshift: a whole number below n is a share of n; no two runs agree anyway",
    source=AWS + "r_RANDOM.html",
)
def _random(node: exp.Rand, lower: Lowering) -> exp.Expression | None:
    lower.note("random", "the result is random: it cannot be compared", "leave random() out to compare")
    first, second = node.this, node.args.get("lower")
    if first is None:
        return call("RANDOM")
    low, high = (lower(first), lower(second)) if second is not None else (None, lower(first))
    span = high if low is None else exp.Paren(this=exp.Sub(this=wrap(high), expression=wrap(low)))
    drawn = cast(exp.Floor(this=exp.Mul(this=call("RANDOM"), expression=wrap(span))), type_of(node).name)
    return drawn if low is None else exp.Paren(this=exp.Add(this=wrap(low.copy()), expression=drawn))


@rule(
    "bitwise",
    exp.BitwiseAnd,
    exp.BitwiseOr,
    exp.BitwiseXor,
    exp.BitwiseNot,
    why="bitwise functions are operators on Redshift",
    source=AWS + "r_OPERATOR_SYMBOLS.html",
)
def _bitwise(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.BitwiseNot):  # -x - 1 in two's complement
        return exp.Paren(this=exp.Sub(this=exp.Neg(this=wrap(cast(lower(node.this), "bigint"))), expression=number(1)))
    left = lower(node.this)
    if "bigint" not in (type_of(node.this).name, type_of(node.expression).name):
        left = cast(left, "bigint")  # of two integers Redshift makes one, Athena a bigint
    if isinstance(node, exp.BitwiseXor):
        return exp.Paren(this=exp.BitwiseXor(this=wrap(left), expression=wrap(lower(node.expression))))
    return exp.Paren(this=binary(type(node), left, lower(node.expression)))
