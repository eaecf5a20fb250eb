"""Names: catalogues, reserved words, hidden columns, results that are nested."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.quantities import plural
from smartroute_runbook.sqlfacts.redshift import reserved_words
from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.parameters import TIME_FILTER
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import call, wrap

RESERVED = reserved_words()


LONGEST = 127  # bytes


@rule(
    "long-name",
    exp.Identifier,
    why="a name has at most 127 bytes on Redshift",
    source=AWS + "r_names.html",
)
def _long_name(node: exp.Identifier, lower: Lowering) -> exp.Expression | None:
    if len(node.name.encode()) > LONGEST:
        raise Refusal(
            "long-name",
            f"the name {node.name[:30]}... has more than {plural(LONGEST, 'byte')}",
            "give it a shorter one",
        )
    return None


@rule(
    "reserved-word",
    exp.Identifier,
    why="the name is a reserved word on Redshift",
    source=AWS + "r_pg_keywords.html",
)
def _reserved_word(node: exp.Identifier, lower: Lowering) -> exp.Expression | None:
    if node.args.get("quoted") or node.name.lower() not in RESERVED:
        return None
    return exp.Identifier(this=node.name, quoted=True)


@rule(
    "catalog",
    exp.Table,
    why="Athena's catalog has no name on Redshift",
    source=AWS + "c_SQL_commands.html",
)
def _catalog(node: exp.Table, lower: Lowering) -> exp.Expression | None:
    if not node.catalog:
        return None
    if node.catalog.lower() != "awsdatacatalog":
        raise Refusal("catalog", f"{athena(node)} is in another catalog", "load the table first")
    plain = node.copy()
    plain.set("catalog", None)
    return lower.same(plain)


@rule(
    "nested-result",
    exp.Column,
    why="Redshift has no arrays, maps or rows outside SUPER",
    source=AWS + "super-overview.html",
)
def _nested_result(node: exp.Column, lower: Lowering) -> exp.Expression | None:
    if type_of(node).nested:
        raise Refusal("nested", f"column {athena(node)} is {type_of(node)}", "decide: SUPER, or flatten it at load")
    if type_of(node).name in ("varbinary", "time", "char"):
        raise Refusal("type", f"column {athena(node)} is {type_of(node)}", "decide how it is loaded")
    return None


@rule(
    "order-alias",
    exp.Column,
    why="in an ORDER BY expression Redshift takes a name for a table's column, Athena for the result's",
    source=AWS + "r_ORDER_BY_clause.html",
)
def _order_alias(node: exp.Column, lower: Lowering) -> exp.Expression | None:
    if "alias_of" not in node.meta or isinstance(node.parent, exp.Ordered):
        return None
    name, select = node.name.lower(), node.find_ancestor(exp.Select)
    if select is None:
        return None
    meant = next((p for p in select.expressions if p.alias_or_name.lower() == name), None)
    plain = meant is not None and isinstance(meant.unalias(), exp.Column) and meant.unalias().name.lower() == name
    if not plain and _aggregated(node):
        why = f"{name} means the result's column in ORDER BY, and Athena does not aggregate that"
        raise Refusal("order-alias", why, "give the result another name, or order by its place")
    if meant is None or isinstance(meant.unalias(), exp.Star):
        raise Refusal("order-alias", f"what {name} in ORDER BY means is not plain", "order by a column of the result")
    return wrap(lower(meant.unalias()))


def _aggregated(node: exp.Column) -> bool:
    """Whether a name stands within an aggregate that is no window function."""
    around = node.find_ancestor(exp.AggFunc, exp.Window, exp.Ordered)
    in_window = isinstance(around, exp.AggFunc) and isinstance(around.parent, exp.Window)
    return isinstance(around, exp.AggFunc) and not in_window


@rule(
    "outer-name",
    exp.Column,
    why="a name may mean an alias of its own SELECT on Redshift before it means a column of the query around it",
    source=AWS + "r_SELECT_list.html",
)
def _outer_name(node: exp.Column, lower: Lowering) -> exp.Expression | None:
    if not node.meta.get("outer") or node.table:
        return None
    select = node.find_ancestor(exp.Select)
    aliases = {p.alias.lower() for p in select.expressions if isinstance(p, exp.Alias)} if select is not None else set()
    if node.name.lower() not in aliases:
        return None
    if not node.meta["outer_relation"]:
        raise Refusal("outer-name", f"{athena(node)} is a column of a query without a name", "name the outer table")
    return exp.Column(this=lower(node.this), table=exp.to_identifier(node.meta["outer_relation"]))


@rule(
    "star-using",
    exp.Select,
    why="beside JOIN ... USING, t.* leaves the joined columns out on Athena and keeps them on Redshift",
    source=AWS + "r_SELECT_list.html",
)
def _star_using(node: exp.Select, lower: Lowering) -> exp.Expression | None:
    if not any("expands" in projection.meta for projection in node.expressions):
        return None
    made = lower.same(node)
    columns: list[exp.Expression] = []
    for before, after in zip(node.expressions, made.expressions, strict=True):
        names = before.meta.get("expands")
        if names == []:
            raise Refusal("star-using", f"{athena(before)} has no columns besides those of USING", "name the columns")
        columns += [after] if names is None else [_column_of(before, name) for name in names]
    made.set("expressions", columns)
    return made


def _column_of(star: exp.Column, name: str) -> exp.Expression:
    quoted = name in RESERVED or not re.fullmatch("[a-z_][a-z0-9_]*", name)
    return exp.Column(this=exp.to_identifier(name, quoted=quoted), table=star.args["table"].copy())


@rule(
    "subquery-alias",
    exp.Subquery,
    why="a subquery in FROM must have a name on Redshift",
    source=AWS + "r_FROM_clause30.html",
)
def _subquery_alias(node: exp.Subquery, lower: Lowering) -> exp.Expression | None:
    if node.alias or not isinstance(node.parent, (exp.From, exp.Join)) or node.meta.get("parenthesis"):
        return None
    lower.unnamed += 1
    made = lower.same(node)
    made.set("alias", exp.TableAlias(this=exp.to_identifier(f"unnamed_{lower.unnamed}")))
    return made


@rule(
    "parameter",
    exp.Anonymous,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.In,
    exp.Between,
    why="a parameter has the type of the value that it gets",
    source=AWS + "r_PREPARE.html",
)
def _parameter(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Anonymous):
        return call(TIME_FILTER, *lower.all(node.expressions)) if node.name.lower() == TIME_FILTER else None
    parts = list(node.iter_expressions())
    if any(isinstance(part, exp.Placeholder) for part in parts) and any(type_of(p).name == "real" for p in parts):
        raise Refusal("parameter", f"{athena(node)} compares REAL with any type", "write CAST(? AS double)")
    return None


@rule(
    "lateral",
    exp.Lateral,
    why="Redshift has no LATERAL; a query that reads nothing of what stands before it is a plain subquery",
    source=AWS + "r_FROM_clause30.html",
)
def _lateral(node: exp.Lateral, lower: Lowering) -> exp.Expression | None:
    if not isinstance(node.this, exp.Subquery):
        return None
    made = lower(node.this)
    alias = node.args.get("alias")
    if alias is None:
        lower.unnamed += 1
    named = exp.TableAlias(this=exp.to_identifier(f"unnamed_{lower.unnamed}")) if alias is None else lower(alias)
    made.set("alias", named)
    return made
