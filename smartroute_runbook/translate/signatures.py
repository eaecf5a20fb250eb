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


_BY_NODE: Final[dict[type[exp.Expression], Signature]] = {
    exp.Literal: _literal, exp.Null: _fixed(NULL), exp.Boolean: _fixed(BOOLEAN), exp.Paren: _passing, exp.Neg: _passing,
    exp.Alias: _passing, exp.Add: _binary, exp.Sub: _binary, exp.Mul: _binary, exp.Div: _binary, exp.Mod: _binary,
    exp.EQ: _compare, exp.NEQ: _compare, exp.LT: _compare, exp.LTE: _compare, exp.GT: _compare, exp.GTE: _compare,
    exp.NullSafeEQ: _compare, exp.NullSafeNEQ: _compare, exp.Between: _between, exp.In: _in, exp.And: _fixed(BOOLEAN),
    exp.Or: _fixed(BOOLEAN), exp.Not: _fixed(BOOLEAN), exp.Is: _fixed(BOOLEAN), exp.Exists: _fixed(BOOLEAN),
    exp.Like: _compare, exp.Escape: _fixed(BOOLEAN), exp.RegexpLike: _needs(_text, BOOLEAN), exp.Any: _passing,
    exp.StartsWith: _needs(_text, BOOLEAN), exp.Case: _case, exp.If: _if, exp.Coalesce: _greatest, exp.Nullif: _nullif,
    exp.Greatest: _greatest, exp.Least: _greatest, exp.Cast: _cast, exp.TryCast: _cast, exp.Try: _passing,
    # aggregates and windows
    exp.Count: _fixed(BIGINT), exp.CountIf: _fixed(BIGINT), exp.Sum: _sum, exp.Avg: _avg, exp.Min: _needs(bool),
    exp.Max: _needs(bool), exp.AnyValue: _needs(bool), exp.LogicalAnd: _fixed(BOOLEAN), exp.LogicalOr: _fixed(BOOLEAN),
    exp.Stddev: _needs(_number, DOUBLE), exp.StddevPop: _needs(_number, DOUBLE),
    exp.StddevSamp: _needs(_number, DOUBLE),
    exp.Variance: _needs(_number, DOUBLE), exp.VariancePop: _needs(_number, DOUBLE), exp.Corr: _needs(_number, DOUBLE),
    exp.CovarPop: _needs(_number, DOUBLE), exp.CovarSamp: _needs(_number, DOUBLE), exp.ApproxDistinct: _fixed(BIGINT),
    exp.ApproxQuantile: _needs(_number), exp.GroupConcat: _needs(_text, VARCHAR), exp.ArrayAgg: _array_agg,
    exp.ArgMax: _needs(bool), exp.ArgMin: _needs(bool), exp.Filter: _passing, exp.Window: _passing,
    exp.IgnoreNulls: _passing,
    exp.RespectNulls: _passing, exp.RowNumber: _fixed(BIGINT), exp.Rank: _fixed(BIGINT), exp.DenseRank: _fixed(BIGINT),
    exp.PercentRank: _fixed(DOUBLE), exp.CumeDist: _fixed(DOUBLE), exp.Ntile: _fixed(BIGINT), exp.Lag: _lag,
    exp.Lead: _lag,
    exp.FirstValue: _passing, exp.LastValue: _passing, exp.NthValue: _passing, exp.Grouping: _fixed(BIGINT),
    # numbers
    exp.Round: _round, exp.Ceil: _ceil, exp.Floor: _ceil, exp.Trunc: _trunc, exp.Abs: _needs(_number),
    exp.Sign: _sign,
    exp.Pow: _needs(_number, DOUBLE), exp.Sqrt: _needs(_number, DOUBLE), exp.Cbrt: _needs(_number, DOUBLE),
    exp.Exp: _needs(_number, DOUBLE), exp.Ln: _needs(_number, DOUBLE), exp.Log: _needs(_number, DOUBLE),
    exp.Rand: _fixed(DOUBLE),
    exp.BitwiseAnd: _needs(_number, BIGINT), exp.BitwiseOr: _needs(_number, BIGINT),
    exp.BitwiseXor: _needs(_number, BIGINT),
    # dates
    exp.CurrentDate: _fixed(DATE), exp.CurrentTimestamp: _fixed(UTC), exp.Localtimestamp: _fixed(TIMESTAMP),
    exp.Interval: _interval, exp.DateAdd: _moment_itself, exp.DateDiff: _fixed(BIGINT),
    exp.TimestampTrunc: _moment_itself,
    exp.DateTrunc: _moment_itself, exp.UnixToTime: _unixtime, exp.TimeToUnix: _fixed(DOUBLE), exp.AtTimeZone: _timezone,
    exp.StrToTime: _fixed(TIMESTAMP), exp.TimeToStr: _needs(_moment, VARCHAR), exp.Extract: _fixed(BIGINT),
    exp.Date: _fixed(DATE), exp.LastDay: _fixed(DATE), exp.Year: _fixed(BIGINT), exp.Month: _fixed(BIGINT),
    exp.Day: _fixed(BIGINT),
    exp.Hour: _fixed(BIGINT), exp.Minute: _fixed(BIGINT), exp.Second: _fixed(BIGINT), exp.Quarter: _fixed(BIGINT),
    exp.WeekOfYear: _fixed(BIGINT), exp.Week: _fixed(BIGINT), exp.DayOfYear: _fixed(BIGINT),
    exp.DayOfMonth: _fixed(BIGINT),
    exp.DayOfWeekIso: _fixed(BIGINT), exp.YearOfWeek: _fixed(BIGINT), exp.FromISO8601Timestamp: _fixed(UNKNOWN),
    exp.FromISO8601Date: _fixed(DATE),
    exp.BitwiseAndAgg: _needs(_number, BIGINT), exp.BitwiseOrAgg: _needs(_number, BIGINT),
    # text
    exp.DPipe: _concat, exp.Concat: _concat, exp.ConcatWs: _fixed(VARCHAR), exp.Length: _needs(_text, BIGINT),
    exp.Lower: _needs(_text, VARCHAR), exp.Upper: _needs(_text, VARCHAR), exp.Trim: _needs(_text, VARCHAR),
    exp.Substring: _needs(_text, VARCHAR), exp.StrPosition: _needs(_text, BIGINT), exp.Replace: _needs(_text, VARCHAR),
    exp.Reverse: _needs(_text, VARCHAR), exp.Pad: _needs(_text, VARCHAR), exp.SplitPart: _needs(_text, VARCHAR),
    exp.Split: _split,
    exp.RegexpExtract: _needs(_text, VARCHAR), exp.RegexpReplace: _needs(_text, VARCHAR),
    exp.RegexpCount: _needs(_text, BIGINT),
    exp.Chr: _fixed(VARCHAR), exp.Translate: _needs(_text, VARCHAR), exp.Hex: _fixed(VARCHAR),
    exp.LowerHex: _fixed(VARCHAR),
    exp.MD5Digest: _fixed(Type("varbinary")), exp.SHA2Digest: _fixed(Type("varbinary")),
    exp.SHA1Digest: _fixed(Type("varbinary")),
    exp.SHA: _fixed(Type("varbinary")), exp.SHA2: _fixed(Type("varbinary")),
    exp.Encode: _needs(_text, Type("varbinary")), exp.FromBase: _fixed(BIGINT),
    # JSON and nested values
    exp.JSONExtractScalar: _fixed(VARCHAR), exp.JSONExtract: _fixed(Type("json")), exp.Array: _array,
    exp.Bracket: _element,
    exp.ArraySize: _fixed(BIGINT), exp.ArrayToString: _fixed(VARCHAR), exp.ArrayContains: _fixed(BOOLEAN),
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
