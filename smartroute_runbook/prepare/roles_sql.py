"""What the audit asks of a table whose columns have declared roles: its event time, its keys, and its partitions."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.environment.settings import Roles
from smartroute_runbook.lake import SourceTable

__all__ = ["duplicates_sql", "hours_sql"]


def hours_sql(table: SourceTable, roles: Roles) -> str:
    """One row an hour of the event time: rows, those without key, and those in another partition than their time's."""
    moment = _moment(roles)
    hour = exp.func("date_trunc", exp.Literal.string("hour"), moment)
    query = exp.select(
        hour.as_("hour"),
        exp.Count(this=exp.Star()).as_("n"),
        _count_if(exp.or_(*(_missing(key) for key in roles.keys)) if roles.keys else exp.false()).as_("null_key"),
        _count_if(_elsewhere(table, moment)).as_("wrong_partition"),
    ).from_(_relation(table))
    return query.group_by(hour.copy()).sql(dialect="athena")


def duplicates_sql(table: SourceTable, roles: Roles) -> str:
    """Rows beyond the first of the same keys and event time; rows without one of them are of anybody."""
    said = [exp.not_(_missing(key)) for key in roles.keys]
    said.append(exp.not_(exp.Is(this=exp.column(roles.event_time, quoted=True), expression=exp.null())))
    columns = [exp.column(name, quoted=True) for name in (*roles.keys, roles.event_time)]
    several = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    inner = exp.select(exp.Count(this=exp.Star()).as_("n")).from_(_relation(table))
    inner = inner.where(*said).group_by(*columns).having(several)
    extra = exp.Sum(this=exp.Sub(this=exp.column("n"), expression=exp.Literal.number(1)))
    total = exp.Coalesce(this=extra, expressions=[exp.Literal.number(0)]).as_("n")
    return exp.select(total).from_(inner.subquery("several")).sql(dialect="athena")


def _relation(table: SourceTable) -> exp.Table:
    return exp.table_(table.name, db=table.database, quoted=True)


def _moment(roles: Roles) -> exp.Expression:
    column = exp.column(roles.event_time, quoted=True)
    if roles.unit == "timestamp":
        return column
    seconds = exp.Div(this=column, expression=exp.Literal.number(1000)) if roles.unit == "milliseconds" else column
    return exp.Anonymous(this="from_unixtime", expressions=[seconds])


def _missing(key: str) -> exp.Expression:
    text = exp.Cast(this=exp.column(key, quoted=True), to=exp.DataType.build("varchar"))
    empty = exp.Coalesce(this=exp.Trim(this=text), expressions=[exp.Literal.string("")])
    return exp.EQ(this=empty, expression=exp.Literal.string(""))


def _elsewhere(table: SourceTable, moment: exp.Expression) -> exp.Expression:
    """Whether a row lies in a partition of another day or hour than its event's (UTC), or of none."""
    tests = []
    for column in table.layout.columns:
        held = exp.column(column.name, quoted=True)
        if column.part == "moment":
            if column.format not in ("", "%Y-%m-%d"):
                continue
            day = exp.Cast(this=moment.copy(), to=exp.DataType.build("date"))
            as_text = exp.Cast(this=day, to=exp.DataType.build("varchar")) if column.format else day
            tests.append(exp.NullSafeNEQ(this=held, expression=as_text))
            continue
        part = exp.Anonymous(this=column.part, expressions=[moment.copy()])
        number = exp.TryCast(this=held, to=exp.DataType.build("bigint"))  # a text may be 'unknown'
        tests.append(exp.NullSafeNEQ(this=number, expression=part))
    timed = exp.not_(exp.Is(this=moment.copy(), expression=exp.null()))
    return exp.and_(timed, exp.or_(*tests)) if tests else exp.false()


def _count_if(condition: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this="count_if", expressions=[condition])
