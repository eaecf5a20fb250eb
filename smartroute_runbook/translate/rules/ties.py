"""FETCH FIRST ... WITH TIES: the rows that rank among the first."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.relations import output_name
from smartroute_runbook.translate.types import BIGINT

from .base import AWS, Lowering, rule
from .trees import typed

KEPT = ("from_", "joins", "where", "group", "having", "windows")
RANKED = "ranked"
HINT = "RANK() OVER (ORDER BY ...) in a subquery, and ranked <= n around it"


@rule(
    "with-ties",
    exp.Select,
    why="Redshift's LIMIT keeps no ties; those that rank among the first are the same rows",
    source=AWS + "r_WF_RANK.html",
)
def _with_ties(node: exp.Select, lower: Lowering) -> exp.Expression | None:
    fetch, order = node.args.get("limit"), node.args.get("order")
    options = fetch.args.get("limit_options") if isinstance(fetch, exp.Fetch) else None
    if fetch is None or options is None or not options.args.get("with_ties"):
        return None
    names = [output_name(each, place) for place, each in enumerate(node.expressions)]
    plain = not (node.args.get("distinct") or node.args.get("offset") or any(each.is_star for each in node.expressions))
    options.args.get("rows")  # ROW and ROWS mean the same
    plain = plain and not options.args.get("percent") and fetch.text("direction").upper() in ("FIRST", "NEXT")
    if order is None or not plain or len({*names, RANKED}) <= len(names):
        raise Refusal("with-ties", "FETCH FIRST ... WITH TIES beside DISTINCT, OFFSET, a star or a name twice", HINT)
    inner = exp.Select()
    for part in KEPT:
        value = node.args.get(part)
        inner.set(part, [each.copy() for each in value] if isinstance(value, list) else value and value.copy())
    keys = [_key(key, node, names) for key in order.expressions]
    rank = exp.Window(this=exp.Rank(), order=exp.Order(expressions=keys), over="OVER")
    columns = [
        each.copy() if each.alias_or_name == name else exp.alias_(each.copy(), name, copy=False)
        for each, name in zip(node.expressions, names, strict=True)
    ]
    inner.set("expressions", [*columns, exp.alias_(typed(rank, BIGINT), RANKED)])
    tied = exp.Subquery(this=lower(inner), alias=exp.TableAlias(this=exp.to_identifier("tied")))
    shown = [exp.Column(this=lower(_identifier(name))) for name in names]
    made = exp.Select(expressions=shown, from_=exp.From(this=tied))
    made.set("with_", lower(node.args["with_"]) if node.args.get("with_") else None)
    first = exp.LTE(this=exp.column(RANKED), expression=lower(_count(fetch)))
    made.set("where", exp.Where(this=first))
    made.set("order", exp.Order(expressions=[exp.Ordered(this=exp.column(RANKED), nulls_first=False)]))
    return made


def _count(fetch: exp.Expression) -> exp.Expression:
    count: exp.Expression | None = fetch.args.get("count")
    return count.copy() if count is not None else exp.Literal.number(1)


def _identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=not re.fullmatch("[a-z_][a-z0-9_]*", name))


def _key(ordered: exp.Expression, select: exp.Select, names: list[str]) -> exp.Expression:
    """A key over the columns of FROM: a place or a name of the result is what stands there."""
    made, key = ordered.copy(), ordered.this
    if isinstance(key, exp.Literal) and key.is_int:
        made.set("this", select.expressions[int(key.name) - 1].unalias().copy())
    elif isinstance(key, exp.Column) and "alias_of" in key.meta:
        made.set("this", select.expressions[names.index(key.meta["alias_of"])].unalias().copy())
    elif any("alias_of" in column.meta for column in key.find_all(exp.Column)):
        raise Refusal("with-ties", "the order computes with a column of the result", HINT)
    return made
