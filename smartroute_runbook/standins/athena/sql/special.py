"""Trino functions whose DuckDB form depends on the types or the literals of their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce as fold

from sqlglot import exp

from .build import BLANKS, cast, choice, duck, fail, fn, in_common, number_literal, text_literal
from .casts import cast_value
from .comparisons import compare
from .lambdas import LAMBDAS
from .replacements import regexp_replace, require_some_text
from .special_aggregates import AGGREGATES
from .special_collections import COLLECTIONS
from .special_dates import DATES
from .special_json import JSON
from .special_numbers import BITS, NUMBERS
from .types import VARCHAR, kind, trino_name

__all__ = ["SPECIAL"]

Builder = Callable[[exp.Anonymous], exp.Expr]
SPECIAL: dict[str, Builder] = {
    "regexp_replace": regexp_replace,
    **AGGREGATES,
    **COLLECTIONS,
    **DATES,
    **JSON,
    **LAMBDAS,
    **NUMBERS,
}


def _special(*names: str) -> Callable[[Builder], Builder]:
    def keep(builder: Builder) -> Builder:
        SPECIAL.update(dict.fromkeys(names, builder))
        return builder

    return keep


@_special("length")
def _length(node: exp.Anonymous) -> exp.Expr:
    binary = kind(node.expressions[0].type) == "varbinary"
    return exp.Anonymous(this="octet_length" if binary else "length", expressions=node.expressions)


@_special("trim", "ltrim", "rtrim")
def _trim(node: exp.Anonymous) -> exp.Expr:
    """Every kind of white space, where no characters are named; a CHAR without what it is padded with."""
    value, *letters = node.expressions
    plain = fn("rtrim", value, text_literal(" ")) if kind(value.type) == "char" else value
    return fn(str(node.this).lower(), plain, *(letters or [text_literal(BLANKS)]))


@_special("upper")
def _upper(node: exp.Anonymous) -> exp.Expr:
    return fn("trino_upper", *node.expressions)


@_special("reverse")
def _reverse(node: exp.Anonymous) -> exp.Expr:
    name = {"array": "list_reverse", "varbinary": "trino_reverse_bytes"}.get(kind(node.expressions[0].type), "reverse")
    return fn(name, *node.expressions)


@_special("substr", "substring")
def _substr(node: exp.Anonymous) -> exp.Expr:
    if kind(node.expressions[0].type) != "varbinary":
        return fn("trino_substr", *node.expressions)
    value, *places = node.expressions  # two hexadecimal digits a byte
    return fn("trino_substr_bytes", value, *[*places, number_literal(2**31 - 1)][:2])


@_special("from_utf8")
def _from_utf8(node: exp.Anonymous) -> exp.Expr:
    data, *instead = node.expressions
    if isinstance(data, exp.Anonymous) and data.this == "encode":  # of a text, which is UTF-8 here
        return data.expressions[0]
    if not instead:
        return fn("trino_from_utf8_with", data, text_literal("\ufffd"))
    if kind(instead[0].type) in BITS:
        return fn("trino_from_utf8_point", data, cast(instead[0], duck("BIGINT")))
    return fn("trino_from_utf8_with", data, cast_value(instead[0], VARCHAR))


@_special("regexp_extract")
def _regexp_extract(node: exp.Anonymous) -> exp.Expr:
    """A group that need not take part is looked for in Python: RE2 does not tell it from an empty one."""
    text, pattern, *group = node.expressions
    if not group or not isinstance(pattern, exp.Literal) or not isinstance(group[0], exp.Literal):
        return fn("trino_regexp_extract", *node.expressions)
    try:
        groups = re.compile(pattern.name).groups
    except re.error:
        return fn("trino_regexp_extract", *node.expressions)
    if int(group[0].name) > groups:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"Pattern has {groups} groups. Cannot access group {group[0].name}")
    if group[0].name != "0" and re.search(r"\||\)[?*{]", pattern.name):
        return fn("trino_matched_group", text, pattern, cast(group[0], duck("BIGINT")))
    return fn("trino_regexp_extract", *node.expressions)


@_special("regexp_split")
def _regexp_split(node: exp.Anonymous) -> exp.Expr:
    if isinstance(node.expressions[1], exp.Literal):
        require_some_text(node.expressions[1].name)
    return fn("trino_regexp_split", *node.expressions)


@_special("lower")
def _lower(node: exp.Anonymous) -> exp.Expr:
    """LOWER(TO_HEX(MD5(x))) is what DuckDB's own md5 gives."""
    hexed = node.expressions[0]
    digest = hexed.expressions[0] if isinstance(hexed, exp.Anonymous) and hexed.this == "hex" else None
    if isinstance(digest, exp.Anonymous) and digest.this == "trino_md5":
        return fn("md5", *digest.expressions)
    return fn("lower", hexed)


@_special("greatest", "least")
def _greatest(node: exp.Anonymous) -> exp.Expr:
    """NULL when any argument is NULL; DuckDB, as Redshift, passes over NULLs."""
    nulls: list[exp.Expr] = [exp.Is(this=argument.copy(), expression=exp.Null()) for argument in node.expressions]
    values = _alike(node.expressions, node.type)
    name = str(node.this).lower()
    found = fn(name, *values)
    if kind(node.type) in {"double", "real"}:  # NaN is neither, where there is a number
        found = cast(fn(f"trino_{name}", exp.Array(expressions=values)), node.type)
    return choice((exp.or_(*nulls, copy=False), exp.Null()), default=found)


# -- conditions and constructors --------------------------------------------------------------------------------------


def _alike(values: list[exp.Expr], to: exp.DataType | None) -> list[exp.Expr]:
    """All in their common type."""
    return [in_common(value, to) for value in values]


@_special("coalesce")
def _coalesce(node: exp.Anonymous) -> exp.Expr:
    first, *others = _alike(node.expressions, node.type)
    return exp.Coalesce(this=first, expressions=others)


@_special("nullif")
def _nullif(node: exp.Anonymous) -> exp.Expr:
    value, other = node.expressions
    if {"char", "double", "real"} & {kind(value.type), kind(other.type)}:  # equal as ``=`` has it
        return choice((compare(exp.EQ(this=value.copy(), expression=other)), exp.Null()), default=value)
    return exp.Nullif(this=value, expression=other)


@_special("if")
def _if(node: exp.Anonymous) -> exp.Expr:
    condition, *values = node.expressions
    then, *otherwise = _alike(values, node.type)
    return choice((condition, then), default=otherwise[0] if otherwise else None)


@_special("typeof")
def _typeof(node: exp.Anonymous) -> exp.Expr:
    value = node.expressions[0]
    if "varchar" in re.sub(r"varchar\(", "", trino_name(value.type)) and isinstance(
        value, exp.Anonymous | exp.DPipe | exp.Case
    ):
        raise fail("NOT_SUPPORTED", "not rehearsable: typeof of a text's length that functions change")
    return text_literal(trino_name(value.type))


@_special("concat")
def _concat(node: exp.Anonymous) -> exp.Expr:
    if kind(node.expressions[0].type) == "array":
        return fn("list_concat", *node.expressions)
    return fold(lambda a, b: exp.DPipe(this=a, expression=b), node.expressions)


@_special("concat_ws")
def _concat_ws(node: exp.Anonymous) -> exp.Expr:
    """Texts, or one array of them; NULLs are passed over."""
    separator, *values = node.expressions
    if len(values) == 1 and kind(values[0].type) == "array":
        return fn("trino_concat_ws", separator, values[0])
    for value in values:
        if kind(value.type) not in {"varchar", "null", "unknown"}:
            types = ", ".join(trino_name(each.type) for each in node.expressions)
            raise fail("FUNCTION_NOT_FOUND", f"Unexpected parameters ({types}) for function concat_ws.")
    return fn("concat_ws", *node.expressions)


@_special("format")
def _format(node: exp.Anonymous) -> exp.Expr:
    """Java's %s, %d and %x are C's too; %.nf rounds the shortest digits half up, and is put in as a text."""
    pattern = node.expressions[0]
    found = re.findall(r"%[^a-zA-Z%]*[a-zA-Z%]", pattern.name)
    if not isinstance(pattern, exp.Literal) or any(
        not re.fullmatch(r"%-?[1-9]?\d*(\.\d+)?[sf%]|%[-0]?\d*[dx]|%%", one)
        or (re.match("%-?0", one) and one[-1] == "f")
        for one in found
    ):
        raise fail("NOT_SUPPORTED", "not rehearsable: format() beyond %s, %d, %x and %.nf")
    arguments = []
    for form, value in zip((one for one in found if one[-1] != "%"), node.expressions[1:], strict=False):
        _check_form(form, value)
        arguments.append(fn("coalesce", _formatted(form, value), text_literal(_java_null(form))))
    texts = re.sub(r"%[^a-zA-Z%]*[a-zA-Z%]", lambda one: one[0] if one[0][-1] == "%" else "%s", pattern.name)
    return fn("printf", text_literal(texts), *arguments)


def _check_form(form: str, value: exp.Expr) -> None:
    """What Java refuses for a form, and what it writes otherwise than a CAST does."""
    have = kind(value.type)
    if form[-1] in "dx" and have not in {*BITS, "null", "unknown"}:
        raise fail("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {form} (IllegalFormatConversion)")
    if have in {"array", "map", "row"}:
        raise fail("NOT_SUPPORTED", f"Type not supported for formatting: {trino_name(value.type)}")
    if form[-1] == "s" and have in {"double", "real"}:
        raise fail("NOT_SUPPORTED", "not rehearsable: format() of a double with %s, whose text is Java's")


def _formatted(form: str, value: exp.Expr) -> exp.Expr:
    """One value in its form, as a text; NULL for NULL."""
    if form[-1] == "s":
        return fn("printf", text_literal(form), cast_value(value, VARCHAR))
    if form[-1] in "dx":
        return fn("printf", text_literal(form), cast(value, duck("BIGINT")))
    digits = number_literal(re.sub(r".*\.", "", form[:-1]) if "." in form else 6)
    fixed = fn("trino_java_fixed", cast(cast(value, value.type), duck("TEXT")), digits)
    return fn("printf", text_literal(re.sub(r"(?:\.\d+)?f", "s", form)), fixed)


def _java_null(form: str) -> str:
    """``null`` in a form's width and precision, whatever its conversion (java.util.Formatter)."""
    minus, width, places = re.fullmatch(r"%(-?)0?(\d*)(?:\.(\d+))?[a-z]", form).groups()  # type: ignore[union-attr]
    shown = "null"[: int(places)] if places else "null"
    return shown.ljust(int(width or 0)) if minus else shown.rjust(int(width or 0))


_JSON_TYPES = {"boolean": ("BOOLEAN",), "varchar": ("VARCHAR",), "double": ("DOUBLE",)}


@_special("json_array_contains")
def _json_array_contains(node: exp.Anonymous) -> exp.Expr:
    """Only items of the value's own kind are equal to it."""
    names = _JSON_TYPES.get(kind(node.expressions[1].type), ("BIGINT", "UBIGINT"))
    return fn("trino_json_array_contains", *node.expressions, exp.Array(expressions=[text_literal(n) for n in names]))
