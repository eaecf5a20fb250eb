"""Rewrites of a tree, each for one difference between Redshift and DuckDB.

Every rule looks at one node and its types (``meta["rs"]``, see redshift_infer) and puts another in its place. Nodes are
visited from the leaves up.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp

from smartroute_runbook.rehearsal.redshift_functions import FUNCTIONS, cast, macro, zone
from smartroute_runbook.rehearsal.redshift_infer import INTEGERS, cast_type, of, refuse_type
from smartroute_runbook.rehearsal.redshift_types import DataType

__all__ = ["rewrite", "trimmed"]


def rewrite(tree: exp.Expression) -> exp.Expression:
    """Applies every rule, from the leaves up."""
    for select in list(tree.find_all(exp.Select)):
        group_by_trimmed(select)
    for node in reversed(list(tree.walk())):
        rule = next((RULES[kind] for kind in type(node).__mro__ if kind in RULES), None)
        if rule is None:
            continue
        made = rule(node)
        if made is not node:
            if kind := of(node):
                made.meta["rs"] = kind
            if node.parent is None:
                tree = made
            else:
                node.replace(made)
    return tree


# ---- numbers ---------------------------------------------------------------------------------------------------


def divide(node: exp.Expression) -> exp.Expression:
    """X / 0 is an error; integers truncate; decimals have a scale of their own (r_numeric_computations201)."""
    kind, left, right = of(node), of(node.this), of(node.expression)
    a, b = node.this.copy(), node.expression.copy()
    if kind and kind.base == "numeric" and left and right:
        return quotient(a, b, left.scale, right.scale, kind)
    return macro("div", a, b)


def quotient(a: exp.Expression, b: exp.Expression, sa: int, sb: int, kind: DataType) -> exp.Expression:
    """A / b of decimals with scales sa and sb, exact and cut to the result's scale.

    DuckDB divides decimals as doubles; here their unscaled values are divided as 128-bit integers, unless the
    dividend would not fit, which falls back to doubles.
    """
    shift = kind.scale + sb - sa

    def whole(name: str, scale: int) -> str:
        scaled = f"CAST({name} AS DECIMAL(38,{scale})) * CAST('1{'0' * scale}' AS DECIMAL({scale + 1},0))"
        return f"CAST({scaled if scale else name} AS HUGEINT)"

    template = (
        "CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') "
        f"WHEN abs({whole('a', sa)}) < CAST('1{'0' * max(38 - shift, 0)}' AS HUGEINT) "
        f"THEN CAST({whole('a', sa)} * CAST('1{'0' * shift}' AS HUGEINT) // {whole('b', sb)} AS DECIMAL(38,0)) "
        f"* CAST('0.{'0' * (kind.scale - 1)}1' AS DECIMAL({kind.scale},{kind.scale})) "
        f"ELSE CAST(CAST(a AS DOUBLE) / CAST(b AS DOUBLE) AS DECIMAL(38,{kind.scale})) END"
    )
    tree = sqlglot.parse_one(template, read="duckdb")
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.Paren(this=(a if column.name == "a" else b).copy()))
    return cast(tree, kind.duckdb)


def modulo(node: exp.Expression) -> exp.Expression:
    """X % 0 is an error."""
    return macro("modulo", node.this.copy(), node.expression.copy())


def multiply(node: exp.Expression) -> exp.Expression:
    """Decimals multiply within 38 digits: DuckDB needs operands that leave room."""
    kind = of(node)
    if kind and kind.base == "numeric":
        sides = [_narrow(node.this.copy(), of(node.this)), _narrow(node.expression.copy(), of(node.expression))]
        return cast(exp.Paren(this=exp.Mul(this=sides[0], expression=sides[1])), kind.duckdb)
    return node


def _narrow(node: exp.Expression, kind: DataType | None) -> exp.Expression:
    return cast(node, kind.duckdb) if kind and kind.base in INTEGERS else node


def average(node: exp.Expression) -> exp.Expression:
    """AVG of integers is a truncated BIGINT, of decimals NUMERIC(38, s) (r_AVG)."""
    kind = of(node.this)
    if kind is None or (kind.base not in INTEGERS and kind.base != "numeric"):
        return node
    return _around_window(
        node,
        lambda call: (
            cast(exp.Anonymous(this="trunc", expressions=[call]), "BIGINT")
            if kind.base in INTEGERS
            else cast(call, f"DECIMAL(38,{kind.scale})")
        ),
    )


def total(node: exp.Expression) -> exp.Expression:
    """SUM of integers is BIGINT (r_SUM); DuckDB's is HUGEINT."""
    kind = of(node.this)
    if kind is None or kind.base not in INTEGERS:
        return node
    return _around_window(node, lambda call: cast(call, "BIGINT"))


def _around_window(node: exp.Expression, wrap: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    """Wraps an aggregate, or the whole window when it is one's function."""
    if isinstance(node.parent, exp.Window) and node.arg_key == "this":
        window = node.parent
        if not window.meta.get("wrap"):
            window.meta["wrap"] = wrap
        return node
    return wrap(node.copy())


def window(node: exp.Expression) -> exp.Expression:
    """The other half of :func:`_around_window`; and RANGE with an offset does not exist."""
    wrap = node.meta.pop("wrap", None)
    call = node.this
    keys = node.args.get("partition_by") or []
    node.set("partition_by", [trimmed(each.copy()) if _text(each) else each for each in keys])
    if isinstance(call, exp.Dot) and call.meta.get("ratio") is not None:
        value = call.meta["ratio"]
        frame = node.copy()
        frame.set("this", exp.Sum(this=value.copy()))
        return exp.Div(this=cast(value.copy(), "DOUBLE"), expression=frame)
    return wrap(node.copy()) if wrap else node


# ---- text ------------------------------------------------------------------------------------------------------


def trimmed(node: exp.Expression) -> exp.Expression:
    """Without trailing blanks: they do not count in comparisons (r_Character_types)."""
    if isinstance(node, exp.Literal):
        return exp.Literal.string(node.name.rstrip(" ")) if node.is_string else node
    return exp.Anonymous(this="rtrim", expressions=[node, exp.Literal.string(" ")])


def _text(node: exp.Expression | None) -> bool:
    kind = of(node)
    return kind is not None and kind.text


def compare(node: exp.Expression) -> exp.Expression:
    """= <> < > of texts ignore trailing blanks."""
    if isinstance(node.parent, exp.Update):  # an assignment
        return node
    if _text(node.this) and _text(node.expression):
        for key in ("this", "expression"):
            side = node.args[key]
            node.set(key, trimmed(side.copy()))
    return node


def member(node: exp.Expression) -> exp.Expression:
    """IN of texts ignores trailing blanks."""
    if _text(node.this) and not node.args.get("query"):
        node.set("this", trimmed(node.this.copy()))
        node.set("expressions", [trimmed(each.copy()) if _text(each) else each for each in node.expressions])
    return node


def between(node: exp.Expression) -> exp.Expression:
    """BETWEEN of texts ignores trailing blanks."""
    if _text(node.this):
        for key in ("this", "low", "high"):
            node.set(key, trimmed(node.args[key].copy()))
    return node


def distinct(node: exp.Expression) -> exp.Expression:
    """COUNT(DISTINCT text) ignores trailing blanks."""
    if isinstance(node.parent, exp.AggFunc):
        node.set("expressions", [trimmed(each.copy()) if _text(each) else each for each in node.expressions])
    return node


def group_by_trimmed(select: exp.Select) -> None:
    """GROUP BY and SELECT DISTINCT of text columns: 'a' and 'a ' are one group."""
    keys: set[str] = set()
    if group := select.args.get("group"):
        for key in group.expressions:
            target = _grouped(select, key)
            if isinstance(target, exp.Column) and _text(target):
                keys.add(target.sql())
    elif select.args.get("distinct") and not select.args["distinct"].args.get("on"):
        keys = {
            each.unalias().sql()
            for each in select.expressions
            if isinstance(each.unalias(), exp.Column) and _text(each)
        }
    if not keys:
        return
    parts = [*select.expressions, *(select.args.get(key) for key in ("group", "having", "order", "qualify"))]
    for part in parts:
        if not isinstance(part, exp.Expression):
            continue
        for column in list(part.find_all(exp.Column)):
            inside = column.find_ancestor(exp.AggFunc, exp.Query)
            if column.sql() in keys and not isinstance(inside, exp.AggFunc) and inside is select:
                short = trimmed(column.copy())
                short.meta["rs"] = of(column)
                if column is part and part.arg_key == "expressions":
                    short = exp.alias_(short, column.name, quoted=True)
                    short.meta["rs"] = of(column)
                column.replace(short)


def _grouped(select: exp.Select, key: exp.Expression) -> exp.Expression:
    """What a GROUP BY item means: a position, an alias or an expression."""
    if isinstance(key, exp.Literal) and not key.is_string and int(key.name) <= len(select.expressions):
        found: exp.Expression = select.expressions[int(key.name) - 1].unalias()
        return found
    return key


def like(node: exp.Expression) -> exp.Expression:
    """The default escape of LIKE is a backslash (r_patternmatching_condition_like)."""
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def similar(node: exp.Expression) -> exp.Expression:
    """SIMILAR TO: % and _ besides the regular expression's signs."""
    return macro("similar", node.this.copy(), node.expression.copy())


def regexp_like(node: exp.Expression) -> exp.Expression:
    """~ matches anywhere."""
    return exp.Anonymous(this="regexp_matches", expressions=[node.this.copy(), node.expression.copy()])


def concatenate(node: exp.Expression) -> exp.Expression:
    """A || NULL is NULL."""
    return node


# ---- casts and dates -------------------------------------------------------------------------------------------


def convert(node: exp.Expression) -> exp.Expression:
    """CAST: VARCHAR(n) cuts to n bytes; a boolean is no text (r_CAST_function)."""
    kind, source = cast_type(node.to), of(node.this)
    if kind.text:
        if source and source.base == "boolean":
            raise refuse_type(source, kind.base)
        if not node.to.expressions and kind.base == "character varying":
            return cast(node.this.copy(), "VARCHAR")
        return macro("cut", cast(node.this.copy(), "VARCHAR"), exp.Literal.number(kind.length))
    if kind.base in INTEGERS and source and source.base == "boolean" and kind.base == "bigint":
        return cast(node.this.copy(), kind.duckdb)
    made = cast(node.this.copy(), kind.duckdb)
    if isinstance(node, exp.TryCast):
        made = exp.TryCast(this=node.this.copy(), to=exp.DataType.build(kind.duckdb, dialect="duckdb"))
    return made


def extract(node: exp.Expression) -> exp.Expression:
    """EXTRACT and DATE_PART: whole numbers; DOW is 0 (Sunday) to 6 in both engines."""
    unit = PARTS.get(node.this.name.lower(), node.this.name.lower())
    kind = of(node)
    whole = "DOUBLE" if kind is not None and kind.base == "double precision" else "INTEGER"
    call = exp.Anonymous(this="date_part", expressions=[exp.Literal.string(unit), node.expression.copy()])
    if unit == "epoch":
        call = exp.Anonymous(this="floor", expressions=[call])
        return cast(call, "BIGINT")
    if unit == "millisecond":  # DuckDB counts the seconds in
        return cast(exp.Mod(this=call, expression=exp.Literal.number(1000)), whole)
    if unit == "microsecond":
        return cast(exp.Mod(this=call, expression=exp.Literal.number(1_000_000)), whole)
    return cast(call, whole)


PARTS = {
    "dayofweek": "dow", "weekday": "dow", "dw": "dow", "dayofyear": "doy", "dy": "doy", "yearday": "doy", "w": "week",
    "mon": "month", "h": "hour", "hr": "hour", "hrs": "hour", "m": "minute", "min": "minute", "s": "second",
    "sec": "second", "ms": "millisecond", "msec": "millisecond", "milliseconds": "millisecond", "d": "day",
    "us": "microsecond", "usec": "microsecond", "microseconds": "microsecond", "y": "year", "yr": "year",
    "qtr": "quarter", "millisecs": "millisecond", "mins": "minute", "hours": "hour", "days": "day",
}  # fmt: skip


def date_add(node: exp.Expression) -> exp.Expression:
    """DATEADD gives a TIMESTAMP (r_DATEADD_function)."""
    unit = PARTS.get(node.text("unit").lower(), node.text("unit").lower()) or "day"
    kind = of(node.this)
    clock = kind is not None and kind.base.startswith("time ")
    zoned = kind is not None and kind.base == "timestamp with time zone"
    base = cast(node.this.copy(), "TIME" if clock else "TIMESTAMPTZ" if zoned else "TIMESTAMP")
    if unit == "year":  # 29 February plus a year is 1 March; plus twelve months it is 28 February
        return macro("add_years", base, cast(node.expression.copy(), "INTEGER"))
    step = exp.Anonymous(
        this=f"to_{unit.rstrip('s')}s" if unit not in {"century", "millennium"} else f"to_{unit}",
        expressions=[
            cast(node.expression.copy(), "BIGINT" if unit not in {"year", "month", "day", "week"} else "INTEGER")
        ],
    )
    if unit == "quarter":
        step = exp.Anonymous(this="to_months", expressions=[
            cast(exp.Mul(this=exp.Paren(this=node.expression.copy()), expression=exp.Literal.number(3)), "INTEGER")
        ])  # fmt: skip
    return exp.Paren(this=exp.Add(this=base, expression=step))


def truncate_time(node: exp.Expression) -> exp.Expression:
    """DATE_TRUNC gives a TIMESTAMP, of a DATE too (r_DATE_TRUNC)."""
    unit = node.text("unit").lower()
    kind = of(node.this)
    zone = kind is not None and kind.base == "timestamp with time zone"
    value = cast(node.this.copy(), "TIMESTAMPTZ" if zone else "TIMESTAMP")
    return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(PARTS.get(unit, unit)), value])


def now(node: exp.Expression) -> exp.Expression:
    """SYSDATE, CURRENT_TIMESTAMP: the start of the transaction (r_SYSDATE)."""
    if node.args.get("sysdate"):
        return cast(exp.Anonymous(this="now"), "TIMESTAMP")
    return exp.Anonymous(this="now")


def at_time_zone(node: exp.Expression) -> exp.Expression:
    """Abbreviated time zones."""
    node.set("zone", zone(node.args["zone"].copy()))
    return node


def part_of_text(node: exp.Expression) -> exp.Expression:
    """SUBSTRING counts a start before 1 from there, not from the end (r_SUBSTRING)."""
    size = node.args.get("length") or exp.Literal.number(2_147_483_647)
    start = node.args.get("start") or exp.Literal.number(1)
    return macro("substring_from", node.this.copy(), start.copy(), size.copy())


def call(node: exp.Expression) -> exp.Expression:
    """A call that sqlglot leaves as written."""
    found = FUNCTIONS.get(node.name.lower())
    return found(node) if found else node


def listagg(node: exp.Expression) -> exp.Expression:
    """LISTAGG without a separator joins with nothing (r_LISTAGG)."""
    if not node.args.get("separator"):
        node.set("separator", exp.Literal.string(""))
    return node


Rule = Callable[[exp.Expression], exp.Expression]

RULES: dict[type[exp.Expression], Rule] = {
    exp.Div: divide,
    exp.Mod: modulo,
    exp.Mul: multiply,
    exp.Avg: average,
    exp.Sum: total,
    exp.Window: window,
    exp.EQ: compare,
    exp.NEQ: compare,
    exp.LT: compare,
    exp.LTE: compare,
    exp.GT: compare,
    exp.GTE: compare,
    exp.In: member,
    exp.Between: between,
    exp.Distinct: distinct,
    exp.Like: like,
    exp.ILike: like,
    exp.SimilarTo: similar,
    exp.RegexpLike: regexp_like,
    exp.Cast: convert,
    exp.Extract: extract,
    exp.TsOrDsAdd: date_add,
    exp.TimestampTrunc: truncate_time,
    exp.DateTrunc: truncate_time,
    exp.CurrentTimestamp: now,
    exp.Anonymous: call,
    exp.AtTimeZone: at_time_zone,
    exp.Substring: part_of_text,
    exp.GroupConcat: listagg,
}
