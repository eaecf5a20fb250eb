"""format(): Java's patterns as texts that are joined."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import MAX_PRECISION, Type, decimal, type_of

from .base import TRINO, Lowering, rule
from .trees import binary, call, cast, decimal_cast, number, text, when, wrap

PARTS = re.compile(r"%(?:(?P<percent>%)|(?P<zeros>0?)(?P<width>[1-9]\d*)?(?:\.(?P<places>\d+))?(?P<letter>[a-zA-Z])|)")
HINT = "join the parts with ||, each cast to text"


@rule(
    "format",
    exp.Format,
    why="Redshift has no FORMAT; the parts are joined, and NULL is the text that Java makes of it",
    source=TRINO + "functions/conversion.html#format",
)
def _format(node: exp.Format, lower: Lowering) -> exp.Expression | None:
    pattern, values = node.this, iter(node.expressions)
    if not pattern.is_string or not node.expressions:
        raise Refusal("format", f"the pattern of {athena(node)} is not a constant, or has no values", HINT)
    pieces: list[exp.Expression] = []
    at = 0
    for match in PARTS.finditer(pattern.name):
        pieces += [text(pattern.name[at : match.start()])] if match.start() > at else []
        at = match.end()
        pieces.append(text("%") if match["percent"] else _shown(node, match, next(values, None), lower))
    pieces += [text(pattern.name[at:])] if at < len(pattern.name) else []
    if next(values, None) is not None:
        raise Refusal("format", f"{athena(node)} has values that its pattern does not show", HINT)
    joined = pieces[0]
    for piece in pieces[1:]:
        joined = exp.DPipe(this=joined, expression=piece)
    return exp.Paren(this=joined) if len(pieces) > 1 else joined


def _shown(node: exp.Expression, match: re.Match[str], value: exp.Expression | None, lower: Lowering) -> exp.Expression:
    """One value as Java writes it; NULL as ``null``, in the pattern's width and precision (java.util.Formatter).

    Raises:
        Refusal: another conversion, or a type whose text is not the same.
    """
    kind, made, missing = type_of(value), None, "null"
    if value is not None:
        if kind.name == "varchar" and match[0] == "%s":
            made = lower(value)
        elif kind.integer and match[0] in ("%s", "%d"):
            made = cast(lower(value), "varchar")
        elif kind.integer and match["letter"] == "d" and match["zeros"] and match["width"] and not match["places"]:
            made, missing = _padded(lower(value), int(match["width"])), missing.rjust(int(match["width"]))
        elif kind.name == "decimal" and match["letter"] == "f" and not match["width"]:
            places = int(match["places"] or 6)
            made, missing = _fixed(lower(value), kind, places), missing[:places]  # Java's precision cuts the text
    if made is None:
        raise Refusal("format", f"{match[0]} of {kind} in {athena(node)}", HINT)
    return exp.Coalesce(this=made, expressions=[text(missing)])


def _fixed(value: exp.Expression, kind: Type, places: int) -> exp.Expression | None:
    """A decimal with so many digits, rounded half up; -0.4 without any is -0. None where they find no room."""
    room = kind.precision - kind.scale + places + 1
    if room > MAX_PRECISION:
        return None
    if places >= kind.scale:
        return cast(decimal_cast(value, decimal(room, places)), "varchar")
    amount = decimal_cast(call("ROUND", call("ABS", value), places), decimal(room, places))
    return binary(exp.DPipe, _sign(value), cast(amount, "varchar"))


def _padded(value: exp.Expression, width: int) -> exp.Expression:
    """A whole number with zeros in front of it, after its sign."""
    digits = cast(call("ABS", value), "varchar")
    places = [exp.Case(ifs=[exp.If(this=_negative(value), true=number(width - 1))], default=number(width))]
    padded = call("LPAD", digits, exp.Greatest(this=call("LEN", digits.copy()), expressions=places), "0")
    return binary(exp.DPipe, _sign(value), padded)


def _sign(value: exp.Expression) -> exp.Expression:
    return when((_negative(value), text("-")), default=text(""))


def _negative(value: exp.Expression) -> exp.Expression:
    return exp.LT(this=wrap(value.copy()), expression=number(0))
