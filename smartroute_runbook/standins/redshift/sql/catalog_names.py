"""What only queries of the catalog have: types that are names of objects, and columns that Redshift's catalog lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlglot import exp

from smartroute_runbook.standins.redshift.catalog.parts import TYPES
from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import plain, text
from .types import BIGINT, DataType

__all__ = ["object_types", "require_columns"]

CLASS_IDS = {
    "pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_class": 1259, "pg_database": 1262, "pg_attrdef": 2604,
    "pg_constraint": 2606, "pg_description": 2609, "pg_index": 2610, "pg_namespace": 2615, "pg_rewrite": 2618,
}  # fmt: skip
"""The object ids of catalog tables, the same in every PostgreSQL."""
NAME = DataType("character varying", 128)


def object_types(tree: exp.Expression) -> None:
    """Writes casts to OID, NAME, "char", REGCLASS, REGTYPE and REGPROC as what they give.

    Raises:
        SqlError: 42704 no such type, 0A000 an object that is not stood in for.
    """
    for cast in reversed(list(tree.find_all(exp.Cast))):
        kind = _object_kind(cast.to)
        if kind in {"OID", "NAME", "CHAR"}:
            to = BIGINT if kind == "OID" else NAME
            if kind == "OID" and isinstance(cast.this, exp.Anonymous):  # 'name'::regclass::oid
                cast.replace(cast.this)
                continue
            cast.set("to", exp.DataType.build(to.duckdb, dialect="duckdb"))
            cast.to.meta["rs"] = to
        elif kind:
            cast.replace(_named(kind, cast.this))


def _object_kind(to: exp.Expression) -> str:
    """The name of an object's type in upper case; empty for any other type."""
    if isinstance(to, exp.ObjectIdentifier):
        return str(to.name or to.this).upper()
    if isinstance(to, exp.DataType) and to.this == exp.DataType.Type.NAME:
        return "NAME"
    is_char = isinstance(to, exp.DataType) and to.this == exp.DataType.Type.USERDEFINED
    return "CHAR" if is_char and getattr(to.args.get("kind"), "name", to.args.get("kind")) == "char" else ""


def _named(kind: str, value: exp.Expression) -> exp.Expression:
    written = value.name.replace('"', "").lower() if isinstance(value, exp.Literal) and value.is_string else ""
    if kind == "REGCLASS":
        name = written.removeprefix("pg_catalog.")
        if name in CLASS_IDS:
            return exp.Literal.number(CLASS_IDS[name])
        return plain("relation_id", text(name)) if written else plain("relation_name", value.copy())
    if kind == "REGTYPE" and not written:
        return plain("format_type", value.copy(), exp.Literal.number(-1))
    if kind == "REGTYPE":
        for oid, short, _, spelled in TYPES:
            if written.removeprefix("pg_catalog.") in {short, spelled}:
                return exp.Literal.number(oid)
        raise SqlError("42704", f'type "{written}" does not exist')
    if kind != "REGPROC":
        raise SqlError("0A000", f"not rehearsable: type {kind.lower()}")
    return text(written.rpartition(".")[2]) if written else value.copy()


def require_columns(tree: exp.Expression, columns: Mapping[str, Collection[str]]) -> None:
    """Refuses a column that a relation of the catalog does not have.

    Args:
        tree: the query.
        columns: those of each relation of the catalog, by the alias under which the query reads it.

    Raises:
        SqlError: 42703.
    """
    aliases = [each.alias_or_name.lower() for each in tree.find_all(exp.Table, exp.Subquery)]
    for column in tree.find_all(exp.Column):
        alias = column.table.lower()
        plain_column = alias in columns and aliases.count(alias) == 1 and not isinstance(column.this, exp.Star)
        if plain_column and column.name.lower() not in columns[alias]:
            raise SqlError("42703", f"column {alias}.{column.name} does not exist")
