"""FROM: the relations that a SELECT reads, and what each brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from smartroute_runbook.quantities import plural

from .model import Invalid, Refusal
from .relations import Columns, Findings, Relation, Scope
from .schema import Schema
from .text import athena
from .types import BIGINT, UNKNOWN, Type, common, type_of

__all__ = ["FromClause"]


class FromClause:
    """The part of name resolution that reads FROM; `scopes.Names` completes it."""

    schema: Schema
    findings: Findings

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.findings = Findings()

    def query(self, node: exp.Expression, ctes: Mapping[str, Columns], parent: Scope | None = None) -> Columns:
        """Names and types of a query's result columns."""
        raise NotImplementedError

    def expression(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> Type:
        """Types a node and everything below it."""
        raise NotImplementedError

    def _condition(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        raise NotImplementedError

    def _note(self, finding: Invalid | Refusal) -> None:
        pile = self.findings.invalid if isinstance(finding, Invalid) else self.findings.refused
        if finding.problem not in pile:
            pile.append(finding.problem)

    def _attach(self, node: exp.Expression, ctes: Mapping[str, Columns], scope: Scope) -> None:
        """Brings one element of FROM into a scope, with what is joined to it inside its parentheses."""
        inner = node.this if isinstance(node, exp.Subquery) and not node.alias else None
        if isinstance(inner, (exp.Table, exp.Subquery)) and (inner.alias or inner.args.get("joins")):
            node.meta["parenthesis"] = True
            self._attach(inner, ctes, scope)
        else:
            scope.relations.append(self._relation(node, ctes, scope))
        for join in node.args.get("joins") or ():
            self._join(join, ctes, scope)

    def _join(self, join: exp.Expression, ctes: Mapping[str, Columns], scope: Scope) -> None:
        before = len(scope.relations)
        self._attach(join.this, ctes, scope)
        using = {name.name.lower() for name in join.args.get("using") or ()}
        scope.merged |= using
        for name in using:
            kinds = [r.columns[name] for r in scope.relations if name in r.columns]
            join.meta["using_types"] = [*join.meta.get("using_types", ()), *kinds]
            if any(k.name == "real" for k in kinds) and any(k.exact for k in kinds):
                self._note(Refusal("real-width", f"USING ({name}) compares REAL with an exact number", "use ON"))
        if join.args.get("on"):
            join.meta["right"] = scope.relations[before:]
            self._condition(join.args["on"], scope, ctes)

    def _lateral(self, node: exp.Expression, ctes: Mapping[str, Columns], scope: Scope) -> Relation:
        """LATERAL over a query that reads nothing of what stands before it is a plain subquery."""
        if not isinstance(node.this, exp.Subquery):
            self._note(Refusal("lateral", f"{athena(node)} has no counterpart in Redshift", "join a subquery instead"))
            return Relation(node.alias.lower(), {})
        columns = self.query(node.this, ctes, Scope(scope.relations, scope.parent))
        if any(column.meta.get("outer") for column in node.find_all(exp.Column)):
            self._note(Refusal("lateral", "LATERAL reads what stands before it", "join a subquery by that instead"))
        names = [c.name.lower() for c in node.args["alias"].columns] if node.args.get("alias") else []
        kinds = [kind for _, kind in columns]
        return Relation(node.alias.lower(), dict(zip(names, kinds, strict=False)) if names else dict(columns))

    def _renamed(self, node: exp.Expression, columns: Columns) -> Columns:
        names = [c.name.lower() for c in node.args["alias"].columns] if node.args.get("alias") else []
        if not names:
            return columns
        if len(names) != len(columns):
            self._note(Invalid("columns", f"{node.alias} names {plural(len(names), 'column')} for {len(columns)}"))
        return [(name, kind) for name, (_, kind) in zip(names, columns, strict=False)]

    def _anchor(self, cte: exp.Expression, known: dict[str, Columns]) -> None:
        if isinstance(cte.this, exp.Union):
            known[cte.alias.lower()] = self._renamed(cte, type(self)(self.schema).query(cte.this.left.copy(), known))

    def _values(self, node: exp.Expression, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        scope = Scope([], parent)
        kinds: list[Type] = []
        for row in rows:
            found = [self.expression(cell, scope, ctes) for cell in row]
            kinds = found if not kinds else [common(a, b) or UNKNOWN for a, b in zip(kinds, found, strict=False)]
        node.meta["kinds"] = kinds
        kinds = [_of_texts(kind, [row[place] for row in rows]) for place, kind in enumerate(kinds)]
        return self._renamed(node, [(f"_col{i}", kind) for i, kind in enumerate(kinds)])

    def _relation(self, node: exp.Expression, ctes: Mapping[str, Columns], scope: Scope) -> Relation:
        if isinstance(node, exp.Table):
            return self._table(node, ctes)
        if isinstance(node, exp.Unnest):
            return self._unnest(node, ctes, scope)
        if isinstance(node, (exp.Subquery, exp.Values)):
            if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
                inner = self._table(node.this, ctes)
                return Relation(node.alias.lower() or inner.alias, inner.columns)
            columns = self.query(node, ctes, scope.parent)
            return Relation(node.alias.lower(), dict(columns))
        if isinstance(node, exp.Lateral):
            return self._lateral(node, ctes, scope)
        self._note(Refusal("syntax", f"{athena(node)} in FROM is not known", "use a table or a subquery"))
        return Relation(node.alias.lower(), {})

    def _table(self, node: exp.Table, ctes: Mapping[str, Columns]) -> Relation:
        name, database = node.name.lower(), node.db.lower()
        if not isinstance(node.this, exp.Identifier):
            self._note(Refusal("table-function", f"{athena(node)} is a table function", "write the rows as a query"))
            return Relation(node.alias.lower(), {})
        if "$" in name:
            why = f'"{node.name}" is a table about a table, which Redshift has not'
            self._note(Refusal("hidden-table", why, "ask SVV_TABLES, SVV_TABLE_INFO or STL_LOAD_COMMITS"))
            return Relation((node.alias or node.name).lower(), {})
        if not database and name in ctes:
            columns: Mapping[str, Type] | None = dict(ctes[name])
        else:
            columns = self.schema.find(name, database)
            node.meta["schema_table"] = True
        if columns is None:
            shown = f"{database}.{name}" if database else name
            self._note(Invalid("unknown-table", f"there is no table {shown}", self.schema.suggestion(shown)))
            columns = {}
        if node.args.get("sample") or node.find(exp.TableSample):
            self._note(
                Refusal("tablesample", "TABLESAMPLE has no counterpart in Redshift", "filter on a hash of the key")
            )
        renames = [c.name.lower() for c in node.args["alias"].columns] if node.args.get("alias") else []
        if renames:
            columns = dict(zip(renames, columns.values(), strict=False))
        return Relation((node.alias or node.name).lower(), columns)

    def _unnest(self, node: exp.Unnest, ctes: Mapping[str, Columns], scope: Scope) -> Relation:
        kinds: list[Type] = []
        for part in node.expressions:
            kind = self.expression(part, scope, ctes)
            if kind.name == "array" and kind.is_super and kind.inner().name == "row":
                kinds += [kind.inner().inner(name) for name in kind.inner().names]  # UNNEST of rows has their fields
            elif isinstance(part, exp.Array):
                kinds.append(_of_texts(kind.inner(), part.expressions))
            elif kind.name in ("array", "map"):
                kinds += [replace(each, known=kind.known) if each.nested else each for each in kind.of]
            else:
                kinds.append(UNKNOWN)
        kinds += [BIGINT] if node.args.get("offset") else []
        alias = node.args.get("alias")
        names = [c.name.lower() for c in alias.columns] if alias else []
        if any(type_of(part).is_super for part in node.expressions):
            kinds = [replace(kind, sources=(node,)) for kind in kinds]
            node.meta["columns"] = names
        return Relation(node.alias.lower(), dict(zip(names, kinds, strict=False)))


def _of_texts(kind: Type, cells: list[exp.Expression]) -> Type:
    """The type of a column of texts, with the expressions that are its values."""
    return replace(kind, sources=tuple(cells)) if kind.name == "varchar" else kind
