"""What is written to columns of texts, refused when too long, in bytes, and to those of SUPER, where one is a text."""

from __future__ import annotations

from sqlglot import exp

from smartroute_runbook.standins.redshift.database import ColumnInfo, columns_of
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session

from .calls import macro
from .dates import iso_date
from .types import SUPER, named, of

__all__ = ["fit_insert", "fit_merge", "fit_update"]


def fit_insert(session: Session, tree: exp.Insert, target: tuple[str, str]) -> None:
    """Wraps what is inserted so that over-long text is refused, in bytes."""
    every = columns_of(session.cursor, *target)
    listed = [each.name.lower() for each in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    known = {column.name: column for column in every}
    unknown = [name for name in listed if name not in known]
    if unknown:
        raise SqlError("42703", f'column "{unknown[0]}" of relation "{target[1]}" does not exist')
    if twice := [name for name in listed if listed.count(name) > 1]:
        raise SqlError("42701", f'column "{twice[0]}" specified more than once')
    columns = [known[name] for name in listed] or list(every)
    _check_generated(tree.expression, columns)
    width = _width(tree.expression)
    if width is not None:
        columns = _given(tree, columns, width, listed=bool(listed))
    if isinstance(tree.expression, exp.Values):
        for row in tree.expression.expressions:
            row.set(
                "expressions", [_fit(value, column) for value, column in zip(row.expressions, columns, strict=True)]
            )
    elif isinstance(tree.expression, exp.Query) and any(_is_fitted(column) for column in columns):
        names = [f"c{index}" for index in range(len(columns))]
        alias = exp.TableAlias(this=exp.to_identifier("q"), columns=[exp.to_identifier(name) for name in names])
        picked = [_fit(exp.column(name, "q"), column) for name, column in zip(names, columns, strict=True)]
        tree.set("expression", exp.select(*picked).from_(exp.Subquery(this=tree.expression, alias=alias)))


def _check_generated(rows: exp.Expression | None, columns: list[ColumnInfo]) -> None:
    """Raises where a value is given for an IDENTITY column (r_CREATE_TABLE_NEW, c_Examples_of_INSERT_30)."""
    given = rows.expressions if isinstance(rows, exp.Values) else []
    for at, column in enumerate(columns):
        values = [row.expressions[at] for row in given if at < len(row.expressions)]
        selected = isinstance(rows, exp.Query) and (
            any(each.is_star for each in rows.selects) or at < len(rows.selects)
        )
        if column.generated and (selected or not all(map(_is_default, values))):
            raise SqlError("0A000", "cannot set an identity column to a value")


def _is_default(value: exp.Expression) -> bool:
    return value.sql().upper() in {"DEFAULT", '"DEFAULT"'}


def _width(rows: exp.Expression | None) -> int | None:
    """How many values each row has; None where a star does not tell."""
    if isinstance(rows, exp.Values):
        widths = {len(row.expressions) for row in rows.expressions}
        if len(widths) > 1:
            raise SqlError("42601", "VALUES lists must all be the same length")
        return widths.pop()
    columns = rows.selects if isinstance(rows, exp.Query) else []
    return len(columns) if columns and not any(each.is_star for each in columns) else None


def _given(tree: exp.Insert, columns: list[ColumnInfo], width: int, *, listed: bool) -> list[ColumnInfo]:
    """The columns that rows of a width are for: where none are listed the table's first ones, which are spelled out."""
    if width > len(columns):
        raise SqlError("42601", "INSERT has more expressions than target columns")
    if width < len(columns):
        if listed:
            raise SqlError("42601", "INSERT has more target columns than expressions")
        first = [exp.to_identifier(column.name, quoted=True) for column in columns[:width]]
        tree.set("this", exp.Schema(this=tree.this, expressions=first))
    return columns[:width]


def _is_fitted(column: ColumnInfo) -> bool:
    return named(column.type).text or named(column.type) == SUPER


def _fit(value: exp.Expression, column: ColumnInfo) -> exp.Expression:
    if value.is_string and named(column.type).base.startswith(("date", "timestamp")):
        return exp.Literal.string(iso_date(value.name, named(column.type).base))
    if isinstance(value, exp.Null) or _is_default(value):
        return value
    if named(column.type) == SUPER:
        if (kind := of(value)) is not None and kind.base.startswith(("date", "time")):
            raise SqlError("42804", f'column "{column.name}" is of type super but expression is of type {kind.base}')
        return macro("as_super", value)
    if not named(column.type).text:
        return value
    text = exp.cast(value, "varchar") if not value.is_string else value
    fit = "fit_char" if named(column.type).base == "character" else "fit"
    return exp.Dot.build(
        [
            exp.to_identifier("_redshift"),
            exp.Anonymous(this=fit, expressions=[text, exp.Literal.number(column.length)]),
        ]
    )


def fit_update(session: Session, tree: exp.Update, target: tuple[str, str]) -> None:
    """Wraps what is assigned to text columns."""
    known = {column.name: column for column in columns_of(session.cursor, *target)}
    for assignment in tree.expressions:
        column = known.get(assignment.this.name.lower())
        if column is None:
            raise SqlError("42703", f'column "{assignment.this.name}" of relation "{target[1]}" does not exist')
        if column.generated:
            raise SqlError("0A000", "cannot set an identity column to a value")
        assignment.set("this", exp.column(exp.to_identifier(column.name, quoted=True)))
        if _is_default(assignment.expression):
            assignment.set("expression", exp.Var(this="DEFAULT"))
            continue
        assignment.set("expression", _fit(assignment.expression.copy(), column))


def fit_merge(session: Session, tree: exp.Merge, target: tuple[str, str]) -> None:
    """Wraps what MERGE writes to text columns, and spells out its INSERT."""
    every = columns_of(session.cursor, *target)
    known = {column.name: column for column in every}
    for when in tree.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            fit_update(session, then, target)
        elif isinstance(then, exp.Insert):
            values, columns = then.expression, list(every)
            if isinstance(values, exp.Tuple):
                columns = [known[each.name.lower()] for each in then.this.expressions if each.name.lower() in known]
            else:  # INSERT VALUES (...) reads as a call
                values = then.this.expressions[0] if isinstance(then.this, exp.Tuple) else then.this
            if len(values.expressions) != len(columns):
                raise SqlError("42601", "INSERT has another number of expressions than target columns")
            names = [exp.to_identifier(column.name, quoted=True) for column in columns]
            pairs = zip(values.expressions, columns, strict=True)
            then.set("this", exp.Tuple(expressions=names))
            then.set("expression", exp.Tuple(expressions=[_fit(value.copy(), column) for value, column in pairs]))
