"""Every Trino expression that the translator knows, and how its type follows from its parts.

A node that is not named here is not known, and what is not known is refused. Argument types that Trino rejects are
findings about the source query.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from . import moment_types as moments
from . import nested_types as nested
from . import result_types as results
from .argument_types import Signature, is_moment, is_number, is_text, needs
from .parameters import TIME_FILTER
from .types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, NULL, TIMESTAMP, UNKNOWN, UTC, VARCHAR, Type

__all__ = ["signature"]


def _fixed(kind: Type) -> Signature:
    return lambda _: kind


def _all(check: Signature, *nodes: type[exp.Expression]) -> dict[type[exp.Expression], Signature]:
    """Nodes of one signature."""
    return dict.fromkeys(nodes, check)


_BY_NODE: Final[dict[type[exp.Expression], Signature]] = {
    **_all(_fixed(BOOLEAN), exp.Boolean, exp.And, exp.Or, exp.Not, exp.Is, exp.Exists, exp.Escape),
    **_all(results.passing, exp.Paren, exp.Neg, exp.Alias, exp.Any, exp.Try),
    **_all(results.binary, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod),
    **_all(results.comparison, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ,
           exp.Like),
    **_all(needs(is_text, BOOLEAN), exp.RegexpLike, exp.StartsWith),
    **_all(results.common_type, exp.Coalesce, exp.Greatest, exp.Least),
    **_all(results.cast, exp.Cast, exp.TryCast),
    exp.Literal: results.literal, exp.Null: _fixed(NULL), exp.Between: results.between, exp.In: results.in_list,
    exp.Case: results.case, exp.If: results.if_else, exp.Nullif: results.nullif,
    # aggregates and windows
    **_all(_fixed(BIGINT), exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RowNumber, exp.Rank, exp.DenseRank,
           exp.Ntile, exp.Grouping),
    **_all(needs(bool), exp.Min, exp.Max, exp.AnyValue, exp.ArgMax, exp.ArgMin),
    **_all(_fixed(BOOLEAN), exp.LogicalAnd, exp.LogicalOr),
    **_all(needs(is_number, DOUBLE), exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop,
           exp.Corr, exp.CovarPop, exp.CovarSamp, exp.RegrSlope, exp.RegrIntercept),
    **_all(results.passing, exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls, exp.FirstValue, exp.LastValue,
           exp.NthValue),
    **_all(_fixed(DOUBLE), exp.PercentRank, exp.CumeDist),
    **_all(results.lag, exp.Lag, exp.Lead),
    exp.Sum: results.sum_of, exp.Avg: results.avg, exp.ApproxQuantile: needs(is_number),
    exp.GroupConcat: needs(is_text, VARCHAR), exp.ArrayAgg: nested.array_agg,
    # numbers
    **_all(results.ceil, exp.Ceil, exp.Floor),
    **_all(needs(is_number, DOUBLE), exp.Pow, exp.Sqrt, exp.Cbrt, exp.Exp, exp.Ln, exp.Log,
           exp.Sin, exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan, exp.Atan2, exp.Degrees, exp.Radians),
    **_all(needs(is_number, BIGINT), exp.BitwiseNot, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor),
    exp.Round: results.rounded, exp.Trunc: results.trunc, exp.Abs: needs(is_number), exp.Sign: results.sign,
    exp.Rand: results.random, exp.Pi: _fixed(DOUBLE), exp.Placeholder: _fixed(UNKNOWN),
    # dates
    **_all(_fixed(DATE), exp.CurrentDate, exp.Date, exp.LastDay, exp.FromISO8601Date),
    **_all(_fixed(TIMESTAMP), exp.Localtimestamp, exp.StrToTime),
    exp.DateAdd: moments.date_add, **_all(moments.of_date_unit, exp.TimestampTrunc, exp.DateTrunc),
    **_all(_fixed(BIGINT), exp.DateDiff, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second,
           exp.Quarter, exp.WeekOfYear, exp.Week, exp.DayOfYear, exp.DayOfMonth, exp.DayOfWeekIso, exp.YearOfWeek),
    **_all(needs(is_number, BIGINT), exp.BitwiseAndAgg, exp.BitwiseOrAgg),
    exp.CurrentTimestamp: _fixed(UTC), exp.Interval: moments.interval, exp.UnixToTime: moments.unixtime,
    exp.TimeToUnix: _fixed(DOUBLE), exp.AtTimeZone: moments.timezone, exp.TimeToStr: needs(is_moment, VARCHAR),
    exp.FromISO8601Timestamp: moments.iso_moment, exp.ParseDatetime: moments.parsed_moment,
    # text
    **_all(results.concat, exp.DPipe, exp.Concat),
    **_all(_fixed(VARCHAR), exp.ConcatWs, exp.Chr, exp.Hex, exp.LowerHex, exp.Format),
    **_all(needs(is_text, BIGINT), exp.Length, exp.StrPosition, exp.RegexpCount),
    **_all(needs(is_text, VARCHAR), exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Replace, exp.Reverse, exp.Pad,
           exp.SplitPart, exp.RegexpExtract, exp.RegexpReplace, exp.Translate),
    **_all(_fixed(Type("varbinary")), exp.MD5Digest, exp.SHA2Digest, exp.SHA1Digest, exp.SHA, exp.SHA2),
    exp.Split: nested.split, exp.Encode: needs(is_text, Type("varbinary")), exp.FromBase: _fixed(BIGINT),
    # JSON and nested values
    **_all(_fixed(VARCHAR), exp.JSONExtractScalar, exp.ArrayToString),
    exp.JSONExtract: _fixed(Type("json")), exp.Array: nested.array, exp.GenerateSeries: nested.series,
    exp.Map: nested.map_of, exp.Bracket: nested.element, exp.RegexpExtractAll: nested.split,
    **_all(nested.same_array, exp.ArraySort, exp.ArrayDistinct),
    exp.ArraySize: _fixed(BIGINT), exp.ArrayContains: _fixed(BOOLEAN),
}  # fmt: skip

_BY_NAME: Final[dict[str, Signature]] = {
    "at_timezone": _fixed(UNKNOWN), "with_timezone": _fixed(UNKNOWN), "every": _fixed(BOOLEAN),
    TIME_FILTER: _fixed(BOOLEAN),
    "codepoint": _fixed(INTEGER),
    "json_array_length": _fixed(BIGINT), "to_iso8601": _fixed(VARCHAR), "format_datetime": _fixed(VARCHAR),
    "geometric_mean": results.geometric_mean, "truncate": _fixed(UNKNOWN), "regexp_position": _fixed(INTEGER),
    "url_extract_host": _fixed(VARCHAR), "url_extract_path": _fixed(VARCHAR), "e": _fixed(DOUBLE),
    "degrees": _fixed(DOUBLE), "radians": _fixed(DOUBLE), "is_nan": _fixed(BOOLEAN), "millisecond": _fixed(BIGINT),
}  # fmt: skip


def signature(node: exp.Expression) -> Signature | None:
    """How to type this node; None when the translator does not know it."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() in ("at_timezone", "with_timezone") and len(node.expressions) == 2:
            return moments.named_zone
        return _BY_NAME.get(node.name.lower())
    return _BY_NODE.get(type(node))
