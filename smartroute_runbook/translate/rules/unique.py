"""Whether two rows of a window's partition can tie in its order."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.types import type_of

__all__ = ["select_of", "unique_order"]


def select_of(node: exp.Expression) -> exp.Select | None:
    """The SELECT that a window stands in, also when a rule made the window."""
    held = node.meta.get("select")
    found: exp.Select | None = held() if held is not None else node.find_ancestor(exp.Select)
    return found


def _unique_column(node: exp.Expression, select: exp.Select) -> bool:
    """Whether a key is a column whose values the schema calls unique, read from its table alone."""
    from_ = select.args.get("from_")
    table = from_ is not None and not select.args.get("joins") and from_.this.meta.get("schema_table")
    return bool(table) and isinstance(node, exp.Column) and "unique" in type_of(node).known


def unique_order(node: exp.Expression, window: exp.Window) -> bool:
    """Whether no two rows of a partition can tie: the keys cover everything that the rows are grouped by."""
    select = select_of(node)
    if select is None:
        return False
    group = select.args.get("group")
    if group is None and any(_unique_column(key.this, select) for key in window.args["order"].expressions):
        return True
    if group is None or any(isinstance(k, (exp.Rollup, exp.Cube, exp.GroupingSets)) for k in group.expressions):
        return False
    outputs = [p.unalias() for p in select.expressions]
    keys = [o.this for o in window.args["order"].expressions] + list(window.args.get("partition_by") or ())
    covered = {k.sql("trino") for k in keys}
    for key in group.expressions:
        position = isinstance(key, exp.Literal) and key.is_int
        if (outputs[int(key.name) - 1] if position else key).sql("trino") not in covered:
            return False
    return True
