"""The clock, pinned: a query that asks for the time is compared with one time on both engines."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlglot import exp

from smartroute_runbook.translate.source import parse
from smartroute_runbook.translate.text import AthenaText

__all__ = ["pin_clock"]


def pin_clock(sql: str, now: datetime) -> str:
    """An Athena query with its questions for the time answered; as it is when it asks for none.

    Args:
        sql: the query.
        now: the moment to answer with; a time without zone is taken as UTC, which is Athena's session zone.

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
