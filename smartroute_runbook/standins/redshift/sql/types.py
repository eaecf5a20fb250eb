"""Redshift's data types: how they are declared, what DuckDB keeps, what the catalog shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .tokens import Reader

__all__ = [
    "BIGINT", "BOOLEAN", "DATE", "DOUBLE", "FLOATS", "INTEGER", "INTEGERS", "INTERVAL", "LONGEST_NAME", "REAL",
    "RESERVED", "SUPER", "SYSTEM_COLUMNS", "TEXT", "TIMESTAMP", "TIMESTAMPTZ", "VARBYTE", "WITH_FRACTION", "DataType",
    "declared", "from_duckdb_type", "named", "of",
]  # fmt: skip

WITH_FRACTION = "with_fraction"
"""The meta entry of an EXTRACT that was written DATE_PART, which counts the whole of the seconds and their fraction."""

MAX_VARCHAR, MAX_CHAR = 65_535, 4_096  # bytes (r_Character_types)

# Reserved words (r_pg_keywords): refused as names unless quoted.
RESERVED = frozenset(
    """aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary
    blanksasnull both bytedict bzip2 case cast check collate column connect constraint create credentials cross
    current_date current_time current_timestamp current_user current_user_id default deferrable deflate defrag delta
    delta32k desc disable distinct do else emptyasnull enable encode encrypt encryption end except explicit false for
    foreign freeze from full globaldict256 globaldict64k grant group gzip having identity ignore ilike in initially
    inner intersect interval into is isnull join leading left like limit localtime localtimestamp lun luns lzo lzop
    minus mostly16 mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open or order
    outer overlaps parallel partition percent permissions pivot placing primary raw readratio recover references
    rejectlog resort respect restore right select session_user similar snapshot some sysdate system table tag tdes
    text255 text32k then timestamp to top trailing true truncatecolumns union unique unnest unpivot user using
    verbose wallet when where with without""".split()  # noqa: SIM905  a wall of words reads better than a wall of quotes
)

LONGEST_NAME = 127  # bytes (r_names)
SYSTEM_COLUMNS = frozenset({"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""PostgreSQL's own, which no column may be named like, quoted or not (r_names)."""

SIMPLE: dict[str, str] = {
    "smallint": "smallint", "int2": "smallint", "integer": "integer", "int": "integer", "int4": "integer",
    "bigint": "bigint", "int8": "bigint", "real": "real", "float4": "real", "float8": "double precision",
    "float": "double precision", "boolean": "boolean", "bool": "boolean", "date": "date", "super": "super",
    "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
    "time": "time without time zone", "timetz": "time with time zone", "geometry": "geometry",
    "hllsketch": "hllsketch", "geography": "geography",
}  # fmt: skip

DUCKDB: dict[str, str] = {
    "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT", "real": "FLOAT", "double precision": "DOUBLE",
    "boolean": "BOOLEAN", "date": "DATE", "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ", "time without time zone": "TIME", "time with time zone": "TIMETZ",
    "super": "JSON", "character varying": "VARCHAR", "character": "VARCHAR", "binary varying": "BLOB",
}  # fmt: skip


@dataclass(frozen=True)
class DataType:
    """A type: its base name as PG_TABLE_DEF spells it, length in bytes or precision, and scale.

    ``constant`` is a text that an inner query gives as it was written: PostgreSQL calls its type unknown.
    """

    base: str
    length: int = 0
    scale: int = 0
    constant: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if self.base == "numeric":
            return f"numeric({self.length},{self.scale})"
        if self.base in {"character varying", "character", "binary varying"}:
            return f"{self.base}({self.length})"
        return self.base

    @property
    def duckdb(self) -> str:
        """The type of the DuckDB column behind it."""
        if self.base == "numeric":
            return f"DECIMAL({self.length},{self.scale})"
        if self.base not in DUCKDB:
            raise SqlError("0A000", f"not rehearsable: type {self.base}")
        return DUCKDB[self.base]

    @property
    def text(self) -> bool:
        """Whether values are limited in bytes."""
        return self.base in {"character varying", "character"}


SUPER = DataType("super")
INTEGER, BIGINT, REAL, DOUBLE = (DataType(name) for name in ("integer", "bigint", "real", "double precision"))
BOOLEAN, DATE, INTERVAL = DataType("boolean"), DataType("date"), DataType("interval")
TIMESTAMP, TIMESTAMPTZ = DataType("timestamp without time zone"), DataType("timestamp with time zone")
TEXT, VARBYTE = DataType("character varying", MAX_VARCHAR), DataType("binary varying", 64_000)
INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}  # as decimals (r_numeric_computations201)
FLOATS = {"real", "double precision"}


def of(node: exp.Expression | None) -> DataType | None:
    """The type that was found for a node (see redshift_infer)."""
    return node.meta.get("rs") if isinstance(node, exp.Expression) else None


def _numbers(reader: Reader) -> list[str]:
    words = []
    if reader.accept("("):
        while not reader.accept(")"):
            token = reader.next()
            if token.text != ",":
                words.append(token.text.lower())
    return words


def declared(reader: Reader) -> DataType:
    """Reads a type from a column definition.

    Raises:
        SqlError: 42704 no such type (STRING, DOUBLE, TINYINT, ... are Athena's), 22023 a length out of range.
    """
    word = reader.next().text.lower()
    if word in {"character", "char", "nchar", "bpchar", "varchar", "nvarchar", "text"}:
        return _text(reader, word)
    if word in {"decimal", "numeric", "dec"}:
        return _numeric(reader)
    if word in {"varbyte", "varbinary"}:
        return DataType("binary varying", int((_numbers(reader) or ["64000"])[0]))
    if word == "double":
        reader.expect("precision")
        return DataType("double precision")
    if word == "float":
        return DataType("real" if int((_numbers(reader) or ["53"])[0]) <= 24 else "double precision")
    if word in {"timestamp", "time"} and reader.peek() in {"with", "without"}:
        zone = reader.next().text.lower() == "with"
        reader.expect("time", "zone")
        return DataType(f"{word} {'with' if zone else 'without'} time zone")
    if word not in SIMPLE:
        raise SqlError("42704", f'type "{word}" does not exist')
    return DataType(SIMPLE[word])


def _text(reader: Reader, word: str) -> DataType:
    """VARCHAR and CHAR with their synonyms (r_Character_types)."""
    varying = word in {"varchar", "nvarchar", "text"} or (word == "character" and reader.accept("varying"))
    numbers = _numbers(reader)
    top = MAX_VARCHAR if varying else MAX_CHAR
    if word == "text" or not numbers:  # TEXT is VARCHAR(256) whatever is asked
        length = 256 if varying or word == "bpchar" else 1
    else:
        length = top if numbers[0] == "max" else int(numbers[0])
    if not 1 <= length <= top:
        raise SqlError("22023", f"length for type {'varchar' if varying else 'char'} cannot exceed {top}")
    return DataType("character varying" if varying else "character", length)


def _numeric(reader: Reader) -> DataType:
    """NUMERIC(18, 0) unless told otherwise (r_Numeric_types201)."""
    numbers = _numbers(reader)
    precision, scale = int(numbers[0]) if numbers else 18, int(numbers[1]) if len(numbers) > 1 else 0
    if not 1 <= precision <= 38 or not 0 <= scale <= min(precision, 37):
        raise SqlError("22023", f"NUMERIC precision {precision} must be between 1 and 38")
    return DataType("numeric", precision, scale)


BACK: dict[str, str] = {
    "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint", "FLOAT": "real",
    "DOUBLE": "double precision", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "TIME": "time without time zone", "JSON": "super",
    "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint", "INTERVAL": "interval",
    "TIMESTAMP_NS": "timestamp without time zone", "TIMESTAMP_MS": "timestamp without time zone",
    "TIMESTAMP_S": "timestamp without time zone", "TIME WITH TIME ZONE": "time with time zone",
}  # fmt: skip


def from_duckdb_type(name: str, length: int = MAX_VARCHAR) -> DataType:
    """The Redshift type of a DuckDB column or expression."""
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", name):
        return DataType("numeric", int(match[1]), int(match[2]))
    if name in {"HUGEINT", "UBIGINT", "UHUGEINT"}:
        return DataType("numeric", 38, 0)
    if name == "BLOB":
        return DataType("binary varying", 64_000)
    if name in BACK:
        return DataType(BACK[name])
    if name.endswith("[]") or name.startswith(("STRUCT", "MAP")):
        return DataType("super")
    return DataType("character varying", length)


def named(text: str) -> DataType:
    """The type behind a catalog spelling such as ``numeric(18,2)`` (what ``str`` of a type gives)."""
    match = re.fullmatch(r"([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?", text)
    if not match:
        raise SqlError("42704", f'type "{text}" does not exist')
    return DataType(match[1], int(match[2] or 0), int(match[3] or 0))
