"""A query with parameters on Redshift: one text with the same parameters, whatever their values are.

The query is translated with marks in place of the parameters, and each mark becomes the parameter again. That text is
believed only where binding it gives, for the defaults and for all values of a small range or those of which a rule may
make something else, the very translation of the query with these values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import sqlglot
from sqlglot.errors import SqlglotError

from smartroute_runbook.query_parameters import Parameter, bind, declared, header, undeclared, with_defaults

from .model import Refusal
from .rewrite import translate
from .schema import Schema
from .translation import Translation

__all__ = ["parameterised", "translated"]

_TEXTS = (
    "%_'.*[(|^a1", "1a^|([*.'_%", "", "A", "z", "0", "-1.5", "1e5", "NaN", "true", "null", "day", "%Y-%m", "$.a", " a",
    "a,b", "\u00e9\u0130", "\U0001f68c", "2026-11-28", "2026-1-1", "2026-11-28 10:00:00",
)  # fmt: skip
"""What a rule may look for in a literal: patterns, formats, units, paths, numbers, dates, letters beyond ASCII."""
_DATES = ("0001-01-01", "1582-10-10", "1899-12-31", "1970-01-01", "2000-02-29", "9999-12-31")
_WHOLE = (
    0,
    1,
    2,
    7,
    9,
    10,
    18,
    19,
    31,
    32,
    38,
    39,
    60,
    63,
    64,
    100,
    127,
    128,
    255,
    256,
    32_767,
    32_768,
    65_535,
    65_536,
)
"""Where types, digits and characters end."""
_EACH = 50
"""A declared range of at most so many numbers is tried whole."""
_RULE = "parameter"
Translate = Callable[[str], Translation]


def translated(
    name: str, text: str, schema: Schema, *, improve: frozenset[str] = frozenset()
) -> tuple[Translation, str | None]:
    """A query with the defaults of its parameters, and where it declares some, its Redshift text with them.

    Raises:
        Unbindable: a declaration is wrong.
    """
    one = translate(with_defaults(text), schema, name=name, improve=improve)
    try:
        made = parameterised(text, lambda sql: translate(sql, schema, name=name, improve=improve)) if one.sql else None
    except Refusal as refusal:
        return replace(one, status="refused", sql=None, problems=(*one.problems, refusal.problem)), None
    return one, made


def parameterised(text: str, translate: Translate) -> str | None:
    """The Redshift text of a query with its parameters, declarations included; None where it declares none.

    Args:
        text: the query for Athena.
        translate: of a text without parameters.

    Raises:
        Refusal: a parameter is not used, or is one that the translation does not only carry along.
        Unbindable: a declaration is wrong.
    """
    parameters = declared(text)
    if not parameters:
        return None
    free = _freed(text, parameters)
    marks = {name: _mark(one, number) for number, (name, one) in enumerate(parameters.items())}
    body = _translated(translate, bind(free, marks), "whatever it is")
    for name, one in parameters.items():
        body, times = re.subn(_written(one, marks[name]), f":{name}", body)
        if not times or marks[name] in body:
            raise Refusal(
                _RULE, f"parameter ':{name}' becomes part of another value on Redshift",
                "Use it as a value of its own, such as column = :name",
            )  # fmt: skip
    template = f"{header(text)}{body}"
    for values in _probes(parameters):
        if not _same(bind(template, values), _translated(translate, bind(text, values), _words(values))):
            raise Refusal(
                _RULE, f"with {_words(values)} the query is translated otherwise than with its defaults",
                "Use the parameter outside patterns and formats, or publish a query for each value",
            )  # fmt: skip
    if not _same(with_defaults(template), _translated(translate, with_defaults(text), "its defaults")):
        raise Refusal(_RULE, "with its defaults the query is translated otherwise", "Publish it without parameters")
    return template


def _translated(translate: Translate, sql: str, values: str) -> str:
    made = translate(sql)
    if made.sql is None:
        why = "; ".join(problem.why for problem in made.problems)
        raise Refusal(_RULE, f"with another value ({values}) it has no translation: {why}", "Change the query")
    return made.sql


def _freed(text: str, parameters: Mapping[str, Parameter]) -> str:
    """The text with declarations that take any mark: one needs no place in the declared range."""
    wide = {"int": "int", "text": "text(64)", "date": "date", "choice": "text(64)"}
    free = [f"-- :{name} {wide[one.kind]} = {_mark(one, 0)}" for name, one in parameters.items()]
    return "\n".join([*free, undeclared(text)])


def _mark(parameter: Parameter, number: int) -> str:
    """A value that no query holds by itself."""
    if parameter.kind == "int":
        return str(1_907_030_000 + number)
    return f"1907-03-{number % 28 + 1:02d}" if parameter.kind == "date" else f"mark{number}ofparameter"


def _written(parameter: Parameter, mark: str) -> str:
    """How a mark stands in a Redshift text, as a regular expression."""
    if parameter.kind == "int":
        return rf"\b{mark}\b"
    if parameter.kind == "date":
        return rf"CAST\('{mark}' AS DATE\)|DATE '{mark}'"
    return rf"'{mark}'"


def _probes(parameters: Mapping[str, Parameter]) -> Iterator[dict[str, str]]:
    """Values that are allowed: one parameter at a time, then all together."""
    values = {name: _values(one) for name, one in parameters.items()}
    for name, some in values.items():
        yield from ({name: value} for value in some)
    if len(values) > 1:
        for number in range(max(map(len, values.values()))):
            yield {name: some[number % len(some)] for name, some in values.items()}


def _values(one: Parameter) -> list[str]:
    if one.kind == "choice":
        return list(one.choices)
    if one.kind == "date":
        return list(_DATES)
    if one.kind == "text":
        return list(dict.fromkeys(text[: one.longest].rstrip(" ") for text in (*_TEXTS, "x" * one.longest)))
    if one.high - one.low < _EACH:
        return [str(number) for number in range(one.low, one.high + 1)]
    both = {one.low, one.low + 1, one.high - 1, one.high, *_WHOLE, *(-number for number in _WHOLE)}
    return [str(number) for number in sorted(both) if one.low <= number <= one.high]


def _same(one: str, other: str) -> bool:
    try:
        trees = [sqlglot.parse_one(text, read="redshift") for text in (one, other)]
    except SqlglotError:
        return False
    for tree in trees:
        for node in tree.walk():
            node.comments = None
    return bool(trees[0] == trees[1])


def _words(values: Mapping[str, str]) -> str:
    return ", ".join(f":{name} = {value!r}" for name, value in values.items())
