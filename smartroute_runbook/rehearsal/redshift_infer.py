"""The types of expressions, as Redshift derives them: DuckDB would divide, average and round otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlglot import exp

from smartroute_runbook.rehearsal.redshift_engine import ColumnInfo
from smartroute_runbook.rehearsal.redshift_errors import SqlError
from smartroute_runbook.rehearsal.redshift_text import Reader, split
from smartroute_runbook.rehearsal.redshift_types import DataType, declared, named

__all__ = ["FLOATS", "INTEGERS", "Inference", "arithmetic", "cast_type", "numeric_of"]

SMALLINT, INTEGER, BIGINT = DataType("smallint"), DataType("integer"), DataType("bigint")
REAL, DOUBLE, BOOLEAN, DATE = DataType("real"), DataType("double precision"), DataType("boolean"), DataType("date")
TIMESTAMP, TIMESTAMPTZ = DataType("timestamp without time zone"), DataType("timestamp with time zone")
INTERVAL, TEXT = DataType("interval"), DataType("character varying", 65_535)
INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}  # as decimals (r_numeric_computations201)
FLOATS = {"real", "double precision"}
Env = Mapping[str, Mapping[str, DataType | None]]

BY_CLASS: dict[type[exp.Expression], DataType] = {
    exp.Count: BIGINT, exp.ApproxDistinct: BIGINT, exp.RowNumber: BIGINT, exp.Rank: BIGINT, exp.DenseRank: BIGINT,
    exp.Ntile: BIGINT, exp.Stddev: DOUBLE, exp.StddevPop: DOUBLE, exp.StddevSamp: DOUBLE, exp.Variance: DOUBLE,
    exp.VariancePop: DOUBLE, exp.PercentRank: DOUBLE, exp.CumeDist: DOUBLE, exp.Sqrt: DOUBLE, exp.Exp: DOUBLE,
    exp.Ln: DOUBLE, exp.Pow: DOUBLE, exp.Rand: DOUBLE, exp.CurrentDate: DATE,
    exp.TimestampTrunc: TIMESTAMP, exp.DateTrunc: TIMESTAMP, exp.Interval: INTERVAL,
    exp.Lower: TEXT, exp.Upper: TEXT, exp.Trim: TEXT, exp.DPipe: TEXT, exp.Left: TEXT, exp.Right: TEXT,
    exp.SplitPart: TEXT, exp.Substring: TEXT, exp.GroupConcat: TEXT, exp.MD5: TEXT, exp.Repeat: TEXT,
    exp.Reverse: TEXT, exp.Replace: TEXT,
    exp.StrPosition: INTEGER, exp.Boolean: BOOLEAN,
    exp.And: BOOLEAN, exp.Or: BOOLEAN, exp.Not: BOOLEAN, exp.EQ: BOOLEAN, exp.NEQ: BOOLEAN, exp.GT: BOOLEAN,
    exp.GTE: BOOLEAN, exp.LT: BOOLEAN, exp.LTE: BOOLEAN, exp.In: BOOLEAN, exp.Between: BOOLEAN, exp.Like: BOOLEAN,
    exp.ILike: BOOLEAN, exp.Is: BOOLEAN, exp.Exists: BOOLEAN, exp.LogicalAnd: BOOLEAN, exp.LogicalOr: BOOLEAN,
    exp.RegexpLike: BOOLEAN, exp.SimilarTo: BOOLEAN, exp.CurrentUser: TEXT, exp.Unicode: INTEGER,
}  # fmt: skip
BY_NAME: dict[str, DataType] = {
    "getdate": TIMESTAMP, "sysdate": TIMESTAMP, "now": TIMESTAMPTZ, "to_char": TEXT, "to_date": DATE, "last_day": DATE,
    "next_day": DATE, "to_timestamp": TIMESTAMPTZ, "add_months": TIMESTAMP, "json_extract_path_text": TEXT,
    "regexp_substr": TEXT, "regexp_replace": TEXT, "regexp_count": INTEGER, "regexp_instr": INTEGER,
    "strtol": BIGINT, "substring": TEXT, "substr": TEXT, "concat": TEXT, "initcap": TEXT, "months_between": DOUBLE,
    "sha2": TEXT, "sha1": TEXT, "sha": TEXT, "func_sha1": TEXT, "datediff": BIGINT, "date_diff": BIGINT, "lpad": TEXT,
    "rpad": TEXT, "log": DOUBLE, "json_array_length": INTEGER, "translate": TEXT, "convert_timezone": TIMESTAMP,
    "len": INTEGER, "length": INTEGER, "median": DOUBLE, "chr": TEXT, "json_extract_array_element_text": TEXT,
    "ratio_to_report": DOUBLE, "octet_length": INTEGER, "textlen": INTEGER, "is_valid_json": BOOLEAN,
    "pg_last_copy_count": BIGINT, "pg_last_copy_id": INTEGER, "pg_last_query_id": INTEGER, "pg_backend_pid": INTEGER,
    "quote_ident": TEXT, "quote_literal": TEXT, "version": TEXT,
}  # fmt: skip
SAME_AS_FIRST = (
    exp.Paren, exp.Alias, exp.Neg, exp.Min, exp.Max, exp.Round, exp.Abs, exp.AnyValue, exp.FirstValue, exp.LastValue,
    exp.Lag, exp.Lead, exp.NthValue, exp.IgnoreNulls, exp.RespectNulls, exp.Window, exp.Ordered, exp.Distinct,
    exp.Nullif, exp.WithinGroup, exp.Collate,
)  # fmt: skip


def numeric_of(kind: DataType | None) -> DataType | None:
    """An exact number as NUMERIC; None for anything else."""
    if kind is None:
        return None
    if kind.base in INTEGERS:
        return DataType("numeric", INTEGERS[kind.base], 0)
    return kind if kind.base == "numeric" else None


def arithmetic(operator: type[exp.Expression], left: DataType, right: DataType) -> DataType | None:
    """The type of a computation (r_numeric_computations201, "Precision and scale of computed DECIMAL results")."""
    bases = {left.base, right.base}
    if bases <= set(INTEGERS):
        return max(left, right, key=lambda kind: INTEGERS[kind.base])
    if bases & FLOATS and bases <= FLOATS | set(INTEGERS) | {"numeric"}:
        return REAL if bases == {"real"} else DOUBLE
    one, two = numeric_of(left), numeric_of(right)
    if one is None or two is None:
        return None
    (p1, s1), (p2, s2) = (one.length, one.scale), (two.length, two.scale)
    if operator is exp.Mul:
        scale, precision = s1 + s2, p1 + p2 + 1
    elif operator is exp.Div:
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + 1 + scale
    if precision > 38:
        if operator is exp.Div:
            scale = max(38 + scale - precision, 4)
        precision = 38
    return DataType("numeric", precision, min(scale, 37))


def unified(kinds: Iterable[DataType | None]) -> DataType | None:
    """The type of COALESCE, CASE, UNION and their kin."""
    found: DataType | None = None
    for kind in kinds:
        if kind is None:
            continue
        if found is None or found == kind:
            found = kind
        elif found.text and kind.text:
            found = DataType("character varying", max(found.length, kind.length))
        elif (one := numeric_of(found)) and (two := numeric_of(kind)) and "numeric" in {found.base, kind.base}:
            scale = max(one.scale, two.scale)
            found = DataType("numeric", min(max(one.length - one.scale, two.length - two.scale) + scale, 38), scale)
        else:
            found = arithmetic(exp.Add, found, kind) or (TIMESTAMP if kind.base.startswith("timestamp") else found)
    return found


def cast_type(kind: exp.DataType) -> DataType:
    """The type named in a CAST.

    Raises:
        SqlError: 42704 no such type on Redshift.
    """
    if "rs" in kind.meta:
        found: DataType = kind.meta["rs"]
        return found
    return declared(Reader(split(kind.sql("redshift"))[0]))


class Inference:
    """Annotates a tree with types (in ``meta["rs"]``), scope by scope.

    Args:
        columns: declared columns of tables, by the DuckDB name that stands in the tree.
        parameters: types of parameters by number.
    """

    def __init__(self, columns: Mapping[str, tuple[ColumnInfo, ...]], parameters: Mapping[int, DataType]) -> None:
        self._columns, self._parameters = columns, parameters

    def statement(self, tree: exp.Expression) -> list[DataType | None]:
        """Annotates a whole statement; the types of a query's columns, in order where their names differ."""
        if isinstance(tree, exp.Query):
            return list(self.query(tree, {}, {}).values())
        env = self._sources(tree, {}, {})
        for part in tree.args.values():
            for node in part if isinstance(part, list) else [part]:
                if isinstance(node, exp.Query):
                    self.query(node, {}, env)
                elif isinstance(node, exp.Expression):
                    self._walk(node, {}, env)
        return []

    def query(self, tree: exp.Expression, ctes: Env, outer: Env) -> dict[str, DataType | None]:
        """Annotates a query; the names and types of its columns."""
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this, ctes, outer)
        known = self._ctes(tree, ctes, outer)
        if isinstance(tree, exp.SetOperation):
            left, right = self.query(tree.this, known, outer), self.query(tree.expression, known, outer)
            pairs = zip(left.items(), right.values(), strict=False)
            return {name: unified((one, two)) for (name, one), two in pairs}
        if not isinstance(tree, exp.Select):
            return {}
        sources = self._sources(tree, known, outer)
        env = {**outer, **sources}
        result: dict[str, DataType | None] = {}
        for index, projection in enumerate(tree.expressions):
            kind = self._walk(projection, known, env)
            if isinstance(projection, exp.Star):
                for source in sources.values():
                    result.update(source)
            else:
                result[(projection.alias_or_name or f"column{index}").lower()] = kind
        for key in ("joins", "where", "group", "having", "qualify", "order", "distinct", "limit"):
            for node in _nodes(tree.args.get(key)):
                self._walk(node, known, {"": result, **env})
        return result

    def _ctes(self, tree: exp.Expression, ctes: Env, outer: Env) -> Env:
        """The common table expressions in sight; a recursive one is typed by its first branch, then as a whole."""
        known = dict(ctes)
        clause = tree.args.get("with_")
        for cte in clause.expressions if clause else []:
            if clause.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                known[cte.alias.lower()] = _renamed(cte, self.query(cte.this.this, known, outer))
            known[cte.alias.lower()] = _renamed(cte, self.query(cte.this, known, outer))
        return known

    def _sources(self, tree: exp.Expression, ctes: Env, outer: Env) -> dict[str, Mapping[str, DataType | None]]:
        found: dict[str, Mapping[str, DataType | None]] = {}
        clauses = [tree.args.get(key) for key in ("from_", "using", "this")]
        nodes = [clause.this if isinstance(clause, exp.From) else clause for clause in clauses]
        nodes += [join.this for join in tree.args.get("joins") or []]
        for node in nodes:
            for each in node if isinstance(node, list) else [node]:
                if isinstance(each, exp.Table):
                    name = each.sql("duckdb", comments=False).partition(" AS ")[0]
                    if name in self._columns:
                        found[each.alias_or_name.lower()] = {
                            column.name: named(column.type) for column in self._columns[name]
                        }
                    elif each.name.lower() in ctes:
                        found[each.alias_or_name.lower()] = ctes[each.name.lower()]
                    nodes.extend(join.this for join in each.args.get("joins") or [])
                elif isinstance(each, exp.Subquery):
                    found[each.alias.lower()] = _renamed(each, self.query(each.this, ctes, outer))
        return found

    def _walk(self, node: exp.Expression, ctes: Env, env: Env) -> DataType | None:
        if isinstance(node, exp.Query):
            kinds = list(self.query(node, ctes, env).values())
            kind = kinds[0] if len(kinds) == 1 else None
        elif isinstance(node, exp.Table):
            return None
        else:
            for child in node.iter_expressions():
                self._walk(child, ctes, env)
            kind = self._kind(node, env)
        if kind is not None:
            node.meta["rs"] = kind
        return kind

    def _kind(self, node: exp.Expression, env: Env) -> DataType | None:
        if isinstance(node, exp.Column):
            return self._column(node, env)
        if isinstance(node, exp.Parameter):
            return self._parameters.get(int(node.this.name))
        if isinstance(node, exp.Anonymous):
            return self._call(node)
        if isinstance(node, SAME_AS_FIRST):
            return of(node.this) if node.this is not None else of(node.expressions[0]) if node.expressions else None
        for kind in type(node).__mro__:
            if kind in BY_RULE:
                return BY_RULE[kind](node)
        return BY_CLASS.get(type(node))

    def _call(self, node: exp.Anonymous) -> DataType | None:
        name = node.name.lower()
        if name in {"trunc", "nvl2", "isnull"} and node.expressions:
            if name == "nvl2":
                return unified(of(each) for each in node.expressions[1:])
            kind = of(node.expressions[0])
            return DATE if kind and kind.base.startswith("timestamp") else kind
        return BY_NAME.get(name)

    def _column(self, node: exp.Column, env: Env) -> DataType | None:
        name = node.name.lower()
        if node.table:
            return env.get(node.table.lower(), {}).get(name)
        for source in reversed(list(env.values())):
            if name in source:
                return source[name]
        return None


def _nodes(part: Any) -> list[exp.Expression]:
    return [node for node in (part if isinstance(part, list) else [part]) if isinstance(node, exp.Expression)]


def _binary(node: exp.Expression) -> DataType | None:
    left, right = of(node.this), of(node.expression)
    if left is None or right is None:
        return None
    if "interval" in {left.base, right.base}:
        return TIMESTAMP if {left.base, right.base} - {"interval", "integer", "bigint"} else INTERVAL
    if left.base == "date" and right.base == "date":
        return BIGINT
    if left.base == "date" and right.base in INTEGERS:
        return DATE
    if left.base.startswith("timestamp"):
        return INTERVAL if right.base.startswith("timestamp") else left
    return arithmetic(type(node), left, right)


def _cast(node: exp.Expression) -> DataType | None:
    kind = cast_type(node.to)
    return TEXT if kind.base == "character varying" and not node.to.expressions and not kind.length else kind


def _case(node: exp.Expression) -> DataType | None:
    branches = [of(each.args.get("true")) for each in node.args.get("ifs") or []]
    return unified([*branches, of(node.args.get("default"))])


def _whole(node: exp.Expression) -> DataType | None:
    """CEIL and FLOOR keep the type (r_CEILING_FLOOR, r_FLOOR); a decimal loses its fraction."""
    kind = of(node.this)
    return DataType("numeric", 38, 0) if kind is not None and kind.base == "numeric" else kind


def _sign(node: exp.Expression) -> DataType | None:
    """SIGN keeps the type; of a decimal it is DECIMAL(1,0) (r_SIGN)."""
    kind = of(node.this)
    return DataType("numeric", 1, 0) if kind is not None and kind.base == "numeric" else kind


def _either(node: exp.Expression) -> DataType | None:
    return unified((of(node.args.get("true")), of(node.args.get("false"))))


def _first_of(node: exp.Expression) -> DataType | None:
    return unified(of(each) for each in (node.this, *node.expressions))


def _extract(node: exp.Expression) -> DataType | None:
    return DOUBLE if of(node.expression) == TIMESTAMPTZ else INTEGER


def _added(node: exp.Expression) -> DataType | None:
    kind = of(node.this)
    return kind if kind is not None and kind.base.startswith("time ") else TIMESTAMP


def _zoned(node: exp.Expression) -> DataType | None:
    return TIMESTAMP if of(node.this) == TIMESTAMPTZ else TIMESTAMPTZ


def _literal(node: exp.Expression) -> DataType | None:
    return TEXT if node.is_string else literal_type(node.name)


def of(node: exp.Expression | None) -> DataType | None:
    """The type that was found for a node."""
    return node.meta.get("rs") if isinstance(node, exp.Expression) else None


def literal_type(text: str) -> DataType:
    """The type of a number as written: 7 integer, 100.0 numeric(4,1), 1e3 double."""
    if re.search(r"[eE]", text):
        return DOUBLE
    if "." in text:
        whole, _, fraction = text.partition(".")
        return DataType("numeric", max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction))
    if int(text) < 2**31:
        return INTEGER
    return BIGINT if int(text) < 2**63 else DataType("numeric", len(text), 0)


def _aggregate(kind: DataType | None) -> DataType | None:
    """SUM and AVG: BIGINT of integers, NUMERIC(38, s) of decimals, else double (r_SUM, r_AVG)."""
    if kind is None:
        return None
    if kind.base in INTEGERS:
        return BIGINT
    return DataType("numeric", 38, kind.scale) if kind.base == "numeric" else DOUBLE


BY_RULE: dict[type, Callable[[exp.Expression], DataType | None]] = {
    exp.Literal: _literal, exp.Cast: _cast, exp.Add: _binary, exp.Sub: _binary, exp.Mul: _binary, exp.Div: _binary,
    exp.Mod: _binary, exp.Avg: lambda node: _aggregate(of(node.this)), exp.Sum: lambda node: _aggregate(of(node.this)),
    exp.Case: _case, exp.If: _either, exp.Coalesce: _first_of, exp.Greatest: _first_of, exp.Least: _first_of,
    exp.CurrentTimestamp: lambda node: TIMESTAMP if node.args.get("sysdate") else TIMESTAMPTZ, exp.Extract: _extract,
    exp.TsOrDsAdd: _added, exp.AtTimeZone: _zoned, exp.Ceil: _whole, exp.Floor: _whole, exp.Sign: _sign,
}  # fmt: skip


def _renamed(node: exp.Expression, columns: dict[str, DataType | None]) -> dict[str, DataType | None]:
    alias = node.args.get("alias")
    names = [each.name.lower() for each in alias.args.get("columns") or []] if alias else []
    return dict(zip(names, columns.values(), strict=False)) if names else columns


def refuse_type(kind: DataType, wanted: str) -> SqlError:
    """The answer to a cast that Redshift does not know."""
    return SqlError("42846", f"cannot cast type {kind.base} to {wanted}")
