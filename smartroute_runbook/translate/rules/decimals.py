"""Decimals, whose precision and scale the engines count in different ways."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.tolerance import Tolerance
from smartroute_runbook.translate.carried import carried, own_arithmetic
from smartroute_runbook.translate.float_choices import float_that_misses
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import DIGITS, MAX_PRECISION, Type, as_decimal, type_of

from .base import AWS, FLOATING, TRINO, Lowering, rule
from .trees import binary, cast, decimal_cast, rounded_cast, wrap

GUARD_DIGITS = 13  # digits beyond the wanted scale, so that rounding twice cannot be seen for divisors below 10**12
LARGEST = 9  # digits before the point that a narrowed value keeps at least; a larger one is an error, no wrong number
LEAST_SCALE = 6  # that Trino 483 leaves of a product's
MINIMUM_SCALE = 4  # https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html


def redshift_division_scale(a: Type, b: Type) -> int:
    """The scale of decimal `a / b` on Redshift, by its documented formula."""
    scale = max(MINIMUM_SCALE, a.scale + b.precision - b.scale + 1)
    precision = a.precision - a.scale + b.scale + scale
    return scale if precision <= 38 else max(38 + scale - precision, MINIMUM_SCALE)


def division(above: exp.Expression, a: Type, below: exp.Expression, b: Type, scale: int) -> exp.Expression:
    """A Redshift division that carries enough digits to be rounded to `scale` like Athena's.

    The dividend is cast to as many digits behind the point as the quotient needs, and to no more before it than leave
    room for them: a larger one is an error.

    Raises:
        Refusal: too few digits before the point are left.
    """
    # A quotient that is no half is off it by 1 / (2 * divisor) at least.
    enough = scale + min(GUARD_DIGITS, b.precision + 1)
    if redshift_division_scale(a, b) < enough:
        behind = max(a.scale, enough - (b.precision - b.scale) - 1)
        before = min(a.precision - a.scale, MAX_PRECISION - b.scale - enough, MAX_PRECISION - behind)
        if before < min(a.precision - a.scale, DIGITS["bigint"] - 4):
            raise Refusal("decimal-division", f"{a} / {b} has no room for the digits of the result", "cast to double")
        above = decimal_cast(above, Type("decimal", before + behind, behind))
    return binary(exp.Div, above, below)


@rule(
    "decimal-division",
    exp.Div,
    why="Athena rounds a decimal division to the larger scale of its operands; Redshift keeps at least four digits",
    source=TRINO + "functions/decimal.html",
)
def _decimal_division(node: exp.Div, lower: Lowering) -> exp.Expression | None:
    result, a, b = type_of(node), type_of(node.this), type_of(node.expression)
    if result.name == "unknown":
        raise Refusal("decimal-division", f"the type of {athena(node)} is not known", "cast its operands")
    if result.floating:
        lower.note(
            "double-division", "a division of doubles by zero is Infinity on Athena, an error on Redshift", "NULLIF"
        )
    if result.name != "decimal" or a.open or b.open:
        return None
    x, y = as_decimal(_met(node.this)), as_decimal(_met(node.expression))
    if x is None or y is None:
        return None
    if "decimal-division" in lower.improve:
        step = 10.0**-result.scale
        lower.loosen(node, Tolerance(absolute=step))
        lower.note(
            "decimal-division", f"kept unrounded: Athena rounds this to {result.scale} digits", "decided by --improve"
        )
        return None
    lower.note(
        "decimal-quotient",
        f"Athena's engine rounds this to {result.scale} digits, as Trino 435 does; Trino 483 keeps more",
        "compare again when Athena's engine version changes, or cast to double",
    )
    made = division(lower(node.this), x, lower(node.expression), y, result.scale)
    return rounded_cast(made, result)


@rule(
    "wide-decimal",
    exp.Add,
    exp.Sub,
    exp.Mul,
    why="beyond 38 digits Athena keeps the scale; what Redshift keeps is documented for divisions only",
    source=AWS + "r_numeric_computations201.html",
)
def _wide_decimal(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if type_of(node).name != "decimal":
        return None
    sides = (node.this, node.expression)
    kinds = [as_decimal(_met(side)) for side in sides]
    own = own_arithmetic(type(node), _met(node.this), _met(node.expression))
    if own is None or own.precision <= MAX_PRECISION or None in kinds:
        return None
    known = [kind for kind in kinds if kind is not None]
    newer = _newer_scale(type(node), *known)
    if newer < own.scale:
        lower.note(
            "decimal-scale",
            f"Athena's engine keeps {own.scale} digits behind the point, as Trino 435 does; Trino 483 keeps {newer}",
            "compare again when Athena's engine version changes, or cast one side to fewer digits",
        )
    widths = _narrowed(type(node), *known)
    if widths is None:
        raise Refusal("wide-decimal", f"{athena(node)} has more than 38 digits", "cast one side to fewer digits")
    made = [lower(side) for side in sides]
    for place, (kind, width) in enumerate(zip(kinds, widths, strict=True)):
        if kind is not None and width < kind.precision:
            made[place] = decimal_cast(made[place], Type("decimal", width, kind.scale))
            many = f"{athena(sides[place])}: more than {width - kind.scale} digits before the point"
            lower.note("wide-decimal", f"{many} are an error on Redshift", "Athena takes more, up to 38 in all")
    return type(node)(this=wrap(made[0]), expression=wrap(made[1]))


def _newer_scale(operator: type[exp.Expression], a: Type, b: Type) -> int:
    """The scale of a sum or a product that has not room in 38 digits in Trino 483, which cuts it from behind."""
    if operator is not exp.Mul:
        return min(max(a.scale, b.scale), MAX_PRECISION - max(a.precision - a.scale, b.precision - b.scale))
    scale = a.scale + b.scale
    return min(scale, max(LEAST_SCALE, MAX_PRECISION - (a.precision + b.precision - scale)))


def _narrowed(operator: type[exp.Expression], a: Type, b: Type) -> tuple[int, int] | None:
    """The digits that two decimals may have so that their sum or product has 38; None when too few are left."""
    if operator is not exp.Mul:
        room = MAX_PRECISION - 1 - max(a.scale, b.scale)
        widths = (min(a.precision, room + a.scale), min(b.precision, room + b.scale))
        return widths if room >= LARGEST else None
    room = MAX_PRECISION - 1 - a.scale - b.scale
    smaller = min(a.precision - a.scale, b.precision - b.scale, room // 2)
    rest = room - smaller
    if rest < LARGEST or (smaller < LARGEST and smaller == room // 2):
        return None
    if a.precision - a.scale <= b.precision - b.scale:
        return a.scale + smaller, min(b.precision, b.scale + rest)
    return min(a.precision, a.scale + rest), b.scale + smaller


@rule(
    "real-of-decimal",
    exp.Add,
    exp.Sub,
    exp.Sum,
    exp.Avg,
    why="a real made of a long decimal may be its neighbour on Athena; a difference leaves little but that error",
    source=TRINO + "language/types.html#floating-point",
)
def _real_of_decimal(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    """Reals of 10^8 are 8 apart: a tolerance that is a share of the result says nothing once they are subtracted."""
    missed = float_that_misses(node)
    if missed == "real":
        raise Refusal("real-of-decimal", f"{athena(node)}: a real made of a decimal", "cast the decimal to double")
    if missed:
        lower.loosen(node, FLOATING)
    return None


def _met(node: exp.Expression) -> Type:
    """The type with which a value meets an operator on Redshift, after the casts at its boundary."""
    kind = carried(node)
    return type_of(node) if type_of(node).integer else Type(kind.name, min(MAX_PRECISION, kind.precision), kind.scale)


@rule(
    "decimal-remainder",
    exp.Mod,
    why="Redshift's % takes exact numbers only, and none of a SMALLINT beside a BIGINT, an integer beside a DECIMAL",
    source=AWS + "r_MOD.html",
)
def _remainder(node: exp.Mod, lower: Lowering) -> exp.Expression | None:
    if type_of(node).floating or type_of(node).name == "unknown":
        raise Refusal("decimal-remainder", f"{athena(node)}: a remainder of doubles", "cast to bigint or decimal")
    sides = (node.this, node.expression)
    kinds = [type_of(side) for side in sides]
    if not any(_apart(a, b) for a, b in (kinds, kinds[::-1])):
        return None
    made = [_beside(side, kinds[1 - place], lower) for place, side in enumerate(sides)]
    return exp.Mod(this=wrap(made[0]), expression=wrap(made[1]))


def _apart(narrow: Type, wide: Type) -> bool:
    """Whether Redshift takes no remainder of two types (r_MOD): SMALLINT and BIGINT, DECIMAL and an integer column."""
    if wide.name == "bigint":
        return narrow.name in ("tinyint", "smallint")
    return narrow.integer and wide.name == "decimal"


def _beside(side: exp.Expression, other: Type, lower: Lowering) -> exp.Expression:
    kind, made = type_of(side), lower(side)
    if not _apart(kind, other) or isinstance(side, exp.Literal):  # the page has MOD(10.5, 4)
        return made
    return cast(made, "bigint") if other.name == "bigint" else decimal_cast(made, Type("decimal", DIGITS[kind.name], 0))


@rule(
    "mixed-decimals",
    exp.Case,
    exp.If,
    exp.Coalesce,
    exp.Greatest,
    exp.Least,
    why="branches of different exact types get another precision on Redshift (at most 19 digits)",
    source=AWS + "r_numeric_computations201.html",
)
def mixed_decimals(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    kind = type_of(node)
    if kind.name == "decimal":
        for branch in _branches(node):
            same = type_of(branch) == kind and not isinstance(branch, exp.Round)  # of which ROUND's type is not said
            if not same and not type_of(branch).open:
                branch.meta["coerce"] = kind
    return None


def _branches(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Case):
        found = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        found = [node.args.get("true"), node.args.get("false")]
    else:
        found = [node.this, *node.expressions]
    return [branch for branch in found if branch is not None]
