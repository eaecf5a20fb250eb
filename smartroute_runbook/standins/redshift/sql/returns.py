"""What each of Redshift's expressions and functions gives, from the types of its parts."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from .arithmetic import aggregate, arithmetic, literal_type, unified
from .tokens import Reader, split
from .types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTEGERS,
    INTERVAL,
    SUPER,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARBYTE,
    WITH_FRACTION,
    DataType,
    declared,
    of,
)

__all__ = ["cast_type", "returned_by"]

BY_CLASS: dict[type[exp.Expression], DataType] = {
    exp.Count: BIGINT, exp.ApproxDistinct: BIGINT, exp.RowNumber: BIGINT, exp.Rank: INTEGER, exp.DenseRank: INTEGER,
    exp.Ntile: BIGINT, exp.Stddev: DOUBLE, exp.StddevPop: DOUBLE, exp.StddevSamp: DOUBLE, exp.Variance: DOUBLE,
    exp.VariancePop: DOUBLE, exp.PercentRank: DOUBLE, exp.CumeDist: DOUBLE, exp.Sqrt: DOUBLE, exp.Exp: DOUBLE,
    exp.Ln: DOUBLE, exp.Pow: DOUBLE, exp.Rand: DOUBLE, exp.CurrentDate: DATE,
    exp.TimestampTrunc: TIMESTAMP, exp.DateTrunc: TIMESTAMP, exp.Interval: INTERVAL,
    exp.Lower: TEXT, exp.Upper: TEXT, exp.Trim: TEXT, exp.Left: TEXT, exp.Right: TEXT,
    exp.SplitPart: TEXT, exp.Substring: TEXT, exp.GroupConcat: TEXT, exp.MD5: TEXT, exp.Repeat: TEXT,
    exp.Reverse: TEXT, exp.Replace: TEXT,
    exp.StrPosition: INTEGER, exp.Boolean: BOOLEAN,
    exp.And: BOOLEAN, exp.Or: BOOLEAN, exp.Not: BOOLEAN, exp.EQ: BOOLEAN, exp.NEQ: BOOLEAN, exp.GT: BOOLEAN,
    exp.GTE: BOOLEAN, exp.LT: BOOLEAN, exp.LTE: BOOLEAN, exp.In: BOOLEAN, exp.Between: BOOLEAN, exp.Like: BOOLEAN,
    exp.ILike: BOOLEAN, exp.Is: BOOLEAN, exp.Exists: BOOLEAN, exp.LogicalAnd: BOOLEAN, exp.LogicalOr: BOOLEAN,
    exp.RegexpLike: BOOLEAN, exp.SimilarTo: BOOLEAN, exp.CurrentUser: TEXT, exp.CurrentSchema: TEXT,
    exp.Unicode: INTEGER, exp.Ascii: INTEGER, exp.Length: INTEGER, exp.Getbit: INTEGER, exp.Grouping: INTEGER,
    exp.Acos: DOUBLE, exp.Asin: DOUBLE, exp.Atan: DOUBLE, exp.Atan2: DOUBLE, exp.Cbrt: DOUBLE, exp.Cos: DOUBLE,
    exp.Cot: DOUBLE, exp.Degrees: DOUBLE, exp.Pi: DOUBLE, exp.Radians: DOUBLE, exp.Sin: DOUBLE, exp.Tan: DOUBLE,
    exp.LowerHex: TEXT, exp.Soundex: TEXT, exp.FarmFingerprint: BIGINT, exp.IsArray: BOOLEAN,
    exp.CurrentDatabase: TEXT, exp.Localtimestamp: TIMESTAMP,
}  # fmt: skip
BY_NAME: dict[str, DataType] = {
    "getdate": TIMESTAMP, "sysdate": TIMESTAMP, "now": TIMESTAMPTZ, "to_char": TEXT, "to_date": DATE, "last_day": DATE,
    "next_day": DATE, "to_timestamp": TIMESTAMPTZ, "add_months": TIMESTAMP, "json_extract_path_text": TEXT,
    "regexp_substr": TEXT, "regexp_replace": TEXT, "regexp_count": INTEGER, "regexp_instr": INTEGER,
    "strtol": BIGINT, "substring": TEXT, "substr": TEXT, "concat": TEXT, "initcap": TEXT, "months_between": DOUBLE,
    "sha2": TEXT, "sha1": TEXT, "sha": TEXT, "func_sha1": TEXT, "datediff": BIGINT, "date_diff": BIGINT, "lpad": TEXT,
    "rpad": TEXT, "log": DOUBLE, "json_array_length": INTEGER, "translate": TEXT, "convert_timezone": TIMESTAMP,
    "len": INTEGER, "length": INTEGER, "median": DOUBLE, "json_extract_array_element_text": TEXT,
    "chr": DataType("character", 1),
    "ratio_to_report": DOUBLE, "octet_length": INTEGER, "textlen": INTEGER, "is_valid_json": BOOLEAN,
    "pg_last_copy_count": BIGINT, "pg_last_copy_id": INTEGER, "pg_last_query_id": INTEGER, "pg_backend_pid": INTEGER,
    "quote_ident": TEXT, "quote_literal": TEXT, "version": TEXT, "db_collation": TEXT, "json_serialize": TEXT,
    "format_type": TEXT,
    "date_cmp": INTEGER, "timestamp_cmp": INTEGER, "dexp": DOUBLE, "dlog1": DOUBLE, "dlog10": DOUBLE,
    "is_valid_json_array": BOOLEAN, "pg_get_expr": TEXT, "can_json_parse": BOOLEAN, "json_typeof": TEXT,
    "json_size": INTEGER, "get_array_length": INTEGER, "is_bigint": BOOLEAN, "is_boolean": BOOLEAN, "is_char": BOOLEAN,
    "is_decimal": BOOLEAN, "is_float": BOOLEAN, "is_integer": BOOLEAN, "is_object": BOOLEAN, "is_scalar": BOOLEAN,
    "is_smallint": BOOLEAN, "is_varchar": BOOLEAN, "checksum": INTEGER, "fnv_hash": BIGINT,
    "murmur3_32_hash": INTEGER, "crc32": TEXT, "octetindex": INTEGER, "bpcharcmp": INTEGER,
    "bttext_pattern_cmp": INTEGER, "difference": INTEGER, "replicate": TEXT, "from_varbyte": TEXT,
    "json_parse": SUPER, "from_hex": VARBYTE, "to_varbyte": VARBYTE,
    "text_to_int_alt": INTEGER, "date_part_year": INTEGER, "date_cmp_timestamp": INTEGER,
    "date_cmp_timestamptz": INTEGER, "interval_cmp": INTEGER, "timestamptz_cmp": INTEGER,
    "timestamptz_cmp_date": INTEGER, "timestamptz_cmp_timestamp": INTEGER, "timestamp_cmp_date": INTEGER,
    "timestamp_cmp_timestamptz": INTEGER, "timeofday": TEXT, "session_user": TEXT, "user": TEXT,
    "current_setting": TEXT, "slice_num": INTEGER, "get_byte": INTEGER,
}  # fmt: skip
SAME_AS_FIRST = (
    exp.Paren, exp.Alias, exp.Neg, exp.Min, exp.Max, exp.Round, exp.Abs, exp.AnyValue, exp.FirstValue, exp.LastValue,
    exp.Lag, exp.Lead, exp.NthValue, exp.IgnoreNulls, exp.RespectNulls, exp.Window, exp.Ordered, exp.Distinct,
    exp.Nullif, exp.WithinGroup, exp.Collate,
)  # fmt: skip


def returned_by(node: exp.Expression) -> DataType | None:
    """The type of an expression whose parts are annotated; None where it could not be told."""
    if isinstance(node, exp.Anonymous):
        return _call(node)
    if isinstance(node, SAME_AS_FIRST):
        return of(node.this) if node.this is not None else of(node.expressions[0]) if node.expressions else None
    for kind in type(node).__mro__:
        if kind in BY_RULE:
            return BY_RULE[kind](node)
    return BY_CLASS.get(type(node))


def _call(node: exp.Anonymous) -> DataType | None:
    name = node.name.lower()
    if name in {"trunc", "nvl2", "isnull"} and node.expressions:
        if name == "nvl2":
            return _choice(node)
        kind = of(node.expressions[0])
        return DATE if kind and kind.base.startswith("timestamp") else kind
    if name == "concat" and node.expressions:
        return _joined(node.expressions)
    return BY_NAME.get(name)


def cast_type(kind: exp.DataType) -> DataType:
    """The type named in a CAST.

    Raises:
        SqlError: 42704 no such type on Redshift.
    """
    if "rs" in kind.meta:
        found: DataType = kind.meta["rs"]
        return found
    return declared(Reader(split(kind.sql("redshift"))[0]))


def _binary(node: exp.Expression) -> DataType | None:
    left, right = of(node.this), of(node.expression)
    if left is None or right is None:
        return None
    if "interval" in {left.base, right.base}:
        return INTERVAL if isinstance(node, (exp.Mul, exp.Div)) or left.base == right.base else TIMESTAMP
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


def _branches(node: exp.Expression) -> list[exp.Expression]:
    """What a conditional expression may give; nothing for every other expression."""
    if isinstance(node, (exp.Case, exp.If)):
        values = [each.args.get("true") for each in node.args.get("ifs") or [node]]
        values += [node.args.get("default"), node.args.get("false")]
    elif isinstance(node, exp.Decode):  # expression, search, result, search, result, ..., default
        pairs = node.expressions[1:]
        values = [*pairs[1::2], *(pairs[-1:] if len(pairs) % 2 else ())]
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "nvl2":
        values = node.expressions[1:]
    else:
        values = [node.this, *node.expressions] if isinstance(node, (exp.Coalesce, exp.Greatest, exp.Least)) else []
    return [each for each in values if each is not None]


def _is_null(node: exp.Expression) -> bool:
    """Whether it is NULL whatever the rows, so that it has no type of its own."""
    node = node.unnest()
    branches = _branches(node)
    return isinstance(node, exp.Null) or (bool(branches) and all(map(_is_null, branches)))


def _choice(node: exp.Expression) -> DataType | None:
    """The type of the branches; unknown where one of theirs is, as a known one would cut off the other's fraction."""
    kinds = [of(each) for each in _branches(node) if not _is_null(each)]
    return None if None in kinds else unified(kinds)


def _part(node: exp.Expression) -> DataType | None:
    """A field or an element of a SUPER is one."""
    return SUPER if of(node.this) == SUPER else None


def _joined(parts: list[exp.Expression]) -> DataType:
    """VARBYTEs join to one, everything else to a text (r_CONCAT)."""
    kinds = [of(part) for part in parts]
    first = kinds[0]
    return first if first is not None and all(each is not None and each.base == first.base == "binary varying"
                                              for each in kinds) else TEXT  # fmt: skip


def _whole(node: exp.Expression) -> DataType | None:
    """CEIL and FLOOR keep the type (r_CEILING_FLOOR, r_FLOOR); a decimal loses its fraction."""
    kind = of(node.this)
    return DataType("numeric", 38, 0) if kind is not None and kind.base == "numeric" else kind


def _sign(node: exp.Expression) -> DataType | None:
    """SIGN of a decimal is DECIMAL(1,0); it takes doubles besides, to which others are converted (r_SIGN)."""
    kind = of(node.this)
    if kind is None or kind == SUPER:
        return kind
    return DataType("numeric", 1, 0) if kind.base == "numeric" else DOUBLE


def _extract(node: exp.Expression) -> DataType | None:
    seconds = node.this.name.lower().startswith(("s", "ms", "us", "mil", "mic")) and node.this.name.lower() != "mil"
    fraction = bool(node.meta.get(WITH_FRACTION)) and seconds
    return DOUBLE if fraction or of(node.expression) == TIMESTAMPTZ else INTEGER


def _added(node: exp.Expression) -> DataType | None:
    kind = of(node.this)
    return kind if kind is not None and kind.base.startswith("time ") else TIMESTAMP


def _zoned(node: exp.Expression) -> DataType | None:
    return TIMESTAMP if of(node.this) == TIMESTAMPTZ else TIMESTAMPTZ


def _literal(node: exp.Expression) -> DataType | None:
    return TEXT if node.is_string else literal_type(node.name)


BY_RULE: dict[type, Callable[[exp.Expression], DataType | None]] = {
    exp.Literal: _literal, exp.Cast: _cast, exp.Add: _binary, exp.Sub: _binary, exp.Mul: _binary, exp.Div: _binary,
    exp.Mod: _binary, exp.Avg: lambda node: aggregate(of(node.this)), exp.Sum: lambda node: aggregate(of(node.this)),
    exp.Case: _choice, exp.If: _choice, exp.Coalesce: _choice, exp.Greatest: _choice, exp.Least: _choice,
    exp.CurrentTimestamp: lambda node: TIMESTAMP if node.args.get("sysdate") else TIMESTAMPTZ, exp.Extract: _extract,
    exp.TsOrDsAdd: _added, exp.AtTimeZone: _zoned, exp.Ceil: _whole, exp.Floor: _whole, exp.Sign: _sign,
    exp.Array: lambda node: None if node.find(exp.Query) else SUPER,
    exp.Dot: _part, exp.Bracket: _part, exp.Decode: _choice,
    exp.DPipe: lambda node: _joined([node.this, node.expression]),
    exp.BitwiseAndAgg: lambda node: of(node.this), exp.BitwiseOrAgg: lambda node: of(node.this),
}  # fmt: skip
