"""TRY and TRY_CAST: NULL in place of an error, and texts that only one engine takes for a value."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, TRINO, Lowering, rule
from .casts import PLAIN, rounded_to
from .trees import binary, call, cast, decimal_cast, number, spare_digits, text, when, wrap

WHOLE = r"^[+-]?[0-9]+$"
DIGITS = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"
DECIMAL = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$"
DAY = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?"  # 24:00 and 10:00:60 are times on Redshift alone
SECONDS = f"^{DAY} [0-9]{{1,2}}:[0-9]{{2}}:[0-9]{{2}}$"
PARSED = {"%Y-%m-%d": f"^{DAY}$", "%Y-%m-%d %H:%M:%S": SECONDS, "%Y-%m-%d %T": SECONDS}
TRUE, FALSE = ("true", "t", "1"), ("false", "f", "0")
BOUNDS = {"tinyint": 2**7, "smallint": 2**15, "integer": 2**31, "bigint": 2**63}
ORDER = ("tinyint", "smallint", "integer", "bigint")
# What cannot fail on either engine when its parts cannot.
SAFE = (
    exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Reverse, exp.Concat,
    exp.DPipe, exp.Coalesce, exp.Nullif, exp.If, exp.Case, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.And,
    exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like, exp.SplitPart, exp.StrPosition, exp.Replace,
    exp.RegexpExtract, exp.RegexpLike, exp.RegexpReplace, exp.StartsWith, exp.Paren, exp.Year, exp.Month, exp.Day,
    exp.Hour, exp.Minute, exp.Second, exp.TimeToStr, exp.Identifier, exp.Var, exp.TryCast, exp.Dot,
)  # fmt: skip


def _cannot_fail(node: exp.Expression) -> bool:
    if isinstance(node, exp.Bracket) and type_of(node.this).is_super:
        return True
    if isinstance(node, exp.DataType):
        return True
    return isinstance(node, SAFE) and all(_cannot_fail(child) for child in node.iter_expressions())


@rule(
    "try",
    exp.Try,
    why="Redshift has no TRY; plain conversion drops it, and an error takes the place of NULL",
    source=TRINO + "functions/conditional.html#try",
)
def _try_function(node: exp.Try, lower: Lowering) -> exp.Expression | None:
    inner = node.this.unnest()
    if isinstance(inner, exp.Cast):
        tried = exp.TryCast(this=inner.this.copy(), to=inner.args["to"].copy())
        tried.meta.update(inner.meta)
        return lower(tried)
    if _cannot_fail(inner):
        return lower(node.this)
    if isinstance(inner, (exp.Div, exp.Mod)) and type_of(inner).exact:
        safe = inner.copy()
        divisor = inner.expression.copy()
        guarded = exp.Nullif(this=divisor, expression=number(0))
        guarded.meta.update(inner.expression.meta)
        safe.set("expression", guarded)
        safe.meta.update(inner.meta)
        return exp.Paren(this=lower(safe))
    if isinstance(inner, exp.StrToTime) and inner.args["format"].name in PARSED:
        return _matched(lower(inner.this), PARSED[inner.args["format"].name], "timestamp")
    raise Refusal("try", f"{athena(node)} hides errors that Redshift would raise", "guard with CASE or NULLIF")


def _matched(subject: exp.Expression, pattern: str, kind: str) -> exp.Expression:
    """The cast of a text that matches a pattern; NULL for every other text, and where the cast itself fails."""
    matched = binary(exp.GT, call("REGEXP_COUNT", subject, pattern), number(0))
    return when((matched, exp.TryCast(this=subject.copy(), to=exp.DataType.build(kind, dialect="redshift"))))


@rule(
    "try-cast",
    exp.TryCast,
    why="the engines accept different texts as a number or a date; the pattern admits what both accept",
    source=AWS + "r_TRY_CAST.html",
)
def _try_cast(node: exp.TryCast, lower: Lowering) -> exp.Expression | None:
    kind, wanted = type_of(node.this), type_of(node)
    if kind.numeric:
        return _of_number(node, kind, wanted, lower)
    if kind == wanted and kind.name in ("date", "boolean", "timestamp"):
        return lower(node.this)
    if kind.name != "varchar":
        raise _refusal(node, kind, wanted)
    inner = lower(node.this)
    if wanted.name == "varchar" and not wanted.precision:
        return inner
    made = _parsed(node, inner, wanted, lower)
    if made is None:
        raise _refusal(node, kind, wanted)
    return made


def _parsed(node: exp.TryCast, inner: exp.Expression, wanted: Type, lower: Lowering) -> exp.Expression | None:
    """A text as a value; None for a type whose texts are not known to be the same."""
    if wanted.integer:
        why = "a whole number between blanks is NULL in Athena's engine, as in Trino 435; Trino 483 reads it"
        lower.note("try-cast", why, "TRIM the text, if it may have blanks")
        return _matched(inner, WHOLE, PLAIN[wanted.name])
    if wanted.name == "boolean":
        return _truth(inner)
    notes = {
        "double": "texts such as 'NaN', '0x1p3' or '1d' are numbers on Athena",
        "decimal": "texts with an exponent are decimals on Athena",
        "date": "dates between tabs or ends of lines are dates on Athena",
        "timestamp": "texts with a zone, tabs, minutes of one digit or more than six digits may be times on Athena",
    }
    lower.note("try-cast", notes.get(wanted.name, notes["double"]), "Redshift gives NULL for them")
    if wanted.floating:
        return _matched(call("BTRIM", inner), DECIMAL, PLAIN[wanted.name])
    if wanted.name == "decimal":
        return _decimal(inner, wanted)
    if wanted.name == "date":
        return _matched(call("BTRIM", inner), f"^{DAY}$", "date")
    if wanted.name == "timestamp":
        moment = _matched(call("BTRIM", inner), f"^{DAY}( {TIME})?$", "timestamp")
        return rounded_to(moment, Type("timestamp", 6), wanted, node)
    return None


def _decimal(subject: exp.Expression, wanted: Type) -> exp.Expression:
    """A text as a decimal, rounded as Athena does; NULL where it has too many digits before the point, rounded too."""
    spare = spare_digits(wanted, before=1)
    if spare is None:
        return _matched(subject, DIGITS, f"decimal({wanted.precision},{wanted.scale})")
    read = _matched(subject, DIGITS, f"decimal({spare.precision},{spare.scale})")
    whole = read.args["ifs"][0]
    rounded = exp.Round(this=whole.args["true"], decimals=number(wanted.scale))
    fits = exp.LT(this=exp.Abs(this=rounded), expression=number(10 ** (wanted.precision - wanted.scale)))
    return when((exp.And(this=whole.this, expression=fits), decimal_cast(rounded.copy(), wanted)))


def _refusal(node: exp.TryCast, kind: Type, wanted: Type) -> Refusal:
    why = f"{athena(node)}: what of {kind} is no {wanted} differs on Redshift"
    return Refusal("try-cast", why, "guard the cast with CASE WHEN regexp_like(...)")


def _of_number(node: exp.TryCast, kind: Type, wanted: Type, lower: Lowering) -> exp.Expression:
    """A number as another: what always fits is a cast, a narrower integer is guarded by its bounds."""
    inner = lower(node.this)
    if kind == wanted:
        return inner
    widens = kind.integer and wanted.integer and ORDER.index(kind.name) < ORDER.index(wanted.name)
    if widens or wanted.name == "double":
        return cast(inner, PLAIN[wanted.name])
    if kind.integer and wanted.integer:
        bound = BOUNDS[wanted.name]
        fits = exp.Between(this=wrap(inner), low=number(-bound), high=number(bound - 1))
        return when((fits, cast(inner.copy(), PLAIN[wanted.name])))
    raise _refusal(node, kind, wanted)


def _truth(subject: exp.Expression) -> exp.Expression:
    """A text as a boolean; the end mark has trailing blanks count."""
    marked = exp.DPipe(this=call("LOWER", subject), expression=text("|"))
    yes = exp.In(this=marked, expressions=[text(f"{word}|") for word in TRUE])
    no = exp.In(this=marked.copy(), expressions=[text(f"{word}|") for word in FALSE])
    return when((yes, exp.Boolean(this=True)), (no, exp.Boolean(this=False)))


@rule(
    "cast-to-boolean",
    exp.Cast,
    why="a text is cast to a boolean by the words that Athena knows",
    source=TRINO + "functions/conversion.html",
)
def _cast_to_boolean(node: exp.Cast, lower: Lowering) -> exp.Expression | None:
    if type_of(node).name != "boolean" or type_of(node.this).name != "varchar":
        return None
    lower.note("cast-to-boolean", "a text that is not a boolean is an error on Athena, NULL on Redshift", "TRY_CAST")
    return _truth(lower(node.this))
