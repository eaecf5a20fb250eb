"""Nested data: flattened where it is provably the same, otherwise a decision."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.relations import SUPER_HINT
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BIGINT, Type, type_of

from .base import AWS, Lowering, cast, rule, typed
from .branches import bring_column

LONGEST = 100
DECISION = SUPER_HINT


@rule(
    "unnest",
    exp.Unnest,
    why="Redshift has no UNNEST; a constant array is the same as rows joined by UNION ALL",
    source=AWS + "query-super.html",
)
def _unnest(node: exp.Unnest, lower: Lowering) -> exp.Expression | None:
    parts = [_spelled(part) for part in node.expressions]
    if len(parts) != 1 or not isinstance(parts[0], exp.Array) or not parts[0].expressions:
        raise Refusal("unnest", f"{athena(node)} makes rows of a nested column", DECISION)
    cells = parts[0].expressions
    alias = node.args.get("alias")
    if len(cells) > LONGEST or alias is None or not alias.columns or type_of(parts[0]).of[0].nested:
        raise Refusal("unnest", f"{athena(node)} cannot be written as rows", DECISION)
    names = [c.name for c in alias.columns]
    bring_column(cells, type_of(parts[0]).of[0])
    rows: exp.Expression | None = None
    for place, cell in enumerate(cells, start=1):
        row = [exp.alias_(lower(cell), names[0])]
        if node.args.get("offset"):
            number = exp.Literal.number(place)
            row.append(exp.alias_(cast(number, "bigint") if rows is None else number, names[1]))
        select = exp.Select(expressions=row)
        rows = select if rows is None else exp.Union(this=rows, expression=select, distinct=False)
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=alias.this.copy()))


def _spelled(part: exp.Expression) -> exp.Expression:
    """`sequence(1, 24)` as the array of its numbers."""
    if not isinstance(part, exp.GenerateSeries):
        return part
    edges = [part.args.get("start"), part.args.get("end"), part.args.get("step") or exp.Literal.number(1)]
    if not all(isinstance(edge, exp.Literal) and edge.is_int for edge in edges):
        return part
    first, last, step = (int(edge.name) for edge in edges if edge is not None)
    if step < 1 or (last - first) // step >= LONGEST:
        return part
    made = exp.Array(expressions=[typed(exp.Literal.number(n), BIGINT) for n in range(first, last + 1, step)])
    return typed(made, Type("array", of=(BIGINT,)))


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
    raise Refusal("nested", f"{athena(node)} works on a nested value", DECISION)
