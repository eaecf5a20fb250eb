"""Redshift's SQL as DuckDB's: names resolved, functions mapped, semantics kept where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from smartroute_runbook.standins.dotted_names import read_dotted_names
from smartroute_runbook.standins.fallbacks import guard_fallbacks
from smartroute_runbook.standins.plainer import plainer
from smartroute_runbook.standins.redshift.catalog.absent import absent
from smartroute_runbook.standins.redshift.catalog.system_views import SystemViews
from smartroute_runbook.standins.redshift.database import ColumnInfo, columns_of
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session

from .catalog_names import object_types, require_columns
from .check import check
from .dates import read_dates
from .dialect import parse_tree, render, without_catalog_prefix
from .fit import fit_insert, fit_merge, fit_update
from .implicit_texts import require_types, take_for_texts
from .infer import Inference
from .labels import name_outputs
from .rules import rewrite
from .supers import check_supers, fold_names, type_dynamically
from .types import DataType, named, of

__all__ = ["DuckDbQuery", "expression", "translate"]


@dataclass
class DuckDbQuery:
    """A statement for DuckDB.

    Attributes:
        tree: DuckDB's tree.
        sql: its text.
        target: the (schema, table) that it writes.
        reads: the tables that it reads.
        views: the system views that it reads.
        texts: declared types of the result's text columns, where known, by position.
        sized: positions of those whose length was declared: columns and casts.
        source: the text as it came.
    """

    tree: exp.Expression
    sql: str
    source: str
    target: tuple[str, str] = ("", "")
    reads: frozenset[tuple[str, str]] = frozenset()
    views: frozenset[str] = frozenset()
    texts: dict[int, DataType] = field(default_factory=dict)
    sized: frozenset[int] = frozenset()

    def prepare(self, session: Session) -> None:
        """Makes what the statement reads but the database does not hold (the logs)."""
        SystemViews.refresh(session, self.views)

    def with_parameters(self, spell: Callable[[int], str]) -> str:
        """The SQL for its columns' types: each parameter is a NULL of a type that ``spell`` names, or of none.

        No constant NULL: DuckDB would know at once that a call of it is NULL, and forget the call's type.
        """
        tree = self.tree.copy()
        for parameter in list(tree.find_all(exp.Parameter)):
            kind = spell(int(parameter.this.name))
            value = "NULL" if parameter.find_ancestor(exp.Limit, exp.Offset) else "CASE WHEN random() > 2 THEN NULL END"
            parameter.replace(sqlglot.parse_one(f"CAST({value} AS {kind})" if kind else "NULL", read="duckdb"))
        return render(tree)

    def check_materialized(self) -> None:
        """Raises what CREATE MATERIALIZED VIEW refuses (materialized-view-create-sql-command)."""
        if self.tree.args.get("order") or self.tree.args.get("limit"):
            raise SqlError("0A000", "Materialized views do not support ORDER BY or LIMIT clauses")


def expression(session: Session, sql: str) -> str:
    """A lone expression (a DEFAULT) as DuckDB's SQL."""
    del session
    tree = parse_tree(f"SELECT {sql}")
    Inference({}, {}).statement(tree)
    return render(rewrite(tree).expressions[0].unalias())


def translate(session: Session, sql: str) -> DuckDbQuery:
    """Translates one query or write.

    Raises:
        SqlError: what Redshift refuses.
    """
    sql = without_catalog_prefix(sql)
    tree = parse_tree(sql)
    check(tree, sql)
    name_outputs(tree)
    tables = Tables(session)
    tables.resolve(tree)
    if tree.find(exp.ByteString):  # E'...' came with PostgreSQL 8.1: here it is a constant of a type E
        raise SqlError("42704", 'type "e" does not exist')
    object_types(tree)
    parameters = type_parameters(tree, session.parameter_oids)
    inference = Inference(tables.columns, parameters)
    kinds = inference.statement(tree)
    if session.settings["enable_case_sensitive_identifier"].lower() not in {"on", "true"}:
        fold_names(tree)
    require_types(tree)
    check_supers(tree)
    type_dynamically(tree)
    read_dates(tree)
    take_for_texts(tree)
    if isinstance(tree, exp.Query) and [type(each) for each in tree.selects] != [exp.Star]:
        starred = any(each.is_star for each in tree.selects)  # t.* among others: positions are not known
        kinds = [] if starred else [of(each) for each in tree.selects]
    texts = {index: kind for index, kind in enumerate(kinds) if kind and kind.text}
    sized = _sized(tree)
    tree = guard_fallbacks(plainer(rewrite(tree)))
    if isinstance(tree, exp.Insert) and tables.target:
        fit_insert(session, tree, tables.target)
    elif isinstance(tree, exp.Update) and tables.target:
        fit_update(session, tree, tables.target)
    elif isinstance(tree, exp.Merge) and tables.target:
        fit_merge(session, tree, tables.target)
    return DuckDbQuery(
        tree, render(tree), sql, tables.target, frozenset(tables.reads), frozenset(tables.views), texts, sized
    )


def _sized(tree: exp.Expression) -> frozenset[int]:
    """The positions of the result's columns that are columns or casts, whose length Redshift tells with them."""
    if not isinstance(tree, exp.Select) or any(each.is_star for each in tree.selects):
        return frozenset()
    declared = (exp.Column, exp.Cast)
    return frozenset(at for at, each in enumerate(tree.selects) if isinstance(each.unalias(), declared))


PARAMETER_TYPES = {
    16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 700: "real", 701: "double precision", 1082: "date",
    1083: "time without time zone", 1114: "timestamp without time zone", 1184: "timestamp with time zone",
    1043: "character varying(65535)", 25: "character varying(65535)",
}  # fmt: skip


def type_parameters(tree: exp.Expression, oids: Sequence[int]) -> dict[int, DataType]:
    """Writes the declared types of parameters into the tree; returns them by number."""
    types = {number: named(PARAMETER_TYPES[oid]) for number, oid in enumerate(oids, start=1) if oid in PARAMETER_TYPES}
    projections = tree.selects if isinstance(tree, exp.Query) else []
    for parameter in list(tree.find_all(exp.Parameter)):
        kind = types.get(int(parameter.this.name))
        if kind is None and any(parameter is each.unalias() for each in projections):
            numeric = oids[int(parameter.this.name) - 1 :][:1] == (1700,)
            kind = named("numeric(38,10)" if numeric else "character varying(65535)")  # unknown stays a text
        if kind is not None:
            to = exp.DataType.build(kind.duckdb, dialect="duckdb")
            to.meta["rs"] = kind
            parameter.replace(exp.Cast(this=parameter.copy(), to=to))
    for projection in projections:
        if isinstance(projection.unalias(), exp.Null):
            projection.unalias().replace(exp.cast(exp.Null(), "varchar(65535)"))
    return types


class Tables:
    """Finds what each table name in a tree means, checks the privilege, and writes DuckDB's name in its place."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reads: set[tuple[str, str]] = set()
        self.views: set[str] = set()
        self.target: tuple[str, str] = ("", "")
        self.columns: dict[str, tuple[ColumnInfo, ...]] = {}  # by the DuckDB name in the tree
        self.of_catalog: dict[str, set[str]] = {}  # columns of the catalog's relations by alias

    def resolve(self, tree: exp.Expression) -> None:
        """Resolves every table of the tree.

        Raises:
            SqlError: 42P01 no such relation, 42501 no privilege.
        """
        read_dotted_names(tree)
        written = tree.this if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge) else None
        written = written.this if isinstance(written, exp.Schema) else written
        for table in list(tree.find_all(exp.Table)):
            parts = tuple(part.name.lower() for part in table.parts)
            if not isinstance(table.this, exp.Identifier) or (len(parts) == 1 and _is_common(table)):
                continue
            if view := SystemViews.name(parts):
                self.views.add(view)
                place = SystemViews.place(self.session, view)
                self._place(table, place, parts[-1])
                described = self.session.cursor.execute(f"DESCRIBE {place}").fetchall()
                self.of_catalog[table.alias_or_name.lower()] = {row[0] for row in described}
                continue
            if self.session.names.find(parts) is None and (refusal := absent(parts)):
                raise refusal
            schema, name = self.session.names.resolve(parts)
            if table is written:
                self.target = (schema, name)
                privilege = {"Insert": "insert", "Update": "update", "Delete": "delete"}.get(
                    type(tree).__name__, "update"
                )
            else:
                self.reads.add((schema, name))
                privilege = "select"
            self.session.names.may(privilege, "table", schema, name)
            self._place(table, self.session.names.duckdb_name(schema, name), name)
            self.columns[table.sql("duckdb", comments=False).partition(" AS ")[0]] = columns_of(
                self.session.cursor, schema, name
            )
        require_columns(tree, self.of_catalog)
        if self.of_catalog:  # PostgreSQL's arrays begin at 1, those in a SUPER at 0
            for bracket in tree.find_all(exp.Bracket):
                bracket.set("offset", 1)

    def _place(self, table: exp.Table, name: str, alias: str) -> None:
        found = exp.to_table(name, dialect="duckdb")
        for part in ("this", "db", "catalog"):
            table.set(part, found.args.get(part))
        if not table.alias and not isinstance(table.parent, exp.Insert | exp.Schema):
            table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _is_common(table: exp.Table) -> bool:
    """Whether a name is a common table expression's: of a query around it, or before the one that it stands in.

    None is seen before it is written, but its own name where the clause is RECURSIVE (r_WITH_clause).
    """
    name, node = table.name.lower(), table.parent
    while node is not None:
        clause = node.args.get("with_") if isinstance(node, exp.Query | exp.Insert | exp.Update | exp.Delete) else None
        if isinstance(node, exp.CTE):
            clause = node.parent
            place = next(at for at, each in enumerate(clause.expressions) if each is node)
            seen = clause.expressions if clause.args.get("recursive") else clause.expressions[:place]
            node = clause.parent
        else:
            seen = clause.expressions if clause is not None else []
        if any(each.alias.lower() == name for each in seen):
            return True
        node = node.parent if node is not None else None
    return False
