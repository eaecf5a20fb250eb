"""JSON_ARRAY and JSON_OBJECT: JSON texts made of values, by the values' types."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce as fold

from sqlglot import exp

from .build import cast, choice, fail, fn, text_literal
from .casts import cast_value
from .types import VARCHAR, kind

__all__ = ["JSON", "array_of_json", "object_of_json"]

Builder = Callable[[exp.Anonymous], exp.Expr]
_PLAIN = {"tinyint", "smallint", "integer", "bigint", "decimal", "boolean"}
_QUOTED = {"varchar", "char", "date", "timestamp", "timestamp with time zone", "time"}
NULLS = "nulls"
"""The meta entry of a call that says whether NULLs are kept."""


def array_of_json(values: list[exp.Expr], nulls: bool) -> exp.Anonymous:
    """The call that a parser makes of JSON_ARRAY."""
    made = fn("json_array", *values)
    made.meta[NULLS] = nulls
    return made


def object_of_json(members: list[tuple[exp.Expr, exp.Expr]], nulls: bool) -> exp.Anonymous:
    """The call that a parser makes of JSON_OBJECT: keys and values in turn."""
    made = fn("json_object", *[part for member in members for part in member])
    made.meta[NULLS] = nulls
    return made


def _json(value: exp.Expr) -> exp.Expr:
    """A value as JSON's text; NULL for NULL."""
    name = kind(value.type)
    if name in {"null", "unknown"}:
        return cast(exp.Null(), VARCHAR)
    if name in _PLAIN:
        return cast_value(value, VARCHAR)
    if name in {"double", "real"}:
        shown = fn("trino_double_text", value)
        finite = exp.Anonymous(this="isfinite", expressions=[value.copy()])
        return choice((finite, shown), default=_quoted(shown.copy()))
    if name in _QUOTED:
        return _quoted(cast_value(value, VARCHAR))
    raise fail("NOT_SUPPORTED", f"not rehearsable: a value of type {name} in JSON_ARRAY or JSON_OBJECT")


def _quoted(text: exp.Expr) -> exp.Expr:
    return fn("trino_json_quoted", text)


def _joined(head: str, texts: list[exp.Expr], tail: str) -> exp.Expr:
    """The texts that are not NULL, with commas between them."""
    inner: exp.Expr = fn("concat_ws", text_literal(","), *texts) if texts else text_literal("")
    parts: list[exp.Expr] = [text_literal(head), inner, text_literal(tail)]
    return fold(lambda a, b: exp.DPipe(this=a, expression=b), parts)


def _item(value: exp.Expr, nulls: bool) -> exp.Expr:
    return fn("coalesce", _json(value), text_literal("null")) if nulls else _json(value)


def _array(node: exp.Anonymous) -> exp.Expr:
    nulls = bool(node.meta.get(NULLS, False))
    return _joined("[", [_item(value, nulls) for value in node.expressions], "]")


def _object(node: exp.Anonymous) -> exp.Expr:
    keys, values = node.expressions[::2], node.expressions[1::2]
    if not all(isinstance(key, exp.Literal) and key.is_string for key in keys):
        raise fail("NOT_SUPPORTED", "not rehearsable: a key of JSON_OBJECT that is not a literal")
    if len({key.name for key in keys}) < len(keys):
        raise fail("NOT_SUPPORTED", "not rehearsable: JSON_OBJECT with a key twice")
    nulls = bool(node.meta.get(NULLS, True))
    members: list[exp.Expr] = [
        exp.DPipe(this=exp.DPipe(this=_quoted(key), expression=text_literal(":")), expression=_item(value, nulls))
        for key, value in zip(keys, values, strict=True)
    ]
    return _joined("{", members, "}")


JSON: dict[str, Builder] = {"json_array": _array, "json_object": _object}
