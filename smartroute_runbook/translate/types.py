"""Trino's types, and what its operators make of them.

Decimal rules: https://trino.io/docs/current/functions/decimal.html. They differ from Redshift's, which is why this
module exists: sqlglot's own annotation follows neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from smartroute_runbook.errors import UsageError

__all__ = ["BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "NULL", "REAL", "TIMESTAMP", "UNKNOWN", "UTC", "VARCHAR"]
__all__ += ["Type", "arithmetic", "as_decimal", "common", "decimal", "from_datatype", "parse_type"]
__all__ += ["result_types", "type_of"]

META: Final = "trino_type"  # where the source check leaves the type of a node
RESULT: Final = "result_types"  # and those of the result columns of a query
DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
MAX_PRECISION = 38


@dataclass(frozen=True)
class Type:
    """A Trino type.

    Attributes:
        name: Trino's name without parameters; `null` for the type of NULL, `unknown` where it could not be told.
        precision: digits of a decimal, fraction digits of a timestamp, characters of a varchar (0: unbounded).
        scale: fraction digits of a decimal.
        zone: the time zone in which a `timestamptz` shows its wall clock; empty when it is not known.
        of: element types of array, map and row.
        names: the fields of a row, in the order of `of`.
        known: what the schema says of the values of a column: `no trailing blanks`, `no empty text`, `no NaN`, `super`;
            no part of what the type is.
        sources: for a column of an inner query, the expressions it is computed by; no part of what the type is.
    """

    name: str
    precision: int = 0
    scale: int = 0
    zone: str = ""
    of: tuple[Type, ...] = ()
    names: tuple[str, ...] = field(default=(), compare=False, repr=False)
    known: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    sources: tuple[exp.Expression, ...] = field(default=(), compare=False, repr=False)

    def __deepcopy__(self, memo: object) -> Type:
        return self

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name == "timestamptz":
            return f"timestamp({self.precision}) with time zone"
        if self.name == "timestamp":
            return f"timestamp({self.precision})"
        if self.of:
            return f"{self.name}({', '.join(map(str, self.of))})"
        return f"{self.name}({self.precision})" if self.precision and self.name in ("varchar", "char") else self.name

    @property
    def integer(self) -> bool:
        """tinyint, smallint, integer or bigint."""
        return self.name in DIGITS

    @property
    def exact(self) -> bool:
        """An integer or a decimal."""
        return self.integer or self.name == "decimal"

    @property
    def floating(self) -> bool:
        """Real or double."""
        return self.name in ("real", "double")

    @property
    def numeric(self) -> bool:
        """Any number."""
        return self.exact or self.floating

    @property
    def moment(self) -> bool:
        """date, timestamp or timestamp with time zone."""
        return self.name in ("date", "timestamp", "timestamptz")

    @property
    def is_super(self) -> bool:
        """A nested value that is loaded as SUPER, as the schema says."""
        return self.nested and "super" in self.known

    def inner(self, part: str = "") -> Type:
        """The type of an element, of a map's value, or of a row's field; `unknown` when there is none."""
        if self.name == "row":
            kind = self.of[self.names.index(part)] if part in self.names else UNKNOWN
        else:
            kind = self.of[-1] if self.of else UNKNOWN
        return replace(kind, known=self.known) if kind.nested else kind

    @property
    def open(self) -> bool:
        """The type of NULL, or not known."""
        return self.name in ("null", "unknown")

    @property
    def nested(self) -> bool:
        """array, map, row or json: Redshift has no such type; SUPER is a decision."""
        return self.name in ("array", "map", "row", "json")


BOOLEAN, INTEGER, BIGINT = Type("boolean"), Type("integer"), Type("bigint")
REAL, DOUBLE, VARCHAR, DATE = Type("real"), Type("double"), Type("varchar"), Type("date")
TIMESTAMP, UTC = Type("timestamp", 3), Type("timestamptz", 3, zone="UTC")
NULL, UNKNOWN = Type("null"), Type("unknown")


def type_of(node: exp.Expression | None) -> Type:
    """The Trino type that the source check left on a node; `unknown` when it left none."""
    kind = node.meta.get(META, UNKNOWN) if node is not None else UNKNOWN
    return kind if isinstance(kind, Type) else UNKNOWN


def result_types(query: exp.Expression | None) -> tuple[Type, ...]:
    """The types of a query's result columns, as the source check left them; none when it left none."""
    while isinstance(query, exp.Subquery):
        query = query.this
    found: tuple[Type, ...] = query.meta.get(RESULT, ()) if query is not None else ()
    return found


def decimal(precision: int, scale: int) -> Type:
    """`decimal(precision, scale)`, the precision cut at 38 as Trino cuts it."""
    return Type("decimal", min(MAX_PRECISION, precision), scale)


def as_decimal(kind: Type) -> Type | None:
    """The decimal that an exact number becomes beside another decimal; None for everything else."""
    if kind.integer:
        return decimal(DIGITS[kind.name], 0)
    return kind if kind.name == "decimal" else None


def arithmetic(operator: str, a: Type, b: Type) -> Type | None:
    """What `a operator b` is for two numbers; None when Trino has no such operation."""
    if a.open or b.open:
        other = b if a.open else a
        return other if other.numeric or other.open else None
    if not (a.numeric and b.numeric):
        return None
    if a.floating or b.floating:
        both_real = {a.name, b.name} <= {"real", *DIGITS, "decimal"}
        return REAL if both_real else DOUBLE
    if a.integer and b.integer:
        return max(a, b, key=lambda t: DIGITS[t.name])
    x, y = as_decimal(a), as_decimal(b)
    assert x is not None  # noqa: S101 - both are exact here
    assert y is not None  # noqa: S101
    p1, s1, p2, s2 = x.precision, x.scale, y.precision, y.scale
    scale = max(s1, s2)
    if operator in ("+", "-"):
        return decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
    if operator == "*":
        return decimal(p1 + p2, s1 + s2)
    if operator == "/":
        return decimal(p1 + s2 + max(s2 - s1, 0), scale)
    return decimal(min(p2 - s2, p1 - s1) + scale, scale)


def common(a: Type, b: Type) -> Type | None:
    """The type to which both are coerced in CASE, COALESCE, comparisons and set operations; None when there is none."""
    if a.open or b.open:
        return b if a.open else a
    if "timestamptz" in (a.name, b.name) and a.moment and b.moment:
        zones = {kind.zone if kind.name == "timestamptz" else "UTC" for kind in (a, b)}  # the session's zone is UTC
        return Type("timestamptz", max(a.precision, b.precision), zone=zones.pop() if len(zones) == 1 else "")
    if a == b:
        return a if a.known == b.known else replace(a, known=a.known & b.known)
    if a.numeric and b.numeric:
        if a.name == "decimal" or b.name == "decimal":
            x, y = as_decimal(a), as_decimal(b)
            if x and y:
                scale = max(x.scale, y.scale)
                return decimal(max(x.precision - x.scale, y.precision - y.scale) + scale, scale)
        return arithmetic("+", a, b)
    if {a.name, b.name} <= {"varchar", "char"}:
        return VARCHAR
    if a.moment and b.moment:
        return max(a, b, key=lambda t: (("date", "timestamp").index(t.name), t.precision))
    return a if a.name == b.name else None


_NAMES = {
    "INT": "integer", "BIGINT": "bigint", "SMALLINT": "smallint", "TINYINT": "tinyint", "FLOAT": "real",
    "DOUBLE": "double",
    "TEXT": "varchar", "VARCHAR": "varchar", "CHAR": "char", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPTZ": "timestamptz", "TIME": "time", "DECIMAL": "decimal", "VARBINARY": "varbinary", "BINARY": "varbinary",
    "ARRAY": "array", "MAP": "map", "STRUCT": "row", "JSON": "json", "TIMESTAMPNTZ": "timestamp",
}  # fmt: skip


def from_datatype(datatype: exp.DataType) -> Type:
    """A sqlglot data type, read from Hive or Trino text, as a Trino type; `unknown` when it is none of ours."""
    name = _NAMES.get(datatype.this.name, "unknown")
    inner = [p for p in datatype.expressions if isinstance(p, (exp.DataType, exp.ColumnDef))]
    if name in ("array", "map", "row"):
        kinds = [p.kind if isinstance(p, exp.ColumnDef) else p for p in inner]
        names = tuple(p.name.lower() for p in inner if isinstance(p, exp.ColumnDef))
        return Type(name, of=tuple(from_datatype(k) for k in kinds if isinstance(k, exp.DataType)), names=names)
    parameters = [int(p.name) for p in datatype.expressions if isinstance(p, exp.DataTypeParam) and p.name.isdigit()]
    if name == "decimal":
        precision, scale = ([*parameters, 0] if len(parameters) == 1 else parameters or [38, 0])[:2]
        return decimal(precision, scale)
    if name in ("timestamp", "timestamptz"):
        return Type(name, parameters[0] if parameters else 3)
    return Type(name, parameters[0] if parameters else 0)


def parse_type(text: str) -> Type:
    """A type as Glue or Trino writes it: `bigint`, `string`, `decimal(10,2)`, `array<string>`, `timestamp(3)`.

    Raises:
        UsageError: no such type.
    """
    for dialect in ("hive", "trino"):
        try:
            kind = from_datatype(exp.DataType.build(text, dialect=dialect))
        except (SqlglotError, ValueError):
            continue
        if kind != UNKNOWN:
            return kind
    raise UsageError(
        f"'{text}' is not an Athena type", expected="such as bigint, string, double, decimal(10,2), timestamp"
    )
