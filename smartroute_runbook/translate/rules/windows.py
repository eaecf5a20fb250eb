"""Windows that rules make of others."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal

from .unique import select_of

__all__ = ["definition", "same_window"]


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


def definition(node: exp.Window) -> exp.Window:
    """A window with a name replaced by what the name stands for."""
    name = node.alias
    if not name:
        return node
    select = select_of(node)
    for window in select.args.get("windows") or () if select is not None else ():
        if window.name.lower() == name.lower():
            copy = node.copy()
            copy.set("alias", None)
            for key in ("partition_by", "order", "spec"):
                if window.args.get(key) and not copy.args.get(key):
                    value = window.args[key]
                    copy.set(key, [v.copy() for v in value] if isinstance(value, list) else value.copy())
            return copy
    raise Refusal("window-frame", f"there is no window {name}", "define it")
