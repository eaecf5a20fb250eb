"""What a call of a Trino function takes and gives, by the table of functions."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed

from .functions import FUNCTIONS, UNREHEARSED, FunctionForm
from .lambdas import returned
from .return_rules import INTEGERS, RETURNS
from .types import (  # fmt: skip
    MOMENTS,
    UNKNOWN,
    Type,
    array_of,
    common,
    is_text,
    kind,
    number,
    timestamp_in_zone,
    trino_name,
)

__all__ = ["returned_by"]


def returned_by(node: exp.Anonymous) -> Type:
    """The type of a call.

    Raises:
        QueryFailed: FUNCTION_NOT_FOUND: no such function, or not with these arguments.
    """
    name = str(node.this).lower()
    known = FUNCTIONS.get(name)
    if known is None:
        if name in UNREHEARSED:
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: function {name}", 1)
        raise QueryFailed("FUNCTION_NOT_FOUND", f"line 1:1: Function '{name}' not registered")
    if name == "regexp_replace" and any(isinstance(argument, exp.Lambda) for argument in node.expressions):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: regexp_replace with a function", 1)
    arguments = [_argument(argument) for argument in node.expressions]
    types = [argument.type for argument in arguments]
    _check_arguments(known, types, bool(node.expressions) and isinstance(node.expressions[0], exp.Star))
    if any(isinstance(argument, exp.Lambda) for argument in node.expressions) and (given := returned(name, types)):
        return given
    several = name == "concat" and len(types) > 2  # of three and more Trino takes NULL for a text
    for place in () if several else _AMBIGUOUS.get(name, ()):
        if place < len(types) and kind(types[place]) == "null":
            raise QueryFailed("AMBIGUOUS_FUNCTION_CALL", f"line 1:1: Could not choose a best candidate for {name}.")
    place = _CONSTANT.get(name, len(arguments))
    if place < len(arguments) and not isinstance(arguments[place], exp.Literal | exp.Neg | exp.Array):
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: argument {place + 1} of {name} that differs by row", 1)
    if known.returns:
        return _returned(known.returns, types)
    return RETURNS[name](arguments, types)


def _argument(node: exp.Expr) -> exp.Expr:
    """The value within DISTINCT or ORDER BY."""
    if isinstance(node, exp.Distinct):
        return node.expressions[0]
    return node.this if isinstance(node, exp.Order) else node


_LETTERS: dict[str, Callable[[Type | None], bool]] = {
    "s": is_text, "n": number,
    "h": lambda t: number(t) or kind(t) == "interval",
    "i": lambda t: kind(t) in INTEGERS, "d": lambda t: kind(t) in MOMENTS,
    "p": lambda t: kind(t) in {*MOMENTS, "interval"},
    "r": lambda t: kind(t) in {"varchar", "char", "varbinary", "array"},
    "a": lambda t: kind(t) == "array", "m": lambda t: kind(t) == "map", "b": lambda t: kind(t) == "boolean",
    "v": lambda t: kind(t) == "varbinary", "o": lambda t: is_text(t) or kind(t) == "varbinary", "x": lambda _: True,
    "f": lambda _: True, "c": lambda t: t is not None and trino_name(t) == "varchar(1)",
}  # fmt: skip


_AMBIGUOUS = {
    "date_trunc": (1,), "date_add": (2,), "substr": (0,), "substring": (0,), "reverse": (0,), "concat": (0, 1, 2),
}  # fmt: skip
"""Arguments of several types, for which an untyped NULL leaves open which is meant."""
_CONSTANT = {
    "lag": 1, "lead": 1, "nth_value": 1, "approx_distinct": 1, "ntile": 0,
}  # fmt: skip
_OTHER_FORMS: dict[str, Callable[[list[Type | None]], bool]] = {
    "array_sort": lambda types: len(types) == 2,
}
"""Forms that Trino has besides those of the table, and the stand-in has not."""


def _check_arguments(known: FunctionForm, types: list[Type | None], star: bool) -> None:
    letters = known.arguments.replace("?", "").rstrip("*")
    least = len(known.arguments.partition("?")[0].rstrip("*"))
    most = 10_000 if known.arguments.endswith("*") else len(letters)
    wanted = letters.ljust(len(types), letters[-1:] or "x")
    fits = least <= len(types) <= most and all(
        kind(one) in {"unknown", "null"} or _LETTERS[letter](one) for one, letter in zip(types, wanted, strict=False)
    )
    if not fits and known.name in _OTHER_FORMS and _OTHER_FORMS[known.name](types):
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: this form of function {known.name}", 1)
    if not fits and not star:
        given = ", ".join(trino_name(one) for one in types)
        raise QueryFailed("FUNCTION_NOT_FOUND", f"line 1:1: Unexpected parameters ({given}) for function {known.name}.")


def _returned(text: str, types: list[Type | None]) -> Type:
    first = types[0] if types else None
    if text.startswith("arg"):
        return types[int(text[3:])] or UNKNOWN if int(text[3:]) < len(types) else UNKNOWN
    if text == "elem0":
        return first.expressions[0] if first is not None and kind(first) == "array" and first.expressions else UNKNOWN
    if text == "common":
        return common(types)
    if text == "array(arg0)":
        return array_of(first)
    if text == "timestamptz":
        return timestamp_in_zone()
    if text.startswith("interval"):
        return exp.DType.INTERVAL.into_expr()
    return UNKNOWN if text == "unknown" else Type.build(text, dialect="trino")
