"""Names of three parts and more: schema.table.column, or fields of a row (a path into a SUPER) within a column."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["read_dotted_names"]


def read_dotted_names(tree: exp.Expr) -> exp.Expr:
    """The tree, changed in place but where it is such a name itself: the parser takes the first parts for a schema."""
    sources = {each.alias_or_name.lower() for each in tree.find_all(exp.Table, exp.Subquery, exp.CTE, exp.Unnest)}
    for column in [each for each in tree.find_all(exp.Column) if each.args.get("db")]:
        parts = [part.copy() for part in column.parts]
        if column.table.lower() in sources:  # of schema.table.column the table's name is enough
            column.set("db", None)
            column.set("catalog", None)
            continue
        qualified = parts[0].name.lower() in sources
        base = exp.Column(this=parts[1], table=parts[0]) if qualified else exp.Column(this=parts[0])
        made = exp.Dot.build([base, *parts[2 if qualified else 1 :]])
        if column is tree:
            return made
        column.replace(made)
    return tree
