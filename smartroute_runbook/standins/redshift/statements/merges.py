"""What MERGE leaves open: rows that meet several, of which the guide says that they must not (r_MERGE)."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.dialect import render

__all__ = ["require_single_matches"]

_ROW = "row of a merge"


def require_single_matches(session: Session, merge: exp.Merge) -> None:
    """Raises where rows to be updated are not told apart: DuckDB takes the last that it meets.

    Raises:
        SqlError: 0A000.
    """
    updates = any(isinstance(when.args["then"], exp.Update) for when in merge.args["whens"].expressions)
    if not updates or merge.args["on"].find(exp.Parameter):
        return
    target, source = (_numbered(merge.args[key]) for key in ("this", "using"))
    numbers = [exp.column(_ROW, table=side.alias, quoted=True) for side in (target, source)]
    counts = [exp.Count(this=exp.Distinct(expressions=[number])) for number in numbers]
    matched = exp.select(exp.Count(this=exp.Star()), *counts).from_(target).join(source, on=merge.args["on"].copy())
    pairs, targets, sources = session.cursor.execute(render(matched)).fetchone() or (0, 0, 0)
    if pairs > targets:
        raise SqlError("0A000", "not rehearsable: MERGE where several rows of the source match one of the target")
    if pairs > sources:
        raise SqlError("0A000", "not rehearsable: MERGE where a row of the source matches several of the target")


def _numbered(table: exp.Expression) -> exp.Subquery:
    """A table or a subquery under its name, each row with a number."""
    alias = table.alias_or_name
    plain = table.copy()
    plain.set("alias", None)
    if isinstance(plain, exp.Subquery):
        plain.set("alias", exp.TableAlias(this=exp.to_identifier("q")))
    number = exp.alias_(exp.Window(this=exp.RowNumber()), _ROW, quoted=True)
    return exp.select("*", number).from_(plain).subquery(exp.to_identifier(alias, quoted=True))
