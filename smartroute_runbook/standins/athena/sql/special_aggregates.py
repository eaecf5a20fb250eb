"""Trino's aggregates whose DuckDB form depends on the types of their arguments."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .build import cast, choice, duck, fail, fn, number_literal, text_literal, unscaled
from .types import decimal_of, in_months, kind

__all__ = ["AGGREGATES"]

Builder = Callable[[exp.Anonymous], exp.Expr]
AGGREGATES: dict[str, Builder] = {}
_WHOLE = {"tinyint", "smallint", "integer", "bigint"}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        AGGREGATES.update(dict.fromkeys(names, builder))
        return builder

    return keep


@_special("count")
def _count(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="count", expressions=node.expressions or [exp.Star()])


@_special("count_if")
def _count_if(node: exp.Anonymous) -> exp.Expr:
    """0 for no rows, where DuckDB's own is NULL."""
    value = node.expressions[0]
    if isinstance(value, exp.Distinct):
        return fn("count", exp.Distinct(expressions=[choice((value.expressions[0], number_literal(1)))]))
    return fn("count", choice((value, number_literal(1))))


def _of_intervals(name: str, value: exp.Expr, of: exp.DataType | None) -> exp.Expr:
    """Of their months or milliseconds, which DuckDB can add."""
    unit = "months" if in_months(of) else "milliseconds"
    inner = value.expressions[0] if isinstance(value, exp.Distinct) else value
    number = fn(f"trino_{unit}_of", inner)
    aggregate = fn(name, exp.Distinct(expressions=[number]) if isinstance(value, exp.Distinct) else number)
    aggregate.meta["wrap"] = f"trino_interval_of_{unit}"
    return aggregate


@_special("avg")
def _avg(node: exp.Anonymous) -> exp.Expr:
    if kind(node.type) == "interval":
        return _of_intervals("avg", node.expressions[0], node.type)
    if kind(node.type) != "decimal":
        value = node.expressions[0]
        if isinstance(value, exp.Distinct):
            value.set("expressions", [cast(value.expressions[0], duck("DOUBLE"))])
        elif kind(value.type) in _WHOLE:  # added as doubles, one by one
            node.set("expressions", [cast(value, duck("DOUBLE"))])
        return _sum(node)
    _, scale = decimal_of(node.type) or (38, 0)
    value = node.expressions[0]
    distinct = isinstance(value, exp.Distinct)
    digits = unscaled(value.expressions[0] if distinct else value, scale, 0)
    aggregate = exp.Anonymous(this="sum", expressions=[exp.Distinct(expressions=[digits]) if distinct else digits])
    aggregate.meta["average"] = node.type  # DuckDB's own is a double, which cannot be rounded half up
    return aggregate


@_special("sum")
def _sum(node: exp.Anonymous) -> exp.Expr:
    if kind(node.type) == "interval":
        return _of_intervals("sum", node.expressions[0], node.type)
    value = node.expressions[0]
    whole = isinstance(value, exp.Cast) and decimal_of(value.type) == (38, 0) and kind(value.this.type) in _WHOLE
    # A sum of whole numbers is one of 128 bits: the same as of decimals of 38 digits, in a third of the time.
    given = [value.this] if whole and node.type and decimal_of(node.type) == (38, 0) else node.expressions
    aggregate = exp.Anonymous(this=str(node.this).lower(), expressions=given)
    aggregate.meta["cast"] = node.type
    if kind(node.type) == "real":  # a double here, which may be beyond a real's range
        aggregate.meta["wrap"] = "trino_double_real"
    return aggregate


@_special("lag", "lead")
def _shifted(node: exp.Anonymous) -> exp.Expr:
    """Value and default in their common type: DuckDB would cut the default to what the value is."""
    value, *rest = node.expressions
    if len(rest) == 2:
        value, rest = cast(value, node.type), [rest[0], cast(rest[1], node.type)]
    return exp.Anonymous(this=str(node.this).lower(), expressions=[value, *rest])


def _collected(wrap: str, *values: exp.Expr) -> exp.Expr:
    """The rows' values as a list of rows, for a macro that looks at all of them."""
    distinct = isinstance(values[0], exp.Distinct)
    first = values[0].expressions[0] if distinct else values[0]
    row = fn("row", first, *values[1:])
    aggregate = fn("list", exp.Distinct(expressions=[row]) if distinct else row)
    aggregate.meta["wrap"] = wrap
    return aggregate


@_special("min", "max")
def _extreme(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 2:
        return _collected(f"trino_{str(node.this).lower()}_n", *node.expressions)
    value = node.expressions[0]
    value = value.expressions[0] if isinstance(value, exp.Distinct) else value
    if str(node.this).lower() == "max" and kind(value.type) in {"double", "real"}:  # any number is more than NaN
        least = cast(text_literal("-Infinity"), duck("DOUBLE"))
        return fn("arg_max", value, choice((fn("isnan", value.copy()), least), default=value.copy()))
    return exp.Anonymous(this=str(node.this).lower(), expressions=node.expressions)


@_special("max_by", "min_by")
def _by(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 3:
        value, key, count = node.expressions
        return _collected(f"trino_{str(node.this).lower()}_n", key, count, value)
    name = "arg_max_null" if str(node.this).lower() == "max_by" else "arg_min_null"
    return exp.Anonymous(this=name, expressions=node.expressions)


@_special("approx_distinct")
def _approx_distinct(node: exp.Anonymous) -> exp.Expr:
    """Exactly, as Trino counts few values; how exact it is to be does not matter here."""
    value = node.expressions[0]
    aggregate = fn("count", value if isinstance(value, exp.Distinct) else exp.Distinct(expressions=[value]))
    aggregate.meta["cast"] = node.type
    return aggregate


@_special("approx_percentile")
def _percentile(node: exp.Anonymous) -> exp.Expr:
    """The row at its rank, as Trino's sketch gives it while it holds each value by itself."""
    if len(node.expressions) != 2:
        raise fail("NOT_SUPPORTED", "not rehearsable: weighted approx_percentile")
    value, share = node.expressions
    several = "s" if kind(share.type) == "array" else ""
    whole = "whole" if kind(value.type) in _WHOLE else "real"
    aggregate = _collected(f"trino_{whole}_percentile{several}", value, share)
    aggregate.meta["cast"] = node.type
    return aggregate


@_special("map_agg", "multimap_agg")
def _map_agg(node: exp.Anonymous) -> exp.Expr:
    aggregate = fn("list", fn("row", *node.expressions))
    aggregate.meta["wrap"] = f"trino_{str(node.this).lower()}"
    return aggregate


@_special("numeric_histogram")
def _numeric_histogram(node: exp.Anonymous) -> exp.Expr:
    buckets, value, *weight = node.expressions
    aggregate = _collected(
        "trino_numeric_histogram",
        buckets,
        cast(value, duck("DOUBLE")),
        cast(weight[0], duck("DOUBLE")) if weight else number_literal("1e0"),
    )
    aggregate.meta["cast"] = node.type
    return aggregate


@_special("approx_most_frequent")
def _most_frequent(node: exp.Anonymous) -> exp.Expr:
    buckets, value, capacity = node.expressions
    if kind(value.type) not in {"varchar", "bigint", "integer", "smallint", "tinyint"}:
        raise fail("FUNCTION_NOT_FOUND", "Unexpected parameters for function approx_most_frequent.")
    of = "texts" if kind(value.type) == "varchar" else "numbers"
    return _collected(f"trino_frequent_{of}_of", buckets, value, capacity)


_WHOLE = {"tinyint", "smallint", "integer", "bigint", "boolean"}


@_special("checksum")
def _checksum(node: exp.Anonymous) -> exp.Expr:
    inner = node.expressions[0]
    distinct = isinstance(inner, exp.Distinct)
    value = inner.expressions[0] if distinct else inner
    name, held = kind(value.type), decimal_of(value.type)
    if name in _WHOLE:
        of, stored = "whole", cast(value, duck("BIGINT"))
    elif name == "date":
        of, stored = "whole", fn("date_diff", text_literal("day"), exp.cast(text_literal("1970-01-01"), "DATE"), value)
    elif name == "timestamp":
        of, stored = "whole", fn("epoch_us", value)
    elif name == "decimal" and held and held[0] <= 18:
        of, stored = "whole", exp.Cast(this=unscaled(value, held[1], 0), to=duck("BIGINT"))
    elif name == "double":
        of, stored = "doubles", value
    elif name in {"varchar", "varbinary"}:
        of, stored = "texts", fn("encode", value) if name == "varchar" else value
    else:
        raise fail("NOT_SUPPORTED", f"not rehearsable: checksum of {name}")
    aggregate = fn("list", exp.Distinct(expressions=[stored]) if distinct else stored)
    aggregate.meta["wrap"] = f"trino_checksum_{of}"
    return aggregate


@_special("histogram")
def _histogram(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="histogram", expressions=node.expressions)


@_special("skewness")
def _skewness(node: exp.Anonymous) -> exp.Expr:
    """Of the rows themselves, where DuckDB's estimates that of a larger population."""
    value = node.expressions[0]
    distinct = isinstance(value, exp.Distinct)
    number = cast(value.expressions[0] if distinct else value, duck("DOUBLE"))
    aggregate = fn("list", exp.Distinct(expressions=[number]) if distinct else number)
    aggregate.meta["wrap"] = "trino_skewness"
    return aggregate


@_special("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "geometric_mean")
def _two_columns(node: exp.Anonymous) -> exp.Expr:
    """NULL of what is no number, such as a slope over one point; a mean stays NaN."""
    name = str(node.this).lower()
    if name == "geometric_mean":
        inner = node.expressions[0]
        value = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner
        logs: exp.Expr = fn("trino_ln", cast(value, duck("DOUBLE")))
        aggregate = fn("avg", exp.Distinct(expressions=[logs]) if isinstance(inner, exp.Distinct) else logs)
        aggregate.meta["wrap"] = "exp"
    else:
        aggregate = exp.Anonymous(this=name, expressions=node.expressions)
        aggregate.meta["wrap"] = "trino_finite"
    aggregate.meta["cast"] = node.type
    return aggregate


@_special("listagg")
def _listagg(node: exp.Anonymous) -> exp.Expr:
    given = list(node.expressions)
    if isinstance(given[0], exp.Distinct) and len(given[0].expressions) > 1:  # LISTAGG(DISTINCT x, ','): read as a pair
        value, *given[1:] = given[0].expressions
        given[0] = exp.Distinct(expressions=[value])
    aggregate = exp.Anonymous(this="string_agg", expressions=[*given, text_literal("")][:2])
    aggregate.meta["wrap"] = "trino_listagg"
    return aggregate
