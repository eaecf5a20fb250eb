"""JSON in text columns."""

from __future__ import annotations

import re
from itertools import groupby

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import call, text

JSON_DECISION = "decide: SUPER, or a column for each key"
DEPTH = 5  # levels that one JSON_EXTRACT_PATH_TEXT follows


COMPARED = (
    "compare it with constant texts in WHERE, HAVING, ON or CASE WHEN, or CAST it to a number, a date or a boolean"
)
NUMBER = re.compile(r"[+-]?[0-9.]")
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\"([^\"]+)\"\]|\[(\d+)\]")
PASSING = (exp.And, exp.Or, exp.Paren)


@rule(
    "json-scalar",
    exp.JSONExtractScalar,
    why="JSON_EXTRACT_PATH_TEXT raises on invalid JSON, gives nested values as text, and gave an empty one "
    "where Athena gives NULL: the page has told both",
    source=AWS + "JSON_EXTRACT_PATH_TEXT.html",
)
def _json_scalar(node: exp.JSONExtractScalar, lower: Lowering) -> exp.Expression | None:
    steps = _steps(node)
    if "json-scalar" in lower.improve:
        lower.note(
            "json-scalar",
            "an empty text, or one of blanks, reads as NULL; an object or array as its text",
            "decided by --improve",
        )
    elif _is_cast(node) or _is_condition(node):
        lower.note(
            "json-scalar",
            "of a key that stands twice in an object, each engine may read another value",
            "check the texts, or load the value as a column",
        )
    else:
        why = f"{athena(node)}: Redshift cannot tell an empty text or an object from a missing key"
        hint = f"{COMPARED}; load the value as a column; or accept NULL for empty texts: --improve json-scalar"
        raise Refusal("json-scalar", why, hint)
    return exp.Nullif(this=_followed(lower(node.this), steps), expression=text(""))


def _followed(value: exp.Expression, steps: list[str | int]) -> exp.Expression:
    """The text at the end of a path; what is not there is empty, and NULL for the step after it."""
    lenient = exp.Boolean(this=True)
    for whole, group in groupby(steps, key=lambda step: isinstance(step, int)):
        part = list(group)
        if whole:
            for place in part:
                value = call("JSON_EXTRACT_ARRAY_ELEMENT_TEXT", value, place, lenient.copy())
        else:
            for start in range(0, len(part), DEPTH):
                value = call("JSON_EXTRACT_PATH_TEXT", value, *part[start : start + DEPTH], lenient.copy())
    return value


def _steps(node: exp.JSONExtractScalar) -> list[str | int]:
    """The keys and places of a path from the outermost value to the wanted one.

    Raises:
        Refusal: the path is no chain of them.
    """
    try:
        path = node.expression.sql("trino").strip("'")
    except ValueError as error:  # `$..a` and the like: sqlglot reads what it cannot write
        why = f"the path of a JSON function is not a chain of keys: {error}"
        raise Refusal("json-scalar", why, JSON_DECISION) from error
    odd = any(not isinstance(part.args.get("this"), (str, int)) for part in _parts(node.expression))
    steps: list[str | int] = [int(place) if place else key or quoted for key, quoted, place in STEP.findall(path)]
    if odd or STEP.sub("", path) != "$" or not steps:
        raise Refusal("json-scalar", f"the path {path} is not a chain of keys and places", "decide: SUPER or columns")
    return steps


def _parts(path: exp.Expression) -> list[exp.Expression]:
    """The steps as they are read: a wildcard is one that the written path leaves out."""
    found = path.expressions if isinstance(path, exp.JSONPath) else []
    return [part for part in found if not isinstance(part, exp.JSONPathRoot)]


def _around(node: exp.Expression) -> exp.Expression:
    """A node with the parentheses around it."""
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node


def _is_cast(node: exp.Expression) -> bool:
    """Whether a text is read as another type: an empty one fails on Athena, or is NULL on both; so does an object."""
    around = _around(node).parent
    return isinstance(around, exp.Cast) and type_of(around).name not in ("varchar", "char", "unknown")


def _is_condition(node: exp.Expression) -> bool:
    """Whether a text is compared with what no missing, empty or nested value is, and NULL is as good as false."""
    outer = _around(node)
    compares = outer.parent
    if isinstance(compares, exp.EQ):
        other = compares.expression if compares.this is outer else compares.this
        telling = _telling(other.unnest())
    elif isinstance(compares, exp.In) and compares.this is outer and not compares.args.get("query"):
        telling = bool(compares.expressions) and all(_telling(each.unnest()) for each in compares.expressions)
    elif isinstance(compares, exp.Like) and compares.this is outer and not compares.args.get("negate"):
        telling = _telling_pattern(compares.expression)
    else:
        return False
    return telling and _false_is_null(compares)


def _telling(node: exp.Expression) -> bool:
    """Whether a constant is the text of no missing, empty or nested value, nor of a number, which has many texts."""
    return node.is_string and _telling_text(node.name)


def _telling_text(word: str) -> bool:
    return word.strip(" ") != "" and word[0] not in "{[" and not NUMBER.match(word) and word.lower() != "null"


def _telling_pattern(node: exp.Expression) -> bool:
    """Whether all that a pattern matches begins as no object, number or null does."""
    begins = re.split("[%_\\\\]", node.name)[0] if node.is_string else ""
    return begins != "" and _telling_text(begins) and not "null".startswith(begins.lower())


def _false_is_null(node: exp.Expression) -> bool:
    """Whether a condition decides about rows or branches, to which false and NULL are the same."""
    while isinstance(node.parent, PASSING):
        node = node.parent
    around = node.parent
    if isinstance(around, exp.If):
        return around.this is node and (not isinstance(around.parent, exp.Case) or around.parent.this is None)
    if isinstance(around, exp.Join):
        return around.args.get("on") is node
    return isinstance(around, (exp.Where, exp.Having, exp.CountIf))


@rule(
    "json-array-length",
    exp.Anonymous,
    why="on Redshift invalid JSON raises an error unless NULL is asked for",
    source=AWS + "JSON_ARRAY_LENGTH.html",
)
def _json_array_length(node: exp.Anonymous, lower: Lowering) -> exp.Expression | None:
    if node.name.lower() != "json_array_length":
        return None
    return call("JSON_ARRAY_LENGTH", lower(node.expressions[0]), exp.Boolean(this=True))


@rule(
    "json-value",
    exp.JSONExtract,
    why="Redshift has no JSON type",
    source=AWS + "super-overview.html",
)
def _json_value(node: exp.JSONExtract, lower: Lowering) -> exp.Expression | None:
    raise Refusal("json-value", f"{athena(node)} is a JSON value", "decide: SUPER, or a column for each key")
