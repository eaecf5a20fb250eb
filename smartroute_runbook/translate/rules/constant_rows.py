"""UNNEST of what is written out: arrays, several of them, a map, sequences of numbers and of days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import zip_longest

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.relations import SUPER_HINT
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import BIGINT, DATE, NULL, VARCHAR, Type, type_of

from .base import AWS, Lowering, rule
from .branches import bring_column
from .trees import cast, typed

LONGEST = 400  # rows: a year of days
NO_MONTH_ENDS = 28  # days of a month that every month has
Column = tuple[list[exp.Expression], Type]


@rule(
    "unnest",
    exp.Unnest,
    why="Redshift has no UNNEST; constant arrays and maps are the same as rows joined by UNION ALL",
    source=AWS + "query-super.html",
)
def _unnest(node: exp.Unnest, lower: Lowering) -> exp.Expression | None:
    if any(isinstance(part, exp.Split) for part in node.expressions):
        hint = (
            "SELECT SPLIT_TO_ARRAY(text, ',') AS parts in a subquery q, and FROM q, q.parts AS part; empty texts first"
        )
        raise Refusal("unnest", f"{athena(node)} makes rows of the parts of a text", hint)
    columns: list[Column] = []
    for part in node.expressions:
        found = _columns(part)
        if not found:
            raise Refusal("unnest", f"{athena(node)} makes rows of a nested column", SUPER_HINT)
        columns += found
    if any(cell.find(exp.Column) for values, _ in columns for cell in values):
        hint = "UNION ALL of one SELECT for each element; a subquery in Redshift's FROM sees no table beside it"
        raise Refusal("unnest", f"{athena(node)} makes rows of columns", hint)
    alias, cells = node.args.get("alias"), list(zip_longest(*(values for values, _ in columns)))
    ordinal = bool(node.args.get("offset"))
    if alias is None or len(alias.columns) != len(columns) + ordinal:
        raise Refusal("unnest", f"{athena(node)} does not name its columns", "write UNNEST(...) AS t (a, b)")
    if len(cells) > LONGEST or any(kind.nested for _, kind in columns):
        raise Refusal("unnest", f"{athena(node)} cannot be written as at most {LONGEST} rows", SUPER_HINT)
    filled = [[cell if cell is not None else typed(exp.Null(), NULL) for cell in row] for row in cells]
    for place, (_, kind) in enumerate(columns):
        bring_column([row[place] for row in filled], kind)
    return _rows(filled, [column.name for column in alias.columns], alias.this, lower, ordinal=ordinal)


def _rows(
    cells: list[list[exp.Expression]], names: list[str], alias: exp.Expression, lower: Lowering, *, ordinal: bool
) -> exp.Expression:
    rows: exp.Expression | None = None
    for place, row in enumerate(cells, start=1):
        shown = [exp.alias_(made, name) for made, name in zip(lower.all(row), names, strict=False)]
        if ordinal:
            number = exp.Literal.number(place)
            shown.append(exp.alias_(cast(number, "bigint") if rows is None else number, names[-1]))
        select = exp.Select(expressions=shown)
        rows = select if rows is None else exp.Union(this=rows, expression=select, distinct=False)
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=alias.copy()))


def _columns(part: exp.Expression) -> list[Column]:
    """The columns that one part gives, cell by cell; none where it is not written out.

    Raises:
        Refusal: a map that Athena does not make.
    """
    if isinstance(part, exp.GenerateSeries):
        return _numbers(part) or _days(part)
    if isinstance(part, exp.Array) and part.expressions:
        return [(part.expressions, type_of(part).inner())]
    keys, values = part.args.get("keys"), part.args.get("values")
    if not isinstance(part, exp.Map) or not isinstance(keys, exp.Array) or not isinstance(values, exp.Array):
        return []
    different = {athena(key) for key in keys.expressions}
    constant = all(isinstance(key, exp.Literal) for key in keys.expressions)
    if not constant or len(different) != len(keys.expressions) or len(keys.expressions) != len(values.expressions):
        raise Refusal("unnest", f"{athena(part)} has keys that may be equal, or no value for each", "write VALUES rows")
    return [(keys.expressions, type_of(keys).inner()), (values.expressions, type_of(values).inner())]


def _numbers(part: exp.GenerateSeries) -> list[Column]:
    """`sequence(1, 24)` as its numbers."""
    edges = [part.args.get("start"), part.args.get("end"), part.args.get("step") or exp.Literal.number(1)]
    if not all(isinstance(edge, exp.Literal) and edge.is_int for edge in edges):
        return []
    first, last, step = (int(edge.name) for edge in edges if edge is not None)
    if step < 1 or last < first or (last - first) // step >= LONGEST:
        return []
    return [([typed(exp.Literal.number(n), BIGINT) for n in range(first, last + 1, step)], BIGINT)]


def _days(part: exp.GenerateSeries) -> list[Column]:
    """`sequence(DATE '2026-01-01', DATE '2026-12-31', INTERVAL '1' DAY)` as its days."""
    first, last = (_day(part.args.get(edge)) for edge in ("start", "end"))
    step = part.args.get("step")
    unit = step.text("unit").upper() if isinstance(step, exp.Interval) else "DAY"
    size = step.this.name if isinstance(step, exp.Interval) else "1"
    if first is None or last is None or last < first or not size.isdigit() or not int(size):
        return []
    if unit not in ("DAY", "MONTH") or (unit == "MONTH" and first.day > NO_MONTH_ENDS):
        return []
    days, at = [first], first
    while len(days) <= LONGEST and (at := _after(at, unit, int(size))) <= last:
        days.append(at)
    return [([_literal(day) for day in days], DATE)]


def _after(day: date, unit: str, size: int) -> date:
    if unit == "DAY":
        return day + timedelta(days=size)
    months = day.year * 12 + day.month - 1 + size
    return day.replace(year=months // 12, month=months % 12 + 1)


def _day(node: exp.Expression | None) -> date | None:
    if not isinstance(node, exp.Cast) or type_of(node).name != "date" or not node.this.is_string:
        return None
    try:
        return date.fromisoformat(node.this.name)
    except ValueError:
        return None


def _literal(day: date) -> exp.Expression:
    text = typed(exp.Literal.string(day.isoformat()), VARCHAR)
    return typed(exp.Cast(this=text, to=exp.DataType.build("date")), DATE)
