"""Relations: what stands in FROM, and which column of it a name means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from smartroute_runbook.errors import did_you_mean

from .model import Invalid, Problem, Refusal
from .text import athena
from .types import NULL, UNKNOWN, Type

__all__ = ["Columns", "Findings", "Relation", "Scope", "aggregates", "column_type", "output_name"]

Columns = list[tuple[str, Type]]
AGGREGATES = (exp.AggFunc, exp.Filter)
SUPER_HINT = "flatten it at load, or load the column as SUPER and say `{type: ..., super: true}` in the schema"
NAMED_AGGREGATES = frozenset({"every", "geometric_mean"})


@dataclass
class Findings:
    """What was found wrong with a query, in two piles."""

    invalid: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)


@dataclass
class Relation:
    """Something in FROM: its alias and its columns."""

    alias: str
    columns: Mapping[str, Type]


@dataclass
class Scope:
    """The relations that a SELECT sees, and the SELECT around it."""

    relations: list[Relation]
    parent: Scope | None = None
    merged: frozenset[str] = frozenset()  # columns that JOIN ... USING makes one
    aliases: Mapping[str, Type] = field(default_factory=dict)


def aggregates(node: exp.Expression) -> bool:
    """Whether a node is an aggregate function call."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in NAMED_AGGREGATES
    return isinstance(node, AGGREGATES)


def output_name(projection: exp.Expression, position: int) -> str:
    """The result column's name; Trino calls unnamed ones `_col0`, `_col1`, ..."""
    named = isinstance(projection, (exp.Alias, exp.Column))
    return projection.alias_or_name.lower() if named else f"_col{position}"


def column_type(node: exp.Column, scope: Scope, ordering: Mapping[str, Type]) -> Type:
    """The type of the column that a name means, in this SELECT or the one around it.

    Args:
        node: the name.
        scope: where it stands.
        ordering: result columns that an ORDER BY expression may name.

    Raises:
        Invalid: there is none, or several.
        Refusal: it is a hidden column, a field of a row, or of a query two levels up.
    """
    name, table = node.name.lower(), node.table.lower()
    if isinstance(node.this, exp.Star):
        return NULL
    if name.startswith("$"):
        raise Refusal("hidden-column", f'"{name}" names a file, which Redshift does not know', "leave it out")
    if not table and name in ordering:
        node.meta["alias_of"] = name
        return ordering[name]
    field_of_row = _field(node, scope) if node.table else None
    if field_of_row is not None:
        return field_of_row
    seen: Scope | None = scope
    levels = 0
    while seen is not None:
        found = [r for r in seen.relations if name in r.columns and table in ("", r.alias)]
        if len(found) > 1 and name not in seen.merged and not table:
            both = " and ".join(r.alias for r in found)
            raise Invalid("ambiguous", f"column {name} is in {both}", "name the table")
        if found:
            return _resolved(node, found[0], levels)
        seen, levels = seen.parent, levels + 1
    return _missing(node, scope)


def _field(node: exp.Column, scope: Scope) -> Type | None:
    """The type of a row's field, when a dotted name is one rather than a column of a table.

    Raises:
        Refusal: it is, and the row is not loaded as SUPER.
    """
    parts = [part.name.lower() for part in node.parts]
    seen: Scope | None = scope
    relations: dict[str, Relation] = {}
    while seen is not None:
        relations = {**{r.alias: r for r in seen.relations}, **relations}
        seen = seen.parent
    first = relations.get(parts[0])
    if first is not None and (len(parts) < 3 or parts[1] not in first.columns):
        return None  # a column, or a table with its database
    rows = [first] if first is not None else [r for r in scope.relations if parts[0] in r.columns]
    if len(parts) < 2 or not rows:
        return None
    at = 1 if first is not None else 0
    kind = rows[0].columns[parts[at]]
    if not kind.is_super:
        raise Refusal("nested", f"{athena(node)} reads a field of a row", SUPER_HINT)
    for part in parts[at + 1 :]:
        kind = kind.inner(part)
    if kind == UNKNOWN:
        raise Invalid("unknown-column", f"there is no field {athena(node)}")
    node.meta["path"] = True
    node.meta["relation"] = rows[0].alias if first is None else ""
    return kind


def _resolved(node: exp.Column, relation: Relation, levels: int) -> Type:
    if levels > 1:
        why = f"{athena(node)} belongs to a query two levels up, which Redshift's subqueries cannot see"
        raise Refusal("correlated", why, "join instead")
    node.meta["outer"] = levels > 0
    node.meta["relation"] = "" if node.table else relation.alias
    if levels:
        node.meta["outer_relation"] = relation.alias
    return relation.columns[node.name.lower()]


def _missing(node: exp.Column, scope: Scope) -> Type:
    table = node.table.lower()
    if any(r.alias in ("", table) or not table for r in scope.relations if not r.columns):
        return UNKNOWN  # the relation itself is already reported
    names = [column for relation in scope.relations for column in relation.columns]
    hint = did_you_mean(node.name.lower(), names) if names else "there is no table in FROM"
    raise Invalid("unknown-column", f"there is no column {athena(node)}", hint)
