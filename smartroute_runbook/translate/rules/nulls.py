"""NULL: where one engine skips it and the other does not."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, TRINO, Lowering, rule
from .decimals import mixed_decimals
from .trees import call, cast, number, text, when, wrap

CONSTANT = (exp.Literal, exp.Boolean, exp.CurrentDate, exp.CurrentTimestamp, exp.Count)


def _null(node: exp.Expression) -> exp.Expression:
    return exp.Is(this=wrap(node), expression=exp.Null())


def _constant(node: exp.Expression) -> bool:
    """Whether a value certainly is not NULL."""
    return isinstance(node, CONSTANT) or (type(node) is exp.Cast and isinstance(node.this, exp.Literal))


def _any_null(nodes: list[exp.Expression]) -> exp.Expression | None:
    tests = [_null(node.copy()) for node in nodes]
    found = tests[0] if tests else None
    for test in tests[1:]:
        found = exp.Or(this=found, expression=test)
    return found


@rule(
    "greatest-null",
    exp.Greatest,
    exp.Least,
    why="Athena's GREATEST and LEAST are NULL when any value is; Redshift's ignore NULL",
    source=AWS + "r_GREATEST_LEAST.html",
)
def _greatest_null(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    mixed_decimals(node, lower)
    sources = [node.this, *node.expressions]
    values = lower.all(sources)
    name = "GREATEST" if isinstance(node, exp.Greatest) else "LEAST"
    test = _any_null([v for v, source in zip(values, sources, strict=True) if not _constant(source)])
    made = call(name, *values)
    if test is None:
        return made
    kind = {"integer": "integer", "bigint": "bigint", "double": "double precision"}.get(type_of(node).name)
    return when((test, cast(exp.Null(), kind) if kind else exp.Null()), default=made)


@rule(
    "first-null",
    exp.Null,
    why="a column whose first cell is NULL is text on Redshift, whatever stands in the others",
    source=AWS + "r_UNION.html",
)
def _first_null(node: exp.Null, lower: Lowering) -> exp.Expression | None:
    return None  # cast where it is the first: `branches`


@rule(
    "nullif-type",
    exp.Nullif,
    why="Athena's NULLIF keeps the type of its first value; Redshift's may have the type that both are compared in",
    source=AWS + "r_NULLIF_function.html",
)
def _nullif_type(node: exp.Nullif, lower: Lowering) -> exp.Expression | None:
    a, b = type_of(node.this), type_of(node.expression)
    widens = (a.integer and not b.integer) or (a.exact and b.floating) or (a.name == "real" and b.name == "double")
    if b.open or not (widens or (a.moment and b.moment and a.name != b.name)):
        return None
    if a.name == "real" or b.name == "real":
        raise Refusal("nullif-type", f"{athena(node)} compares {a} with {b}", "write CASE WHEN a = b THEN NULL ELSE a")
    made = lower(node.this)
    return when((exp.EQ(this=wrap(made), expression=wrap(lower(node.expression))), exp.Null()), default=made.copy())


@rule(
    "is-distinct",
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    why="Redshift has no IS DISTINCT FROM",
    source=AWS + "c_unsupported-postgresql-functions.html",
)
def _is_distinct(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    a, b = lower(node.this), lower(node.expression)
    same = isinstance(node, exp.NullSafeEQ)
    both = exp.And(this=_null(a.copy()), expression=_null(b.copy()))
    either = exp.Or(this=_null(a.copy()), expression=_null(b.copy()))
    compared = (exp.EQ if same else exp.NEQ)(this=wrap(a), expression=wrap(b))
    return when((both, exp.Boolean(this=same)), (either, exp.Boolean(this=not same)), default=compared)


@rule(
    "concat-ws",
    exp.ConcatWs,
    why="Athena's CONCAT_WS skips NULLs; joining with || makes the whole text NULL",
    source=TRINO + "functions/string.html#concat_ws",
)
def _concat_ws(node: exp.ConcatWs, lower: Lowering) -> exp.Expression | None:
    separator, *parts = node.expressions
    if not separator.is_string or not parts or any(type_of(p).name not in ("varchar", "null") for p in parts):
        raise Refusal("concat-ws", f"{athena(node)}: the separator must be constant, the parts text", "use || instead")
    joined: exp.Expression | None = None
    for part in parts:
        piece = exp.Coalesce(
            this=exp.DPipe(this=lower(separator), expression=wrap(lower(part))), expressions=[text("")]
        )
        joined = piece if joined is None else exp.DPipe(this=joined, expression=piece)
    if not separator.name:
        return exp.Paren(this=joined)
    return call("SUBSTRING", joined if joined is not None else text(""), number(len(separator.name) + 1))


@rule(
    "if",
    exp.If,
    why="Redshift has no IF; CASE is the same",
    source=AWS + "r_CASE_function.html",
)
def _if_function(node: exp.If, lower: Lowering) -> exp.Expression | None:
    if isinstance(node.parent, exp.Case):
        return None
    otherwise = node.args.get("false")
    return when(
        (lower(node.this), lower(node.args["true"])), default=lower(otherwise) if otherwise is not None else None
    )
