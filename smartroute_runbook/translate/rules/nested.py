"""Nested data: flattened where it is provably the same, otherwise a decision."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.relations import SUPER_HINT
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, Lowering, rule
from .branches import bring_column

DECISION = SUPER_HINT


@rule(
    "values",
    exp.Values,
    why="Redshift has no VALUES in FROM; rows are joined by UNION ALL",
    source=AWS + "r_FROM_clause30.html",
)
def _values(node: exp.Values, lower: Lowering) -> exp.Expression | None:
    alias = node.args.get("alias")
    rows = [entry.expressions if isinstance(entry, exp.Tuple) else [entry] for entry in node.expressions]
    for entry in node.expressions:
        lower.taken(entry)
    columns: list[Type] | None = node.meta.get("kinds")
    if columns is None:
        raise Refusal("values", f"{athena(node)} stands where a list of values is read", "write the values themselves")
    for place, kind in enumerate(columns):
        bring_column([row[place] for row in rows], kind)
    given = [c.name for c in alias.columns] if alias is not None else []
    names = given or [f"_col{place}" for place in range(len(columns))]
    made: exp.Expression | None = None
    for row in rows:
        cells = [exp.alias_(cell, name) for cell, name in zip(lower.all(row), names, strict=False)]
        select = exp.Select(expressions=cells)
        made = select if made is None else exp.Union(this=made, expression=select, distinct=False)
    assert made is not None  # noqa: S101 - VALUES has rows
    if not isinstance(node.parent, (exp.From, exp.Join)):
        return exp.Subquery(this=made) if len(rows) > 1 and node.arg_key == "expression" else made
    if alias is None or not alias.this:
        lower.unnamed += 1
    named = alias.this.copy() if alias is not None and alias.this else exp.to_identifier(f"unnamed_{lower.unnamed}")
    return exp.Subquery(this=made, alias=exp.TableAlias(this=named))


@rule(
    "nested",
    exp.Array,
    exp.ArraySize,
    exp.ArrayContains,
    exp.ArrayToString,
    exp.Bracket,
    exp.Split,
    why="Redshift has no arrays, maps or rows outside SUPER",
    source=AWS + "super-overview.html",
)
def _nested(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node.this, exp.Split):
        return None  # parts of a text need no array
    loaded = isinstance(node.this, exp.Expression) and type_of(node.this).is_super
    hint = "name one attribute or place, make rows of it, or compute it at load" if loaded else DECISION
    raise Refusal("nested", f"{athena(node)} works on a nested value", hint)
