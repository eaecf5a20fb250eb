"""JSON in text columns."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena

from .base import AWS, Lowering, call, rule, text

JSON_DECISION = "decide: SUPER, or a column for each key"
DEPTH = 5  # levels that JSON_EXTRACT_PATH_TEXT follows


@rule(
    "json-scalar",
    exp.JSONExtractScalar,
    why="JSON_EXTRACT_PATH_TEXT raises on invalid JSON, and gives an empty text where Athena gives NULL",
    source=AWS + "JSON_EXTRACT_PATH_TEXT.html",
)
def _json_scalar(node: exp.JSONExtractScalar, lower: Lowering) -> exp.Expression | None:
    try:
        path = node.expression.sql("trino").strip("'")
    except ValueError as error:  # `$..a` and the like: sqlglot reads what it cannot write
        why = f"the path of a JSON function is no chain of keys: {error}"
        raise Refusal("json-scalar", why, JSON_DECISION) from error
    keys = re.findall(r"\.([A-Za-z_]\w*)|\[\"([^\"]+)\"\]", path)
    rest = re.sub(r"\.([A-Za-z_]\w*)|\[\"([^\"]+)\"\]", "", path)
    if rest != "$" or not 0 < len(keys) <= DEPTH:
        raise Refusal(
            "json-scalar", f"the path {path} is not a plain chain of up to {DEPTH} keys", "decide: SUPER or columns"
        )
    if "json-scalar" not in lower.improve:
        why = f"{athena(node)}: Redshift cannot tell an empty text or an object from a missing key"
        raise Refusal(
            "json-scalar", why, "load the value as a column, or accept NULL for empty texts: --improve json-scalar"
        )
    found = call("JSON_EXTRACT_PATH_TEXT", lower(node.this), *[a or b for a, b in keys], exp.Boolean(this=True))
    lower.note(
        "json-scalar", "an empty text reads as NULL; an object or array reads as its text", "decided by --improve"
    )
    return exp.Nullif(this=found, expression=text(""))


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
