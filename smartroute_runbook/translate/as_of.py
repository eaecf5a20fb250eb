"""A query as of a moment: one answer for the clock, and tables read only as far as both engines hold the same rows.

A lake that is written every minute is always ahead of Redshift. Two engines can only be compared over the same rows and
with the same time of day; so the queries that are compared are the dashboard's, with these two things pinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlglot import exp

from .schema import Schema
from .scopes import Names
from .source import parse
from .text import AthenaText

__all__ = ["AsOf", "bound_tables", "pin_clock"]


@dataclass(frozen=True)
class AsOf:
    """What is pinned.

    Attributes:
        moment: what the clock answers; a time without zone is taken as UTC, which is Athena's session zone.
        rows: by table name, the condition of the rows that are read; other tables are read whole.
        covered: the same in words.
    """

    moment: datetime
    rows: Mapping[str, exp.Expression] = field(default_factory=dict)
    covered: str = ""


def pin_clock(sql: str, now: datetime) -> str:
    """An Athena query with its questions for the time answered; as it is when it asks for none.

    Raises:
        Invalid: not one Trino query.
    """
    moment = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
    stamp = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
    answers = {
        exp.CurrentDate: ("date", f"{moment:%Y-%m-%d}"),
        exp.CurrentTimestamp: ("timestamp(3) with time zone", f"{stamp} UTC"),
        exp.Localtimestamp: ("timestamp(3)", stamp),
    }

    def answered(node: exp.Expression) -> exp.Expression:
        if type(node) not in answers:
            return node
        kind, text = answers[type(node)]
        return exp.Cast(this=exp.Literal.string(text), to=exp.DataType.build(kind, dialect="trino"))

    tree = parse(sql)
    if not any(tree.find_all(*answers)):
        return sql
    return tree.transform(answered).sql(dialect=AthenaText, pretty=True)


def bound_tables(sql: str, schema: Schema, rows: Mapping[str, exp.Expression]) -> str:
    """An Athena query that reads some tables in part; as it is when it reads none of them.

    Args:
        sql: the query.
        schema: its tables; names of a WITH are none.
        rows: the condition, by table name.

    Raises:
        Invalid: not one Trino query.
    """
    tree = parse(sql)
    Names(schema).query(tree, {})
    found = [node for node in tree.find_all(exp.Table) if node.meta.get("schema_table") and node.name.lower() in rows]
    for table in found:
        read = exp.table_(table.this.copy(), db=table.args.get("db"), catalog=table.args.get("catalog"))
        part = exp.select("*").from_(read).where(rows[table.name.lower()].copy())
        alias = table.args.get("alias") or exp.TableAlias(this=table.this.copy())
        table.replace(exp.Subquery(this=part, alias=alias, joins=table.args.get("joins")))
    for name in tree.find_all(exp.Column) if found else ():
        name.set("db", None)  # lake.trips.route_id: the alias is the table's own name
        name.set("catalog", None)
    return tree.sql(dialect=AthenaText, pretty=True) if found else sql
