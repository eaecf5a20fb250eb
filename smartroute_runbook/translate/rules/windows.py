"""Windows that rules make of others."""

from __future__ import annotations

from sqlglot import exp

from .unique import select_of

__all__ = ["same_window"]


def same_window(node: exp.Window, function: exp.Expression) -> exp.Expression:
    """A window's partition, order and frame over another function; unique_order still finds its SELECT."""
    made = exp.Window(this=function)  # not a copy of the whole: what is left of the function must have been read
    for key in ("partition_by", "order", "spec", "alias"):
        value = node.args.get(key)
        made.set(key, [each.copy() for each in value] if isinstance(value, list) else value and value.copy())
    made.set("over", node.args.get("over"))
    made.meta.update(node.meta)
    select = select_of(node)
    made.meta["select"] = lambda: select  # a function: a copy of the window does not copy it
    return made
