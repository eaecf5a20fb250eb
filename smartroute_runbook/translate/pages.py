"""Stable pages: an ORDER BY with a LIMIT whose key may tie shows other rows on each engine, and on each run."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from smartroute_runbook.translate.rules.base import AWS

from .model import Change
from .relations import output_name
from .rules import Lowering
from .source import parse
from .text import AthenaText, athena, redshift

__all__ = ["name_columns", "stabilise", "stable_page"]

WHY = "rows that tie in the order are cut arbitrarily by LIMIT; a tie-breaker makes the page stable"


def name_columns(tree: exp.Expression, made: exp.Expression, lower: Lowering) -> None:
    """Gives the result's unnamed columns the names that Athena gives them; whoever reads by name goes on."""
    while isinstance(tree, exp.SetOperation) and isinstance(made, exp.SetOperation):
        tree, made = tree.left, made.left
    if not isinstance(tree, exp.Select) or not isinstance(made, exp.Select):
        return
    named: list[exp.Expression] = []
    rest = list(made.expressions)
    for place, before in enumerate(tree.expressions):
        many = len(before.meta.get("expands", "1"))
        after, rest = rest[0], rest[many:]
        if before.is_star:
            named += made.expressions[len(named) : len(named) + many]
            continue
        if _has_name(before) or after.alias_or_name == f"_col{place}":
            named.append(after)
            continue
        named.append(exp.alias_(after, f"_col{place}"))
        why = "Athena names unnamed result columns _col0, _col1, ...; Redshift names them otherwise"
        source = AWS + "r_SELECT_list.html"
        lower.changes.append(Change("column-name", why, athena(before), redshift(named[-1]), source))
    made.set("expressions", named)


def _has_name(projection: exp.Expression) -> bool:
    """Whether Athena names a result column by what is written: an alias, or a plain column."""
    return isinstance(projection, (exp.Alias, exp.Column))


def _with_ties(limit: exp.Expression) -> bool:
    """Whether rows that tie with the last are shown too."""
    options = limit.args.get("limit_options")
    return options is not None and bool(options.args.get("with_ties"))


def stabilise(tree: exp.Expression, made: exp.Expression, lower: Lowering) -> exp.Expression:
    """Notes a page that may tie, and with `improve` gives it a tie-breaker."""
    if not isinstance(tree, exp.Select) or not tree.args.get("limit") or _with_ties(tree.args["limit"]):
        return made
    order = tree.args.get("order")
    if order is None:
        lower.note(
            "stable-page", "LIMIT without ORDER BY takes arbitrary rows", "order by a unique key on both engines"
        )
        return made
    missing = _tie_breakers(tree)
    if not missing:
        return made
    offer = f"ORDER BY {', '.join([*(athena(o) for o in order.expressions), *missing])}"
    lower.note("stable-page", WHY, f"on both engines: {offer}")
    if "stable-page" in lower.improve and isinstance(made, exp.Select):
        before = made.args["order"].sql(dialect="redshift")
        for name in missing:
            made.args["order"].append("expressions", exp.Ordered(this=exp.column(name), nulls_first=False))
        after = made.args["order"].sql(dialect="redshift")
        lower.changes.append(Change("stable-page", WHY, before, after, AWS + "r_ORDER_BY_clause.html"))
    return made


def stable_page(sql: str) -> str:
    """An Athena query whose page may tie, with the tie-breaker that makes it the same on every run and engine.

    The text is returned as it is when its order is unique already, or when it has no page.

    Raises:
        Invalid: not one Trino query.
    """
    tree = parse(sql)
    if not isinstance(tree, exp.Select) or not tree.args.get("limit") or not tree.args.get("order"):
        return sql
    missing = _tie_breakers(tree)
    if not missing:
        return sql
    for name in missing:
        tree.args["order"].append("expressions", exp.Ordered(this=exp.column(name), nulls_first=False))
    return tree.sql(dialect=AthenaText, pretty=True)


def _tie_breakers(select: exp.Select) -> list[str]:
    """Result columns that are not in the order yet; none when the order is unique already."""
    names = [output_name(p, i) for i, p in enumerate(select.expressions)]
    if any(p.is_star for p in select.expressions):
        return []
    ordered = {_sorts_by(key.this, names) for key in select.args["order"].expressions}
    if (group := select.args.get("group")) is not None:
        by_text = {p.unalias().sql("trino"): n for p, n in zip(select.expressions, names, strict=True)}
        keys = [_groups_by(key, names, by_text) for key in group.expressions]
        return [key for key in keys if key not in ordered and key in names]
    if any(n in ordered and _numbers_rows(p.unalias()) for p, n in zip(select.expressions, names, strict=True)):
        return []
    return [name for name in names if name not in ordered and not name.startswith("_col")]


def _sorts_by(key: exp.Expression, names: list[str]) -> str:
    """The result column that a key of ORDER BY is, by its place or its name; else the key's own text."""
    if isinstance(key, exp.Literal) and key.is_int:
        return names[int(key.name) - 1]
    return key.alias_or_name.lower() or key.sql("trino")


def _groups_by(key: exp.Expression, names: list[str], by_text: Mapping[str, str]) -> str:
    """The result column that a key of GROUP BY is; else the key's own text."""
    if isinstance(key, exp.Literal) and key.is_int:
        return names[int(key.name) - 1]
    written = key.sql("trino")
    return by_text.get(written, written)


def _numbers_rows(value: exp.Expression) -> bool:
    return isinstance(value, exp.Window) and isinstance(value.this, exp.RowNumber)
