"""Nested columns that are loaded as SUPER: fields, subscripts and rows of arrays, where navigation is the same.

Attributes are read in lower case, as Redshift does unless a session says otherwise. What is taken out of SUPER is cast
to the type that the schema gives it; a value of another type is NULL or an error there, never another value.
"""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BOOLEAN, Type, type_of

from .base import AWS, Lowering, rule
from .trees import binary, call, cast, decimal_cast, number, typed

SCALARS = {
    "varchar": "varchar(65535)", "bigint": "bigint", "integer": "integer", "smallint": "smallint",
    "tinyint": "smallint", "double": "double precision", "real": "real", "boolean": "boolean",
}  # fmt: skip


def path_of(node: exp.Expression) -> exp.Expression | None:
    """How Redshift navigates to a nested value; None when it is no part of a SUPER column.

    Raises:
        Refusal: an attribute that navigation does not find by its name, or a place that is not constant.
    """
    node = node.unnest()
    if isinstance(node, exp.Column):
        sources = type_of(node).sources
        unnested = bool(sources) and isinstance(sources[0], exp.Unnest)
        if not (node.meta.get("path") or unnested or type_of(node).is_super) or (sources and not unnested):
            return None
        return _of_unnest(node, sources[0]) if unnested else _dotted([_attribute(part.name) for part in node.parts])
    if isinstance(node, exp.Dot):
        base = path_of(node.this)
        return None if base is None else exp.Dot(this=base, expression=_attribute(node.expression.name))
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1 and type_of(node.this).is_super:
        return _subscript(node)
    return None


def _dotted(parts: list[exp.Identifier]) -> exp.Expression:
    return exp.Column(this=parts[0]) if len(parts) == 1 else exp.Dot.build(parts)


def _attribute(name: str) -> exp.Identifier:
    if name != name.lower():
        hint = "SET enable_case_sensitive_super_attribute, and load the attribute in lower case to be translated"
        raise Refusal("super", f"the attribute {name} is not in lower case", hint)
    return exp.to_identifier(name, quoted=not re.fullmatch("[a-z_][a-z0-9_]*", name))


def _of_unnest(node: exp.Column, source: exp.Expression) -> exp.Expression:
    """A column of UNNEST: the element itself, a field of it, or its place."""
    alias = source.args["alias"].name
    fields = type_of(source.expressions[0]).inner()
    if fields.name == "row" and node.name.lower() in source.meta["columns"]:
        place = source.meta["columns"].index(node.name.lower())
        if place < len(fields.names):
            return exp.Dot.build([exp.to_identifier(alias), _attribute(fields.names[place])])
    return exp.column(alias)


def _subscript(node: exp.Bracket) -> exp.Expression:
    base, key, counted = path_of(node.this), node.expressions[0], node.args.get("offset")
    if base is None:
        raise Refusal("super", f"{athena(node)} is not part of a column", "name the column")
    if type_of(node.this).name == "map":
        if not key.is_string:
            raise Refusal("super", f"the key in {athena(node)} is not constant", "write the key as text")
        return exp.Dot(this=base, expression=_attribute(key.name))
    written = int(key.name) if isinstance(key, exp.Literal) and key.is_int else -1
    place = written - 1 if counted else written  # element_at counts as it is written
    if place < 0:
        raise Refusal("super", f"the place in {athena(node)} is not constant, or from the end", "write the place")
    return exp.Bracket(this=base, expressions=[number(place)])


def _read(node: exp.Expression, path: exp.Expression, kind: Type) -> exp.Expression:
    if kind.name == "decimal":
        return decimal_cast(path, kind)
    if kind.name not in SCALARS:
        raise Refusal("super", f"{athena(node)} is {kind} inside a nested value", "flatten it at load")
    return cast(path, SCALARS[kind.name])


@rule(
    "super",
    exp.Column,
    exp.Dot,
    exp.Bracket,
    why="a part of a SUPER value is read by its path and cast to its type",
    source=AWS + "query-super.html",
)
def _super(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Column) and not node.meta.get("path"):
        sources = type_of(node).sources
        if not sources or not isinstance(sources[0], exp.Unnest):
            return None
        if sources[0].args.get("offset") and node.name.lower() == sources[0].meta["columns"][-1]:
            place = exp.column(f"{sources[0].args['alias'].name}_at")
            return _named(node, exp.Paren(this=binary(exp.Add, place, number(1))))
    path = path_of(node)
    if path is None:
        return None
    if isinstance(node, exp.Bracket):
        lower.note("super", "a key or place that is not there is NULL on Redshift, an error on Athena", "element_at")
        node.expressions[0].name  # noqa: B018 - the key is in the path
    _handed(node, lower)
    return _named(node, _read(node, path, type_of(node)))


def _named(node: exp.Expression, made: exp.Expression) -> exp.Expression:
    """A column of the result keeps its name."""
    named = isinstance(node.parent, exp.Select) and node.arg_key == "expressions" and isinstance(node, exp.Column)
    return exp.alias_(made, node.name) if named else made


def _handed(node: exp.Expression, lower: Lowering) -> None:
    """Tells the walk that the whole node is in its path."""
    for key in ("this", "expression", "expressions", "table"):
        part = node.args.get(key)
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, exp.Expression):
                lower.taken(each)


@rule(
    "super-rows",
    exp.Join,
    why="rows are made of a SUPER array by naming it in FROM",
    source=AWS + "query-super.html",
)
def _super_rows(node: exp.Join, lower: Lowering) -> exp.Expression | None:
    source = node.this
    if not isinstance(source, exp.Unnest) or not any(type_of(part).is_super for part in source.expressions):
        return None
    alias = source.args.get("alias")
    several = len(source.expressions) != 1 or type_of(source.expressions[0]).name == "map"
    if several or alias is None or not alias.columns:
        hint = (
            "flatten it at load, or decide for FROM t, UNPIVOT t.map AS value AT key, which may leave NULL values out"
        )
        raise Refusal("super-rows", f"{athena(source)} makes rows of several arrays, or of a map", hint)
    path = path_of(source.expressions[0])
    of = source.expressions[0].meta.get("relation")
    if path is not None and of:  # a path in FROM begins with the name of what it is a path of
        parts = [path.this] if isinstance(path, exp.Column) else list(path.find_all(exp.Identifier))
        path = exp.Dot.build([exp.to_identifier(of), *parts])
    outer = str(node.args.get("side") or "").upper() == "LEFT"
    on = node.args.get("on")
    if path is None or (on is not None and not (isinstance(on, exp.Boolean) and on.this)):
        raise Refusal("super-rows", f"{athena(node)} has no counterpart", "CROSS JOIN UNNEST, or LEFT JOIN ... ON TRUE")
    if not alias.name:
        raise Refusal("super-rows", f"{athena(source)} has no name", "write UNNEST(...) AS name (column)")
    named: exp.Expression = exp.alias_(path, alias.name)
    if source.args.get("offset") and _joins_on_later(node):
        raise Refusal("super-rows", f"{athena(node)}: its places, before a JOIN", "move the UNNEST behind the JOINs")
    if source.args.get("offset"):
        named = exp.AtIndex(this=named, expression=exp.to_identifier(f"{alias.name}_at"))
    _handed(node, lower)
    kind = str(node.args.get("kind") or "")
    if outer or (_joins_on_later(node) and kind.upper() in ("CROSS", "")):
        return exp.Join(this=named, side="LEFT" if outer else None, on=exp.Boolean(this=True))
    return exp.Join(this=named) if kind.upper() in ("CROSS", "") else None


def _joins_on_later(node: exp.Join) -> bool:
    """Whether a join by a condition follows: it would see only what stands after a comma (r_FROM_clause30)."""
    joins = node.parent.args.get("joins") or [] if node.parent is not None else []
    place = next((at for at, each in enumerate(joins) if each is node), len(joins))
    return any(each.args.get("on") is not None or each.args.get("using") for each in joins[place + 1 :])


@rule(
    "super-length",
    exp.ArraySize,
    why="the length of a SUPER array is GET_ARRAY_LENGTH",
    source=AWS + "get_array_length.html",
)
def _super_length(node: exp.ArraySize, lower: Lowering) -> exp.Expression | None:
    if not type_of(node.this).is_super or type_of(node.this).name != "array":
        return None
    path = path_of(node.this)
    if path is None:
        return None
    lower.taken(node.this)
    return call("GET_ARRAY_LENGTH", path)


@rule(
    "super-null",
    exp.Is,
    why="whether a SUPER value is there is asked of its path",
    source=AWS + "query-super.html",
)
def _super_null(node: exp.Is, lower: Lowering) -> exp.Expression | None:
    if not type_of(node.this).is_super or not isinstance(node.expression, exp.Null):
        return None
    path = path_of(node.this)
    if path is None:
        return None
    lower.taken(node.this)
    return exp.Is(this=path, expression=lower(node.expression))


@rule(
    "contains-constant",
    exp.ArrayContains,
    why="whether a constant array contains a value is IN",
    source=AWS + "r_in_condition.html",
)
def _contains(node: exp.ArrayContains, lower: Lowering) -> exp.Expression | None:
    array = node.this
    if not isinstance(array, exp.Array) or not array.expressions:
        return None
    if any(isinstance(each, exp.Null) for each in array.expressions):
        return None
    lower.taken(array)
    return exp.Paren(this=lower(typed(exp.In(this=node.expression.copy(), expressions=array.expressions), BOOLEAN)))
