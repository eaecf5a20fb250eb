"""Constant texts as columns of inner queries: they have no type on Redshift until they are cast.

No page of AWS's says it; PostgreSQL's `unknown` does, and users of Redshift report the error for such columns in ORDER
BY, in comparisons and in a table made of them (also github.com/calogica/dbt-expectations/issues/99).
"""

from __future__ import annotations

from sqlglot import exp

from .base import Lowering, rule
from .trees import cast

__all__ = ["is_inner_column"]


@rule(
    "inner-text",
    exp.Literal,
    why="a constant text is of type unknown on Redshift; as an inner query's column it cannot be compared or sorted",
    source="https://github.com/OHDSI/SqlRender/issues/66",
)
def _inner_text(node: exp.Literal, lower: Lowering) -> exp.Expression | None:
    if not node.is_string or not is_inner_column(node):
        return None
    return cast(node.copy(), "varchar")


def is_inner_column(node: exp.Expression) -> bool:
    """Whether a value is a whole column that another query reads; those of set operations have the others' type."""
    top = node
    while isinstance(top.parent, (exp.Alias, exp.Paren)):
        top = top.parent
    around = top.parent
    if node.meta.get("column"):
        return True
    if isinstance(around, exp.Tuple) and isinstance(around.parent, exp.Values):
        around = around.parent
    if isinstance(around, exp.Values) or (isinstance(around, exp.Array) and isinstance(around.parent, exp.Unnest)):
        return len(around.expressions) == 1
    if not isinstance(around, exp.Select) or top.arg_key != "expressions":
        return False
    query: exp.Expression = around
    while isinstance(query.parent, exp.Subquery) and not query.parent.alias:
        query = query.parent
    return query.parent is not None and not isinstance(query.parent, (exp.SetOperation, exp.Exists))
