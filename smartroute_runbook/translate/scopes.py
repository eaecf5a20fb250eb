"""Names: what each column of a query refers to, and of which type it is.

The tree is read, never rearranged: types are left on its nodes (`types.type_of`), so that rules see the query as
its author wrote it and the difference shown to a person stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from smartroute_runbook.quantities import plural

from .from_clause import FromClause
from .hints import function_name, instead_of
from .model import Invalid, Refusal
from .relations import SUPER_HINT, Columns, Relation, Scope, column_type, output_name
from .schema import Schema
from .signatures import signature
from .text import athena
from .types import BOOLEAN, META, NULL, RESULT, UNKNOWN, Type, common, type_of

__all__ = ["Names"]

OPAQUE = (
    exp.DataType,
    exp.Var,
    exp.Identifier,
    exp.JSONPath,
    exp.Star,
    exp.WindowSpec,
)


class Names(FromClause):
    """Resolves and types one query against a schema; `problems` holds what was found."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
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
        if isinstance(node, (exp.Select, exp.SetOperation)):
            read = self._select if isinstance(node, exp.Select) else self._set_operation
            columns = read(node, known, parent)
            node.meta[RESULT] = tuple(kind for _, kind in columns)
            return columns
        if isinstance(node, exp.Subquery):
            return self._renamed(node, self.query(node.this, known, parent))
        if isinstance(node, exp.Values):
            return self._values(node, known, parent)
        self._note(Refusal("syntax", f"{type(node).__name__} is not a query", "write a SELECT"))
        return []

    # -- queries

    def _set_operation(self, node: exp.SetOperation, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        left, right = self.query(node.left, ctes, parent), self.query(node.right, ctes, parent)
        if len(left) != len(right):
            self._note(Invalid("columns", f"a set operation joins {plural(len(left), 'column')} with {len(right)}"))
        result: Columns = []
        for (name, a), (_, b) in zip(left, right, strict=False):
            both = common(a, b)
            if both is None:
                self._note(Invalid("type-mismatch", f"column {name} is {a} on one side and {b} on the other"))
            elif (a != b and not (a.open or b.open)) or (a.name == "null" and not b.open):
                node.meta.setdefault("mixed", {})[len(result)] = both
            result.append((name, replace(both or UNKNOWN, sources=(*a.sources, *b.sources))))
        scope = Scope([Relation("", dict(result))], parent)
        for ordered in node.args["order"].expressions if node.args.get("order") else ():
            self._order_key(ordered, scope, ctes)
        return result

    def _select(self, node: exp.Select, ctes: Mapping[str, Columns], parent: Scope | None) -> Columns:
        scope = Scope([], parent)
        from_ = node.args.get("from_")
        if from_:
            self._attach(from_.this, ctes, scope)
        for join in node.args.get("joins") or ():
            self._join(join, ctes, scope)
        if node.args.get("laterals"):
            self._note(Refusal("lateral", "LATERAL VIEW has no counterpart in Redshift", "join a subquery instead"))
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
                        left_out = scope.merged if wanted else seen & scope.merged
                        columns += [(n, t) for n, t in relation.columns.items() if n not in left_out]
                        seen |= set(relation.columns)
                        if wanted and scope.merged & set(relation.columns):
                            projection.meta["expands"] = [n for n in relation.columns if n not in left_out]
            else:
                kind = self.expression(projection, scope, ctes)
                columns.append((output_name(projection, position), replace(kind, sources=(projection.unalias(),))))
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
        elif isinstance(key, exp.Literal) and key.is_int and not 1 <= int(key.name) <= len(scope.aliases or (0,)):
            self._note(Invalid("order-by", f"ORDER BY {key.name} is not a column of the result"))
        elif not isinstance(key, exp.Literal):
            self._ordering = scope.aliases
            self.expression(key, scope, ctes)
            self._ordering = {}

    # -- expressions

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
            return column_type(node, scope, self._ordering)
        if isinstance(node, (exp.Query, exp.Subquery)):
            node.meta["correlated_below"] = True
            columns = self.query(node, ctes, scope)
            return columns[0][1] if columns else UNKNOWN
        if isinstance(node, exp.Lambda):
            raise Refusal("lambda", f"{athena(node)} is a lambda function", "flatten the array into rows first")
        if isinstance(node, exp.Dot):
            return self._dot(node, scope, ctes)
        for child in node.iter_expressions():
            if not isinstance(child, OPAQUE):
                self._below(child, scope, ctes)
        check = signature(node)
        if check is None:
            raise Refusal("unknown", f"no translation is known for {function_name(node).upper()}", instead_of(node))
        if isinstance(node, exp.Cast) and isinstance(node.this, exp.Placeholder):
            return check(node)
        if any(type_of(child) == UNKNOWN for child in node.iter_expressions() if not isinstance(child, OPAQUE)):
            return UNKNOWN
        return check(node)

    def _dot(self, node: exp.Dot, scope: Scope, ctes: Mapping[str, Columns]) -> Type:
        kind = self.expression(node.this, scope, ctes)
        if not kind.is_super or not isinstance(node.expression, exp.Identifier):
            raise Refusal("nested", f"{athena(node)} reads a field of a row", SUPER_HINT)
        return kind.inner(node.expression.name.lower())

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
