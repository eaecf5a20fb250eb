"""Trino functions whose DuckDB form depends on the types or the literals of their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce as fold

from sqlglot import exp

from .build import BLANKS, cast, duck, fail, fn, number_literal, text_literal, unscaled
from .special_dates import DATES
from .types import decimal_of, kind, trino_name

__all__ = ["SPECIAL"]

Builder = Callable[[exp.Anonymous], exp.Expr]
SPECIAL: dict[str, Builder] = {**DATES}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        SPECIAL.update(dict.fromkeys(names, builder))
        return builder

    return keep


def _case(*pairs: tuple[exp.Expr, exp.Expr], default: exp.Expr | None = None) -> exp.Case:
    branches = [exp.If(this=when, true=then) for when, then in pairs]
    return exp.Case(ifs=branches, default=default)


@_special("length")
def _length(node: exp.Anonymous) -> exp.Expr:
    binary = kind(node.expressions[0].type) == "varbinary"
    return exp.Anonymous(this="octet_length" if binary else "length", expressions=node.expressions)


@_special("trim", "ltrim", "rtrim")
def _trim(node: exp.Anonymous) -> exp.Expr:
    """Every kind of white space, where no characters are named."""
    return fn(str(node.this).lower(), *[*node.expressions, text_literal(BLANKS)][:2])


@_special("lower")
def _lower(node: exp.Anonymous) -> exp.Expr:
    """LOWER(TO_HEX(MD5(x))) is what DuckDB's own md5 gives."""
    hexed = node.expressions[0]
    digest = hexed.expressions[0] if isinstance(hexed, exp.Anonymous) and hexed.this == "hex" else None
    if isinstance(digest, exp.Anonymous) and digest.this == "trino_md5":
        return fn("md5", *digest.expressions)
    return fn("lower", hexed)


# -- aggregates -------------------------------------------------------------------------------------------------------


@_special("count")
def _count(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="count", expressions=node.expressions or [exp.Star()])


@_special("count_if")
def _count_if(node: exp.Anonymous) -> exp.Expr:
    """0 for no rows, where DuckDB's own is NULL."""
    return fn("count", _case((node.expressions[0], number_literal(1))))


@_special("avg")
def _avg(node: exp.Anonymous) -> exp.Expr:
    if kind(node.type) != "decimal":
        return _sum(node)
    _, scale = decimal_of(node.type) or (38, 0)
    value = node.expressions[0]
    distinct = isinstance(value, exp.Distinct)
    digits = unscaled(value.expressions[0] if distinct else value, scale, 0)
    made = exp.Anonymous(this="sum", expressions=[exp.Distinct(expressions=[digits]) if distinct else digits])
    made.meta["average"] = node.type  # DuckDB's own is a double, which cannot be rounded half up
    return made


@_special("sum")
def _sum(node: exp.Anonymous) -> exp.Expr:
    made = exp.Anonymous(this=str(node.this).lower(), expressions=node.expressions)
    made.meta["cast"] = node.type
    return made


@_special("min", "max")
def _extreme(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this=str(node.this).lower(), expressions=node.expressions)


@_special("max_by", "min_by")
def _by(node: exp.Anonymous) -> exp.Expr:
    name = "arg_max_null" if str(node.this).lower() == "max_by" else "arg_min_null"
    return exp.Anonymous(this=name, expressions=node.expressions)


@_special("approx_percentile")
def _percentile(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) != 2:
        raise fail("NOT_SUPPORTED", "not rehearsable: weighted approx_percentile")
    made = exp.Anonymous(this="approx_quantile", expressions=node.expressions)
    made.meta["cast"] = node.type
    return made


@_special("map_agg")
def _map_agg(node: exp.Anonymous) -> exp.Expr:
    made = fn("list", fn("row", *node.expressions))
    made.meta["wrap"] = "map_from_entries"
    return made


@_special("listagg")
def _listagg(node: exp.Anonymous) -> exp.Expr:
    return exp.Anonymous(this="string_agg", expressions=[*node.expressions, text_literal("")][:2])


# -- numbers ----------------------------------------------------------------------------------------------------------


@_special("round")
def _round(node: exp.Anonymous) -> exp.Expr:
    value, *places = node.expressions
    if kind(value.type) == "decimal" and places:
        _, scale = decimal_of(value.type) or (38, 0)
        if isinstance(places[0], exp.Literal) and int(places[0].name) >= scale:
            return cast(value, node.type)
    return cast(exp.Anonymous(this="round", expressions=node.expressions), node.type)


@_special("ceil", "ceiling", "floor")
def _whole(node: exp.Anonymous) -> exp.Expr:
    name = "floor" if str(node.this).lower() == "floor" else "ceil"
    return cast(fn(name, *node.expressions), node.type)


@_special("truncate")
def _truncate(node: exp.Anonymous) -> exp.Expr:
    if len(node.expressions) == 1:
        return cast(fn("trunc", *node.expressions), node.type)
    return cast(fn("trino_truncate", *node.expressions), node.type)


@_special("mod")
def _mod(node: exp.Anonymous) -> exp.Expr:
    first, second = node.expressions
    if kind(node.type) in {"double", "real", "unknown"}:
        return exp.Mod(this=exp.paren(first, copy=False), expression=exp.paren(second, copy=False))
    return cast(fn("trino_mod", first, second), node.type)


@_special("greatest", "least")
def _greatest(node: exp.Anonymous) -> exp.Expr:
    """NULL when any argument is NULL; DuckDB, as Redshift, passes over NULLs."""
    nulls: list[exp.Expr] = [exp.Is(this=argument.copy(), expression=exp.Null()) for argument in node.expressions]
    found = fn(str(node.this).lower(), *node.expressions)
    return _case((exp.or_(*nulls, copy=False), exp.Null()), default=found)


# -- conditions and constructors --------------------------------------------------------------------------------------


@_special("coalesce")
def _coalesce(node: exp.Anonymous) -> exp.Expr:
    return exp.Coalesce(this=node.expressions[0], expressions=node.expressions[1:])


@_special("nullif")
def _nullif(node: exp.Anonymous) -> exp.Expr:
    return exp.Nullif(this=node.expressions[0], expression=node.expressions[1])


@_special("if")
def _if(node: exp.Anonymous) -> exp.Expr:
    condition, then, *otherwise = node.expressions
    return _case((condition, then), default=otherwise[0] if otherwise else None)


@_special("typeof")
def _typeof(node: exp.Anonymous) -> exp.Expr:
    return text_literal(trino_name(node.expressions[0].type))


@_special("concat")
def _concat(node: exp.Anonymous) -> exp.Expr:
    if kind(node.expressions[0].type) == "array":
        return fn("list_concat", *node.expressions)
    return fold(lambda a, b: exp.DPipe(this=a, expression=b), node.expressions)


@_special("format")
def _format(node: exp.Anonymous) -> exp.Expr:
    """Java's %s, %d, %x and %.nf are C's too; the rest is not rehearsable."""
    pattern = node.expressions[0]
    found = re.findall(r"%[^a-zA-Z%]*[a-zA-Z%]", pattern.name)
    if not isinstance(pattern, exp.Literal) or any(not re.fullmatch(r"%[-0]?\d*(\.\d+)?[sdxf%]", f) for f in found):
        raise fail("NOT_SUPPORTED", "not rehearsable: format() beyond %s, %d, %x and %.nf")
    kinds = [f[-1] for f in found if f[-1] != "%"]
    arguments = [
        cast(value, duck("TEXT")) if letter == "s" else cast(value, duck("DOUBLE" if letter == "f" else "BIGINT"))
        for letter, value in zip(kinds, node.expressions[1:], strict=False)
    ]
    return fn("printf", pattern, *arguments)


@_special("element_at")
def _element_at(node: exp.Anonymous) -> exp.Expr:
    held, key = node.expressions
    if kind(held.type) == "map":
        return exp.Bracket(this=held, expressions=[key])
    return fn("trino_element_at", held, key)


@_special("cardinality")
def _cardinality(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    return cast(fn("cardinality" if kind(value.type) == "map" else "len", value), duck("BIGINT"))


@_special("sequence")
def _sequence(node: exp.Anonymous) -> exp.Expr:
    first = node.expressions[0]
    steps = list(node.expressions)
    if kind(first.type) == "date" and len(steps) == 2:
        steps.append(exp.Interval(this=text_literal("1"), unit=exp.var("DAY")))
    return cast(fn("generate_series", *steps), node.type)


@_special("repeat")
def _repeat(node: exp.Anonymous) -> exp.Expr:
    return fn("repeat", exp.Array(expressions=[node.expressions[0]]), node.expressions[1])


@_special("map")
def _map(node: exp.Anonymous) -> exp.Expr:
    return fn("map", *node.expressions)


@_special("row")
def _row(node: exp.Anonymous) -> exp.Expr:
    fields = [exp.PropertyEQ(this=exp.to_identifier(f"field{n}"), expression=v) for n, v in enumerate(node.expressions)]
    return exp.Struct(expressions=fields)


@_special("any_match", "all_match", "none_match")
def _match(node: exp.Anonymous) -> exp.Expr:
    """Any, all or none of an array, with Trino's three values."""
    name = str(node.this).lower()
    values, function = node.expressions
    if name == "all_match":
        body = exp.Not(this=exp.paren(function.this, copy=False))
        function = exp.Lambda(this=body, expressions=function.expressions)
    found = fn("trino_any", fn("list_transform", values, function))
    return found if name == "any_match" else exp.Not(this=found)


@_special("reduce")
def _reduce(node: exp.Anonymous) -> exp.Expr:
    values, start, step, last = node.expressions
    found = fn("list_reduce", values, step, start)
    name, body = last.expressions[0].name.lower(), last.this

    def put(part: exp.Expr) -> exp.Expr:
        is_name = isinstance(part, exp.Identifier) and part.name.lower() == name
        return found.copy() if is_name else part

    return body.transform(put)
