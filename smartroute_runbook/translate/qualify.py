"""Tables of a query named with their database, as a view must name them that is kept."""

from __future__ import annotations

from sqlglot import exp

from .schema import Schema
from .scopes import Names
from .source import parse
from .text import AthenaText

__all__ = ["qualified"]


def qualified(sql: str, schema: Schema, database: str) -> tuple[str, frozenset[str]]:
    """An Athena query whose tables all name a database, and the names of these tables.

    Args:
        sql: the query.
        schema: its tables; names of a WITH are none.
        database: what they name, whatever the query says.

    Raises:
        Invalid: not one Trino query.
    """
    tree = parse(sql)
    Names(schema).query(tree, {})
    tables = [node for node in tree.find_all(exp.Table) if node.meta.get("schema_table")]
    for table in tables:
        if not table.args.get("alias"):
            table.set("alias", exp.TableAlias(this=table.this.copy()))  # columns may be called by the table's name
        table.set("db", exp.to_identifier(database))
        table.set("catalog", None)
    for name in tree.find_all(exp.Column):
        name.set("db", None)
        name.set("catalog", None)
    return tree.sql(dialect=AthenaText, pretty=True), frozenset(table.name.lower() for table in tables)
