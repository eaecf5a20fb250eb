"""The types of expressions, as Redshift derives them: DuckDB would divide, average and round otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from smartroute_runbook.standins.redshift.database import ColumnInfo

from .arithmetic import unified
from .returns import returned_by
from .types import SUPER, DataType, named

__all__ = ["Inference"]

Env = Mapping[str, Mapping[str, DataType | None]]


class Inference:
    """Annotates a tree with types (in ``meta["rs"]``), scope by scope.

    Args:
        columns: declared columns of tables, by the DuckDB name that stands in the tree.
        parameters: types of parameters by number.
    """

    def __init__(self, columns: Mapping[str, tuple[ColumnInfo, ...]], parameters: Mapping[int, DataType]) -> None:
        self._columns, self._parameters = columns, parameters

    def statement(self, tree: exp.Expression) -> list[DataType | None]:
        """Annotates a whole statement; the types of a query's columns, in order where their names differ."""
        if isinstance(tree, exp.Query):
            return list(self.query(tree, {}, {}).values())
        env = self._sources(tree, {}, {})
        for part in tree.args.values():
            for node in part if isinstance(part, list) else [part]:
                if isinstance(node, exp.Query):
                    self.query(node, {}, env)
                elif isinstance(node, exp.Expression):
                    self._walk(node, {}, env)
        return []

    def query(self, tree: exp.Expression, ctes: Env, outer: Env) -> dict[str, DataType | None]:
        """Annotates a query; the names and types of its columns."""
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this, ctes, outer)
        known = self._ctes(tree, ctes, outer)
        if isinstance(tree, exp.SetOperation):
            left, right = self.query(tree.this, known, outer), self.query(tree.expression, known, outer)
            pairs = zip(left.items(), right.values(), strict=False)
            return {name: _typed(unified((one, two))) for (name, one), two in pairs}
        if not isinstance(tree, exp.Select):
            return {}
        sources = self._sources(tree, known, outer)
        env = {**outer, **sources}
        result: dict[str, DataType | None] = {}
        for index, projection in enumerate(tree.expressions):
            kind = self._walk(projection, known, env)
            if isinstance(projection, exp.Star):
                for source in sources.values():
                    result.update(source)
            else:
                value = projection.unalias()
                constant = isinstance(value, exp.Literal) and value.is_string
                named_kind = replace(kind, constant=True) if constant and kind is not None else kind
                result[(projection.alias_or_name or f"column{index}").lower()] = named_kind
        for join in _within_parentheses(tree):
            self._walk(join.args.get("on") or exp.true(), known, {"": result, **env})
        for key in ("joins", "where", "group", "having", "qualify", "order", "distinct", "limit"):
            for node in _nodes(tree.args.get(key)):
                self._walk(node, known, {"": result, **env})
        return result

    def _ctes(self, tree: exp.Expression, ctes: Env, outer: Env) -> Env:
        """The common table expressions in sight; a recursive one is typed by its first branch, then as a whole."""
        known = dict(ctes)
        clause = tree.args.get("with_")
        for cte in clause.expressions if clause else []:
            if clause.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                known[cte.alias.lower()] = _renamed(cte, self.query(cte.this.this, known, outer))
            known[cte.alias.lower()] = _renamed(cte, self.query(cte.this, known, outer))
        return known

    def _sources(self, tree: exp.Expression, ctes: Env, outer: Env) -> dict[str, Mapping[str, DataType | None]]:
        found: dict[str, Mapping[str, DataType | None]] = {}
        clauses = [tree.args.get(key) for key in ("from_", "using", "this")]
        nodes = [clause.this if isinstance(clause, exp.From) else clause for clause in clauses]
        nodes += [join.this for join in tree.args.get("joins") or []]
        for node in nodes:
            for each in node if isinstance(node, list) else [node]:
                if isinstance(each, exp.Table):
                    name = each.sql("duckdb", comments=False).partition(" AS ")[0]
                    if name in self._columns:
                        found[each.alias_or_name.lower()] = {
                            column.name: named(column.type) for column in self._columns[name]
                        }
                    elif each.name.lower() in ctes:
                        found[each.alias_or_name.lower()] = ctes[each.name.lower()]
                    nodes.extend(join.this for join in each.args.get("joins") or [])
                elif isinstance(each, exp.Subquery) and isinstance(each.this, (exp.Table, exp.Subquery)):
                    nodes.append(each.this)  # joins between parentheses
                    nodes.extend(join.this for join in each.args.get("joins") or [])
                elif isinstance(each, exp.Subquery):
                    found[each.alias.lower()] = _renamed(each, self.query(each.this, ctes, outer))
        return found

    def _walk(self, node: exp.Expression, ctes: Env, env: Env) -> DataType | None:
        if isinstance(node, exp.Query):
            kinds = list(self.query(node, ctes, env).values())
            kind = kinds[0] if len(kinds) == 1 else None
        elif isinstance(node, exp.Table):
            return None
        else:
            for child in node.iter_expressions():
                self._walk(child, ctes, env)
            kind = self._kind(node, env)
        if kind is not None:
            node.meta["rs"] = kind
        return kind

    def _kind(self, node: exp.Expression, env: Env) -> DataType | None:
        if isinstance(node, exp.Column):
            return self._column(node, env)
        if isinstance(node, exp.Parameter):
            return self._parameters.get(int(node.this.name))
        return returned_by(node)

    def _column(self, node: exp.Column, env: Env) -> DataType | None:
        name = node.name.lower()
        if node.table and node.table.lower() in env:
            return env[node.table.lower()].get(name)
        if node.table:  # a path into a SUPER reads as a column of a table
            parts = [part.name.lower() for part in node.parts[:-1]]
            kinds = [source.get(part) for source in env.values() for part in parts]
            return SUPER if SUPER in kinds else None
        for source, columns in reversed(list(env.items())):
            if name in columns:
                node.meta["of_result"] = not source  # the name that a SELECT gives to a column of its result
                return columns[name]
        return None


def _typed(kind: DataType | None) -> DataType | None:
    """A set operation gives its constants the type of a text."""
    return replace(kind, constant=False) if kind is not None and kind.constant else kind


def _within_parentheses(tree: exp.Expression) -> Iterator[exp.Join]:
    """Joins that stand in a table of FROM or of a join, rather than in the SELECT."""
    for join in tree.find_all(exp.Join):
        if join.find_ancestor(exp.Select) is tree and join.parent is not tree:
            yield join


def _nodes(part: Any) -> list[exp.Expression]:
    return [node for node in (part if isinstance(part, list) else [part]) if isinstance(node, exp.Expression)]


def _renamed(node: exp.Expression, columns: dict[str, DataType | None]) -> dict[str, DataType | None]:
    alias = node.args.get("alias")
    names = [each.name.lower() for each in alias.args.get("columns") or []] if alias else []
    return dict(zip(names, columns.values(), strict=False)) if names else columns
