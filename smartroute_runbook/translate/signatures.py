"""The type of every Trino expression that the translator knows, from the types of its parts.

A node that is not named here is not known, and what is not known is refused. Argument types that Trino rejects are
findings about the source query.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from smartroute_runbook.translate.model import Invalid, Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    NULL,
    TIMESTAMP,
    UNKNOWN,
    UTC,
    VARCHAR,
    Type,
    arithmetic,
    as_decimal,
    common,
    decimal,
    from_datatype,
)

__all__ = ["signature", "type_of"]

META: Final = "trino_type"
Signature = Callable[[exp.Expression], Type]


def type_of(node: exp.Expression | None) -> Type:
    """The Trino type that the source check left on a node; `unknown` when it left none."""
    kind = node.meta.get(META, UNKNOWN) if node is not None else UNKNOWN
    return kind if isinstance(kind, Type) else UNKNOWN


def _sql(node: exp.Expression) -> str:
    return athena(node)


def _clash(node: exp.Expression, *kinds: Type) -> Invalid:
    shown = ", ".join(dict.fromkeys(map(str, kinds)))
    return Invalid("type-mismatch", f"{_sql(node)} does not take {shown}", "Athena rejects it; cast one side")


def unify(node: exp.Expression, *parts: exp.Expression | None) -> Type:
    """The common type of several parts."""
    result = NULL
    for part in parts:
        if part is None:
            continue
        both = common(result, type_of(part))
        if both is None:
            raise _clash(node, result, type_of(part))
        result = both
    return result


def _literal(node: exp.Expression) -> Type:
    assert isinstance(node, exp.Literal)  # noqa: S101 - by the table below
    text = node.name
    if node.is_string:
        return VARCHAR
    if "e" in text.lower():
        return DOUBLE
    if "." in text:
        whole, fraction = text.split(".")
        if len(whole.lstrip("0")) + len(fraction) > 38:
            raise Invalid("syntax", f"{text} has more than 38 digits", "write a double: 1.5e0")
        return decimal(len(whole.lstrip("0")) + len(fraction) or 1, len(fraction))
    if int(text) >= 2**63 + isinstance(node.parent, exp.Neg):
        raise Invalid("syntax", f"{text} is beyond 64 bits", "write a decimal: DECIMAL '...'")
    return INTEGER if int(text) < 2**31 else BIGINT


def _binary(node: exp.Expression) -> Type:
    operator = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Mod": "%"}[type(node).__name__]
    a, b = type_of(node.this), type_of(node.expression)
    for moment, span in ((a, b), (b, a)):
        if moment.moment and span.name.startswith("interval"):
            return moment
    if a.name.startswith("interval") or b.name.startswith("interval"):
        if operator == "*" and (a.integer or b.integer):
            return a if a.name.startswith("interval") else b
        raise Refusal("interval", f"arithmetic on intervals: {_sql(node)}", "add intervals to a date one by one")
    if a.moment and b.moment and operator == "-":
        raise Refusal("interval", f"{_sql(node)} is an interval", "use date_diff with the unit that is meant")
    result = arithmetic(operator, a, b)
    if result is None:
        raise _clash(node, a, b)
    return result


def _compare(node: exp.Expression) -> Type:
    unify(node, node.this, node.expression)
    return BOOLEAN


def _between(node: exp.Expression) -> Type:
    unify(node, node.this, node.args["low"], node.args["high"])
    return BOOLEAN


def _in(node: exp.Expression) -> Type:
    unify(node, node.this, *node.expressions)
    return BOOLEAN


def _case(node: exp.Expression) -> Type:
    for branch in node.args["ifs"]:
        if node.this is not None:
            unify(node, node.this, branch.this)
        elif type_of(branch.this).name not in ("boolean", "null", "unknown"):
            raise _clash(branch.this, type_of(branch.this))
    return unify(node, *(branch.args["true"] for branch in node.args["ifs"]), node.args.get("default"))


def _if(node: exp.Expression) -> Type:
    return unify(node, node.args.get("true"), node.args.get("false"))


def _needs(test: Callable[[Type], bool], result: Type | None = None) -> Signature:
    """A function whose first argument must pass a test; the result is given, or the argument's own type."""

    def check(node: exp.Expression) -> Type:
        subject = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        subject = subject.this if isinstance(subject, exp.Order) else subject
        kind = type_of(subject)
        if not (kind.open or test(kind)):
            raise _clash(node, kind)
        return kind if result is None else result

    return check


def _number(kind: Type) -> bool:
    return kind.numeric


def _text(kind: Type) -> bool:
    return kind.name in ("varchar", "char")


def _moment(kind: Type) -> bool:
    return kind.moment


def _sum(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    if kind.name == "decimal":
        return decimal(38, kind.scale)
    return BIGINT if kind.integer else kind


def _avg(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    return DOUBLE if kind.integer or kind.open else kind


def _round(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    if kind.name != "decimal":
        return kind
    if node.args.get("decimals") is None:
        return decimal(kind.precision - kind.scale + min(kind.scale, 1), 0)
    return decimal(kind.precision + 1, kind.scale)


def _ceil(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    return decimal(kind.precision - kind.scale + min(kind.scale, 1), 0) if kind.name == "decimal" else kind


def _sign(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    return decimal(1, 0) if kind.name == "decimal" else kind


def _trunc(node: exp.Expression) -> Type:
    kind = _needs(_number)(node)
    return decimal(max(kind.precision - kind.scale, 1), 0) if as_decimal(kind) and kind.scale else kind


def _cast(node: exp.Expression) -> Type:
    kind = from_datatype(node.args["to"])
    if kind.name == "unknown":
        raise Refusal("type", f"no counterpart of {node.args['to'].sql('trino')} in Redshift", "cast to a plain type")
    if kind.name == "timestamptz":
        told = type_of(node.this).name != "varchar" or (node.this.is_string and node.this.name.upper().endswith(" UTC"))
        return Type(kind.name, kind.precision, zone="UTC" if told else "")
    return kind


def _timezone(node: exp.Expression) -> Type:
    zone = node.args["zone"]
    if not zone.is_string:
        raise Refusal("time-zone", f"the zone of {_sql(node)} is not a constant", "write the zone as text")
    kind = type_of(node.this)
    if not kind.moment and not kind.open:
        raise _clash(node, kind)
    return Type("timestamptz", max(kind.precision, 3), zone=zone.name)


def _unixtime(node: exp.Expression) -> Type:
    zone = node.args.get("zone")
    if zone is not None and not zone.is_string:
        raise Refusal("time-zone", f"the zone of {_sql(node)} is not a constant", "write the zone as text")
    return Type("timestamptz", 3, zone=zone.name if zone is not None else "UTC")


def _moment_itself(node: exp.Expression) -> Type:
    return _needs(_moment)(node)


def _greatest(node: exp.Expression) -> Type:
    return unify(node, node.this, *node.expressions)


def _nullif(node: exp.Expression) -> Type:
    unify(node, node.this, node.expression)
    return type_of(node.this)


def _lag(node: exp.Expression) -> Type:
    return unify(node, node.this, node.args.get("default"))


def _interval(node: exp.Expression) -> Type:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.Var):
        raise Refusal("interval", f"compound interval {_sql(node)}", "write it with one unit")
    return Type("interval_month" if unit.name.upper() in ("MONTH", "YEAR") else "interval_day")


def _concat(node: exp.Expression) -> Type:
    for part in node.expressions or (node.this, node.expression):
        kind = type_of(part)
        if not (kind.open or _text(kind)):
            if kind.nested:
                raise Refusal("nested", f"{_sql(node)} joins {kind.name}s", "flatten the nested column at load")
            raise _clash(node, kind)
    return VARCHAR


def _split(node: exp.Expression) -> Type:
    return Type("array", of=(_needs(_text, VARCHAR)(node),))


def _array_agg(node: exp.Expression) -> Type:
    subject = node.this
    while isinstance(subject, (exp.Order, exp.Distinct)):
        subject = subject.this if isinstance(subject, exp.Order) else subject.expressions[0]
    return Type("array", of=(type_of(subject),))


def _array(node: exp.Expression) -> Type:
    return Type("array", of=(unify(node, *node.expressions),))


def _element(node: exp.Expression) -> Type:
    kind = type_of(node.this)
    if kind.name == "array":
        return kind.of[0]
    return kind.of[1] if kind.name == "map" else UNKNOWN


def _passing(node: exp.Expression) -> Type:
    return type_of(node.this)


def _fixed(kind: Type) -> Signature:
    return lambda _: kind


def _all(check: Signature, *nodes: type[exp.Expression]) -> dict[type[exp.Expression], Signature]:
    """Nodes of one signature."""
    return dict.fromkeys(nodes, check)


_BY_NODE: Final[dict[type[exp.Expression], Signature]] = {
    **_all(_fixed(BOOLEAN), exp.Boolean, exp.And, exp.Or, exp.Not, exp.Is, exp.Exists, exp.Escape),
    **_all(_passing, exp.Paren, exp.Neg, exp.Alias, exp.Any, exp.Try),
    **_all(_binary, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod),
    **_all(_compare, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like),
    **_all(_needs(_text, BOOLEAN), exp.RegexpLike, exp.StartsWith),
    **_all(_greatest, exp.Coalesce, exp.Greatest, exp.Least),
    **_all(_cast, exp.Cast, exp.TryCast),
    exp.Literal: _literal, exp.Null: _fixed(NULL), exp.Between: _between, exp.In: _in, exp.Case: _case, exp.If: _if,
    exp.Nullif: _nullif,
    # aggregates and windows
    **_all(_fixed(BIGINT), exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RowNumber, exp.Rank, exp.DenseRank,
           exp.Ntile, exp.Grouping),
    **_all(_needs(bool), exp.Min, exp.Max, exp.AnyValue, exp.ArgMax, exp.ArgMin),
    **_all(_fixed(BOOLEAN), exp.LogicalAnd, exp.LogicalOr),
    **_all(_needs(_number, DOUBLE), exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop,
           exp.Corr, exp.CovarPop, exp.CovarSamp),
    **_all(_passing, exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls, exp.FirstValue, exp.LastValue,
           exp.NthValue),
    **_all(_fixed(DOUBLE), exp.PercentRank, exp.CumeDist),
    **_all(_lag, exp.Lag, exp.Lead),
    exp.Sum: _sum, exp.Avg: _avg, exp.ApproxQuantile: _needs(_number), exp.GroupConcat: _needs(_text, VARCHAR),
    exp.ArrayAgg: _array_agg,
    # numbers
    **_all(_ceil, exp.Ceil, exp.Floor),
    **_all(_needs(_number, DOUBLE), exp.Pow, exp.Sqrt, exp.Cbrt, exp.Exp, exp.Ln, exp.Log),
    **_all(_needs(_number, BIGINT), exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor),
    exp.Round: _round, exp.Trunc: _trunc, exp.Abs: _needs(_number), exp.Sign: _sign, exp.Rand: _fixed(DOUBLE),
    # dates
    **_all(_fixed(DATE), exp.CurrentDate, exp.Date, exp.LastDay, exp.FromISO8601Date),
    **_all(_fixed(TIMESTAMP), exp.Localtimestamp, exp.StrToTime),
    **_all(_moment_itself, exp.DateAdd, exp.TimestampTrunc, exp.DateTrunc),
    **_all(_fixed(BIGINT), exp.DateDiff, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second,
           exp.Quarter, exp.WeekOfYear, exp.Week, exp.DayOfYear, exp.DayOfMonth, exp.DayOfWeekIso, exp.YearOfWeek),
    **_all(_needs(_number, BIGINT), exp.BitwiseAndAgg, exp.BitwiseOrAgg),
    exp.CurrentTimestamp: _fixed(UTC), exp.Interval: _interval, exp.UnixToTime: _unixtime,
    exp.TimeToUnix: _fixed(DOUBLE), exp.AtTimeZone: _timezone, exp.TimeToStr: _needs(_moment, VARCHAR),
    exp.FromISO8601Timestamp: _fixed(UNKNOWN),
    # text
    **_all(_concat, exp.DPipe, exp.Concat),
    **_all(_fixed(VARCHAR), exp.ConcatWs, exp.Chr, exp.Hex, exp.LowerHex),
    **_all(_needs(_text, BIGINT), exp.Length, exp.StrPosition, exp.RegexpCount),
    **_all(_needs(_text, VARCHAR), exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Replace, exp.Reverse, exp.Pad,
           exp.SplitPart, exp.RegexpExtract, exp.RegexpReplace, exp.Translate),
    **_all(_fixed(Type("varbinary")), exp.MD5Digest, exp.SHA2Digest, exp.SHA1Digest, exp.SHA, exp.SHA2),
    exp.Split: _split, exp.Encode: _needs(_text, Type("varbinary")), exp.FromBase: _fixed(BIGINT),
    # JSON and nested values
    **_all(_fixed(VARCHAR), exp.JSONExtractScalar, exp.ArrayToString),
    exp.JSONExtract: _fixed(Type("json")), exp.Array: _array, exp.Bracket: _element, exp.ArraySize: _fixed(BIGINT),
    exp.ArrayContains: _fixed(BOOLEAN),
}  # fmt: skip

_BY_NAME: Final[dict[str, Signature]] = {
    "at_timezone": _fixed(UNKNOWN), "with_timezone": _fixed(UNKNOWN), "every": _fixed(BOOLEAN),
    "codepoint": _fixed(INTEGER),
    "json_array_length": _fixed(BIGINT), "to_iso8601": _fixed(VARCHAR), "format_datetime": _fixed(VARCHAR),
    "geometric_mean": _fixed(DOUBLE), "truncate": _fixed(UNKNOWN), "pi": _fixed(DOUBLE), "e": _fixed(DOUBLE),
    "degrees": _fixed(DOUBLE), "radians": _fixed(DOUBLE), "is_nan": _fixed(BOOLEAN), "millisecond": _fixed(BIGINT),
}  # fmt: skip


def signature(node: exp.Expression) -> Signature | None:
    """How to type this node; None when the translator does not know it."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() in ("at_timezone", "with_timezone") and len(node.expressions) == 2:
            return _named_zone
        return _BY_NAME.get(node.name.lower())
    return _BY_NODE.get(type(node))


def _named_zone(node: exp.Expression) -> Type:
    moment, zone = node.expressions
    return _timezone(exp.AtTimeZone(this=moment.copy(), zone=zone.copy()))
