"""Names: what each column of a query refers to, and of which type it is.

The tree is read, never rearranged: types are left on its nodes (`signatures.type_of`), so that rules see the query as
its author wrote it and the difference shown to a person stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from smartroute_runbook.errors import did_you_mean
from smartroute_runbook.translate.model import Invalid, Problem, Refusal
from smartroute_runbook.translate.schema import Schema
from smartroute_runbook.translate.signatures import META, signature, type_of
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BIGINT, BOOLEAN, NULL, UNKNOWN, Type, common

__all__ = ["Columns", "Findings", "Names", "aggregates", "output_name"]

Columns = list[tuple[str, Type]]
AGGREGATES = (exp.AggFunc, exp.Filter)
NAMED_AGGREGATES = frozenset({"every", "geometric_mean"})
OPAQUE = (
    exp.DataType,
    exp.Var,
    exp.Identifier,
    exp.JSONPath,
    exp.IntervalSpan,
    exp.TableAlias,
    exp.Star,
    exp.WindowSpec,
)


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
    return projection.alias_or_name.lower() or f"_col{position}"


class Names:
    """Resolves and types one query against a schema; `problems` holds what was found."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.findings = Findings()
        self._ordering: Mapping[str, Type] = {}  # result columns that an ORDER BY expression may name

    def query(self, node: exp.Expression, ctes: Mapping[str, Columns], parent: Scope | None = None) -> Columns:
        """Names and types of a query's result columns."""
        known = dict(ctes)
        with_ = node.args.get("with_")
        for cte in with_.expressions if with_ else ():
            if with_.args.get("recursive"):
                self._anchor(cte, known)
            columns = self.query(cte.this, known, parent)
            known[cte.alias.lower()] = self._renamed(cte, columns)
        if isinstance(node, exp.Select):
            return self._select(node, known, parent)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, known, parent)
        if isinstance(node, exp.Subquery):
            return self._renamed(node, self.query(node.this, known, parent))
        if isinstance(node, exp.Values):
            return self._values(node, known, parent)
        self._note(Refusal("syntax", f"{type(node).__name__} is not a query", "write a SELECT"))
        return []

    # -- relations

    def _renamed(self, node: exp.Expression, columns: Columns) -> Columns:
        names = [c.name.lower() for c in node.args["alias"].columns] if node.args.get("alias") else []
        if not names:
            return columns
        if len(names) != len(columns):
            self._note(Invalid("columns", f"{node.alias} names {len(names)} columns for {len(columns)}"))
        return [(name, kind) for name, (_, kind) in zip(names, columns, strict=False)]

    def _anchor(self, cte: exp.Expression, known: dict[str, Columns]) -> None:
        if isinstance(cte.this, exp.Union):
            known[cte.alias.lower()] = self._renamed(cte, Names(self.schema).query(cte.this.left.copy(), known))

    def _values(self, node: exp.Expression, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        scope = Scope([], parent)
        kinds: list[Type] = []
        for row in rows:
            found = [self.expression(cell, scope, ctes) for cell in row]
            kinds = found if not kinds else [common(a, b) or UNKNOWN for a, b in zip(kinds, found, strict=False)]
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
            self._note(Refusal("lateral", "LATERAL has no counterpart in Redshift", "join a subquery instead"))
        else:
            self._note(Refusal("syntax", f"{athena(node)} in FROM is not known", "use a table or a subquery"))
        return Relation(node.alias.lower(), {})

    def _table(self, node: exp.Table, ctes: Mapping[str, Columns]) -> Relation:
        name, database = node.name.lower(), node.db.lower()
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
            kinds += kind.of if kind.name in ("array", "map") else [UNKNOWN]
        kinds += [BIGINT] if node.args.get("offset") else []
        alias = node.args.get("alias")
        names = [c.name.lower() for c in alias.columns] if alias else []
        return Relation(node.alias.lower(), dict(zip(names, kinds, strict=False)))

    # -- queries

    def _set_operation(self, node: exp.SetOperation, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        left, right = self.query(node.left, ctes, parent), self.query(node.right, ctes, parent)
        if len(left) != len(right):
            self._note(Invalid("columns", f"a set operation joins {len(left)} columns with {len(right)}"))
        result = []
        for (name, a), (_, b) in zip(left, right, strict=False):
            both = common(a, b)
            if both is None:
                self._note(Invalid("type-mismatch", f"column {name} is {a} on one side and {b} on the other"))
            elif a != b and not (a.open or b.open) and "decimal" in (a.name, b.name):
                node.meta["mixed"] = True
            result.append((name, both or UNKNOWN))
        scope = Scope([Relation("", dict(result))], parent)
        for ordered in node.args["order"].expressions if node.args.get("order") else ():
            self._order_key(ordered, scope, ctes)
        return result

    def _select(self, node: exp.Select, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        scope = Scope([], parent)
        from_ = node.args.get("from_")
        if from_:
            scope.relations.append(self._relation(from_.this, ctes, scope))
        for join in [*(from_.this.args.get("joins") or () if from_ else ()), *(node.args.get("joins") or ())]:
            scope.relations.append(self._relation(join.this, ctes, scope))
            using = {name.name.lower() for name in join.args.get("using") or ()}
            scope.merged |= using
            if join.args.get("on"):
                self._condition(join.args["on"], scope, ctes)
        if node.args.get("laterals"):
            self._note(Refusal("lateral", "LATERAL has no counterpart in Redshift", "join a subquery instead"))
        if node.args.get("where"):
            self._condition(node.args["where"].this, scope, ctes)
        columns = self._projections(node, scope, ctes)
        self._grouping(node, scope, ctes)
        if node.args.get("having"):
            self._condition(node.args["having"].this, scope, ctes)
        for window in node.args.get("windows") or ():
            self._window(window, scope, ctes)
        scope.aliases = dict(columns)
        for ordered in node.args["order"].expressions if node.args.get("order") else ():
            self._order_key(ordered, scope, ctes)
        return columns

    def _projections(self, node: exp.Select, scope: Scope, ctes: Mapping[str, Columns]) -> Columns:
        columns: Columns = []
        for position, projection in enumerate(node.expressions):
            star = isinstance(projection, exp.Star) or (
                isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
            )
            if star:
                wanted = projection.table.lower() if isinstance(projection, exp.Column) else ""
                seen: set[str] = set()
                for relation in scope.relations:
                    if not wanted or relation.alias == wanted:
                        columns += [(n, t) for n, t in relation.columns.items() if n not in seen & scope.merged]
                        seen |= set(relation.columns)
            else:
                kind = self.expression(projection, scope, ctes)
                columns.append((output_name(projection, position), kind))
        return columns

    def _grouping(self, node: exp.Select, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        group = node.args.get("group")
        for key in group.expressions if group else ():
            parts = key.expressions if isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets)) else [key]
            for part in self._grouping_parts(parts):
                if isinstance(part, exp.Literal) and part.is_int:
                    if not 1 <= int(part.name) <= len(node.expressions):
                        self._note(Invalid("group-by", f"GROUP BY {part.name} is not a column of the result"))
                else:
                    self.expression(part, scope, ctes)

    def _grouping_parts(self, parts: list[exp.Expression]) -> Iterator[exp.Expression]:
        for part in parts:
            if isinstance(part, (exp.Tuple, exp.Rollup, exp.Cube)):
                yield from self._grouping_parts(part.expressions)
            else:
                yield part.unnest()

    def _order_key(self, ordered: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table and key.name.lower() in scope.aliases:
            key.meta[META] = scope.aliases[key.name.lower()]
            key.meta["alias_of"] = key.name.lower()
        elif not isinstance(key, exp.Literal):
            self._ordering = scope.aliases
            self.expression(key, scope, ctes)
            self._ordering = {}

    # -- expressions

    def _note(self, finding: Invalid | Refusal) -> None:
        pile = self.findings.invalid if isinstance(finding, Invalid) else self.findings.refused
        if finding.problem not in pile:
            pile.append(finding.problem)

    def _condition(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        kind = self.expression(node, scope, ctes)
        if not kind.open and kind != BOOLEAN:
            self._note(Invalid("type-mismatch", f"{athena(node)} is {kind}, not a condition"))

    def expression(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> Type:
        """Types a node and everything below it."""
        try:
            kind = self._typed(node, scope, ctes)
        except (Invalid, Refusal) as finding:
            self._note(finding)
            kind = UNKNOWN
        node.meta[META] = kind
        return kind

    def _typed(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> Type:
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, (exp.Query, exp.Subquery)):
            node.meta["correlated_below"] = True
            columns = self.query(node, ctes, scope)
            return columns[0][1] if columns else UNKNOWN
        if isinstance(node, exp.Lambda):
            raise Refusal("lambda", f"{athena(node)} is a lambda function", "flatten the array into rows first")
        if isinstance(node, exp.Dot):
            raise Refusal("nested", f"{athena(node)} reads a field of a row", "flatten the field at load")
        for child in node.iter_expressions():
            if not isinstance(child, OPAQUE):
                self._below(child, scope, ctes)
        check = signature(node)
        if check is None:
            name = node.name if isinstance(node, exp.Anonymous) else node.key
            raise Refusal("unknown", f"no translation is known for {name.upper()}", f"rewrite {athena(node)}")
        if any(type_of(child) == UNKNOWN for child in node.iter_expressions() if not isinstance(child, OPAQUE)):
            return UNKNOWN
        return check(node)

    def _below(self, child: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        if isinstance(child, (exp.Distinct, exp.Order, exp.Ordered, exp.Tuple, exp.Where)):
            for part in child.iter_expressions():
                self._below(part, scope, ctes)
            child.meta[META] = type_of(child.this) if isinstance(child.this, exp.Expression) else NULL
        else:
            self.expression(child, scope, ctes)

    def _window(self, node: exp.Expression, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        for part in node.args.get("partition_by") or ():
            self.expression(part, scope, ctes)
        if node.args.get("order"):
            self._below(node.args["order"], scope, ctes)

    def _column(self, node: exp.Column, scope: Scope) -> Type:
        name, table = node.name.lower(), node.table.lower()
        if isinstance(node.this, exp.Star):
            return NULL
        if name.startswith("$"):
            raise Refusal("hidden-column", f'"{name}" names a file, which Redshift does not know', "leave it out")
        if not table and name in self._ordering:
            node.meta["alias_of"] = name
            return self._ordering[name]
        _require_plain(node, scope)
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


def _require_plain(node: exp.Column, scope: Scope) -> None:
    """A dotted name may be a field of a row rather than a column of a table."""
    first = node.parts[0].name.lower()
    relations = {r.alias for r in scope.relations}
    dotted = node.args.get("db") is not None and any(first in (r.alias, *r.columns) for r in scope.relations)
    field_of_row = node.table and first not in relations and any(first in r.columns for r in scope.relations)
    if dotted or field_of_row:
        raise Refusal("nested", f"{athena(node)} reads a field of a row", "flatten the field at load")


def _resolved(node: exp.Column, relation: Relation, levels: int) -> Type:
    if levels > 1:
        why = f"{athena(node)} belongs to a query two levels up, which Redshift's subqueries cannot see"
        raise Refusal("correlated", why, "join instead")
    node.meta["outer"] = levels > 0
    return relation.columns[node.name.lower()]


def _missing(node: exp.Column, scope: Scope) -> Type:
    table = node.table.lower()
    if any(r.alias in ("", table) or not table for r in scope.relations if not r.columns):
        return UNKNOWN  # the relation itself is already reported
    names = [column for relation in scope.relations for column in relation.columns]
    hint = did_you_mean(node.name.lower(), names) if names else "there is no table in FROM"
    raise Invalid("unknown-column", f"there is no column {athena(node)}", hint)
