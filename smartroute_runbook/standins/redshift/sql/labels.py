"""The names that Redshift gives to the columns of a result."""

from __future__ import annotations

from sqlglot import exp

__all__ = ["name_outputs"]


def name_outputs(tree: exp.Expression) -> None:
    """Names the result's columns as Redshift does: by column, by function, else ``?column?``."""
    if not isinstance(tree, exp.Query):
        return
    head = tree
    while isinstance(head, exp.SetOperation | exp.Subquery):
        head = head.this
    if not isinstance(head, exp.Select):
        return
    for projection in list(head.expressions):
        if isinstance(projection, exp.Alias):
            projection.set("alias", exp.to_identifier(projection.alias.lower(), quoted=True))
        elif isinstance(projection, exp.Column) and not isinstance(projection.this, exp.Star):
            projection.replace(exp.alias_(projection.copy(), projection.name.lower(), quoted=True))
        elif not projection.is_star:
            projection.replace(exp.alias_(projection.copy(), _label(projection), quoted=True))


# The names that Redshift gives to unnamed expressions, where they are not the function's own.
LABELS: dict[type[exp.Expression], str] = {
    exp.Boolean: "bool",
    exp.Case: "case", exp.DecodeCase: "case", exp.Coalesce: "coalesce", exp.Count: "count", exp.ApproxDistinct: "count",
    exp.Extract: "date_part", exp.TimestampTrunc: "date_trunc", exp.TsOrDsAdd: "date_add", exp.CurrentDate: "date",
    exp.GroupConcat: "listagg", exp.CurrentTimestamp: "timestamptz", exp.StrPosition: "strpos",
    exp.Exists: "?column?", exp.LogicalAnd: "bool_and", exp.LogicalOr: "bool_or", exp.CurrentUser: "current_user",
    exp.CurrentSchema: "current_schema",
    exp.SessionUser: "session_user",
}  # fmt: skip
TYPE_NAMES = {
    "boolean": "bool", "smallint": "int2", "integer": "int4", "int": "int4", "bigint": "int8", "real": "float4",
    "double precision": "float8", "float": "float8", "decimal": "numeric", "char": "bpchar", "text": "varchar",
    "timestamp with time zone": "timestamptz", "time with time zone": "timetz",
}  # fmt: skip
CALLS = {"datediff": "date_diff", "sysdate": "timestamp", "nvl2": "case"}


def _label(node: exp.Expression) -> str:
    while isinstance(node, exp.Window | exp.WithinGroup | exp.Paren | exp.IgnoreNulls | exp.RespectNulls):
        node = node.this
    if isinstance(node, exp.Column):
        return node.name.lower()
    if isinstance(node, exp.Cast):
        inner = _label(node.this)
        if inner != "?column?":
            return inner
        spelled = str(node.to.sql("redshift")).split("(")[0].lower()
        return TYPE_NAMES.get(spelled, spelled)
    if isinstance(node, exp.Anonymous):
        return CALLS.get(node.name.lower(), node.name.lower())
    if type(node) in LABELS:
        return LABELS[type(node)]
    if isinstance(node, exp.Subquery):
        inner_select = node.this
        return (
            inner_select.selects[0].alias_or_name or "?column?" if isinstance(inner_select, exp.Select) else "?column?"
        )
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        return node.sql_name().lower()
    return "?column?"
