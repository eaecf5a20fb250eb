"""Comparisons where DuckDB's order and equality are not Trino's: NaN, CHAR, arrays and rows with NULL."""

from __future__ import annotations

from sqlglot import exp

from .build import cast, fn, moment, text_literal
from .types import kind

__all__ = ["among", "compare", "distinct_from", "in_rows"]


def among(node: exp.Expr) -> exp.Expr:
    """Dates and times beside times with a zone are moments too, read in the session's zone."""
    sides = [node.args.get(key) for key in ("this", "expression", "low", "high")] + node.expressions
    values = [side for side in sides if isinstance(side, exp.Expr)]
    if "timestamp with time zone" in {kind(value.type) for value in values}:
        for value in values:
            if kind(value.type) in {"date", "timestamp"}:
                value.replace(moment(value.copy()))
    return node


def in_rows(node: exp.In) -> exp.Expr:
    """``row IN (...)``: with a list field by field, with a subquery by whole rows, whose NULLs are equal.

    Trino 435 does so (asked): ``(1, 2) IN ((1, NULL))`` is NULL, ``(1, 2) IN (SELECT 1, NULL)`` is false.
    """
    among(node)
    query = node.args.get("query")
    if not _is_row(node.this):
        return _in_values(node)
    if node.expressions:
        return exp.paren(exp.or_(*(_equal_rows(node.this, each) for each in node.expressions), copy=False), copy=False)
    inner, mine = query.this if isinstance(query, exp.Subquery) else query, _fields(node.this)
    if not isinstance(inner, exp.Query) or len(inner.selects) != len(mine):
        return node
    names = [exp.to_identifier(f"_field{n}", quoted=True) for n in range(len(mine))]
    rows = exp.Subquery(
        this=inner, alias=exp.TableAlias(this=exp.to_identifier("_rows", quoted=True), columns=names)
    )  # fmt: skip
    same = (
        exp.NullSafeEQ(this=field, expression=exp.column(name.copy(), table="_rows", quoted=True))
        for field, name in zip(mine, names, strict=True)
    )
    exists = exp.Exists(this=exp.select("1").from_(rows, copy=False).where(exp.and_(*same, copy=False), copy=False))
    if isinstance(node.this.unnest(), exp.Tuple):
        return exists
    missing = exp.Is(this=node.this.copy(), expression=exp.null())
    return exp.paren(exp.case().when(missing, exp.null()).else_(exists), copy=False)


def _in_values(node: exp.In) -> exp.Expr:
    """``x IN (...)``: CHARs without their blanks; NaN is in no list."""
    query, values = node.args.get("query"), [node.this, *node.expressions]
    inner = query.this if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.Select) and len(inner.selects) == 1:
        values.append(inner.selects[0].unalias())
    if "char" in {kind(value.type) for value in values}:
        for value in values:
            value.replace(fn("rtrim", value.copy(), text_literal(" ")))
        return node
    if kind(node.this.type) == "json":
        for value in values:
            value.replace(_sorted(value.copy()))
        return node
    if query is not None or not _may_be_nan(node.this):
        return node
    unknown = exp.or_(*(exp.Is(this=value.copy(), expression=exp.null()) for value in node.expressions), copy=False)
    of_nan = exp.case().when(unknown, exp.null()).else_(exp.false())
    return exp.paren(exp.case().when(fn("isnan", node.this.copy()), of_nan).else_(node.copy()), copy=False)


def _sorted(value: exp.Expr) -> exp.Expr:
    return fn("trino_json_sorted", cast(value, exp.DType.TEXT.into_expr()))


def distinct_from(node: exp.Binary) -> exp.Expr:
    """IS [NOT] DISTINCT FROM: CHARs without their blanks."""
    among(node)
    if "char" in {kind(node.left.type), kind(node.right.type)}:
        node.set("this", fn("rtrim", node.left, text_literal(" ")))
        node.set("expression", fn("rtrim", node.right, text_literal(" ")))
    return node


def compare(node: exp.Binary) -> exp.Expr:
    """NaN is in no order and not its own equal; CHAR is compared without its blanks, arrays with their NULLs."""
    among(node)
    kinds = {kind(node.left.type), kind(node.right.type)}
    of_equality = isinstance(node, exp.EQ | exp.NEQ)
    if "char" in kinds:
        node.set("this", fn("rtrim", node.left, text_literal(" ")))
        node.set("expression", fn("rtrim", node.right, text_literal(" ")))
        return node
    if kinds == {"json"} and of_equality:  # whatever the order of an object's keys
        for key in ("this", "expression"):
            node.set(key, _sorted(node.args[key]))
        return node
    if kinds == {"array"} and of_equality:
        equal = fn("trino_array_equal", node.left, node.right)
        return equal if isinstance(node, exp.EQ) else exp.Not(this=equal)
    if of_equality and _is_row(node.left) and _is_row(node.right):
        equal = _equal_rows(node.left, node.right)
        return equal if isinstance(node, exp.EQ) else exp.paren(exp.Not(this=equal), copy=False)
    open_sides = [side for side in (node.left, node.right) if _may_be_nan(side)]
    if not open_sides or (of_equality and len(open_sides) < 2):  # NaN is no literal's equal
        return node
    return _without_nan(node, open_sides)


def _without_nan(node: exp.Binary, open_sides: list[exp.Expr]) -> exp.Expr:
    """A comparison of sides that may be NaN, which DuckDB has as the greatest number and its own equal."""
    if isinstance(node, exp.NEQ):
        both = exp.and_(*(fn("isnan", side.copy()) for side in open_sides), copy=False)
        return exp.paren(exp.or_(node.copy(), both, copy=False), copy=False)
    greater = node.left if isinstance(node, exp.GT | exp.GTE) else node.right
    checks = open_sides[:1] if isinstance(node, exp.EQ) else [side for side in open_sides if side is greater]
    if not checks:
        return node
    return exp.paren(
        exp.and_(node.copy(), *(exp.Not(this=fn("isnan", side.copy())) for side in checks), copy=False), copy=False
    )


def _is_row(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Tuple) or kind(node.type) == "row"


def _equal_rows(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Field by field: NULL in one of them leaves it open, unless others differ."""
    pairs = zip(_fields(left), _fields(right), strict=False)
    return exp.paren(exp.and_(*(compare(exp.EQ(this=a, expression=b)) for a, b in pairs), copy=False), copy=False)


def _fields(row: exp.Expr) -> list[exp.Expr]:
    inner = row.unnest()
    if isinstance(inner, exp.Tuple):
        return [exp.paren(part.copy(), copy=False) for part in inner.expressions]
    names = [field.name for field in row.type.expressions] if row.type is not None else []
    return [fn("struct_extract", row.copy(), text_literal(name)) for name in names]


def _may_be_nan(node: exp.Expr) -> bool:
    """Whether a value is floating, and no number that is written out."""
    inner = node
    while isinstance(inner, exp.Neg):
        inner = inner.this
    return kind(node.type) in {"double", "real"} and not isinstance(inner, exp.Literal)
