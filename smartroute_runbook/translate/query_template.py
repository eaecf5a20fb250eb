"""A query with parameters on Redshift: one text with the same parameters, whatever their values are.

The query is translated with marks in place of the parameters, and each mark becomes the parameter again. That text is
believed only where binding it gives, for the defaults and for values that would be awkward in a pattern, the very
translation of the query with these values: a rule may look into a literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import sqlglot

from smartroute_runbook.query_parameters import Parameter, bind, declared, header, names_in, undeclared, with_defaults

from .model import Refusal, Translation
from .rewrite import translate
from .schema import Schema

__all__ = ["parameterised", "translated"]

_AWKWARD = "%_'.*[(|^a1"
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
    if unused := sorted(set(parameters) - set(names_in(text))):
        raise Refusal(_RULE, f"parameter '{unused[0]}' is declared and not used", "Take its declaration away")
    free = _freed(text, parameters)
    marks = {name: _mark(one, number) for number, (name, one) in enumerate(parameters.items())}
    body = _translated(translate, bind(free, marks), "its place")
    for name, one in parameters.items():
        body, times = re.subn(_written(one, marks[name]), f":{name}", body)
        if not times or marks[name] in body:
            raise Refusal(
                _RULE, f"parameter ':{name}' becomes part of another value on Redshift",
                "Use it as a value of its own, such as column = :name",
            )  # fmt: skip
    template = f"{header(text)}{body}"
    for values in _probes(parameters):
        if not _same(bind(template, values), _translated(translate, bind(text, values), str(values))):
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
    """Values that are allowed and not the defaults, one parameter at a time."""
    for name, one in parameters.items():
        values = {
            "int": (str(one.low), str(one.high)), "date": ("2000-02-29", "1899-12-31"), "choice": one.choices,
            "text": (_AWKWARD[: one.longest], _AWKWARD[::-1][: one.longest], ""),
        }[one.kind]  # fmt: skip
        yield from ({name: value} for value in values)


def _same(one: str, other: str) -> bool:
    trees = [sqlglot.parse_one(text, read="redshift") for text in (one, other)]
    for tree in trees:
        for node in tree.walk():
            node.comments = None
    return bool(trees[0] == trees[1])


def _words(values: Mapping[str, str]) -> str:
    return ", ".join(f":{name} = {value!r}" for name, value in values.items())
