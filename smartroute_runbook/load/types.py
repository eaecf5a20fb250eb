"""Athena types as Redshift types: what a column becomes, how its values are exported, and how wide a text may be.

Sources: Redshift developer guide, "Data types", "Character types" (65,535 bytes), "VARBYTE type", "SUPER type" and
"COPY from columnar data formats"; Athena user guide, "Data types in Amazon Athena".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.columns import Carried, base_of, nested
from smartroute_runbook.quantities import plural

__all__ = ["WIDEST", "RedshiftType", "base_of", "has_width", "nested", "redshift_type", "text", "type_of", "width_for"]

WIDEST = 65_535  # bytes of a VARCHAR
WIDEST_BINARY = 1_024_000  # bytes of a VARBYTE
FLOOR = 256  # bytes that every text column gets: blocks are compressed, so that width costs nothing on disk

_PLAIN = {
    "bigint": "BIGINT", "int": "INTEGER", "integer": "INTEGER", "smallint": "SMALLINT", "tinyint": "SMALLINT",
    "double": "DOUBLE PRECISION", "float": "REAL", "real": "REAL", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP", "timestamp with time zone": "TIMESTAMPTZ", "string": "VARCHAR", "varchar": "VARCHAR",
    "char": "VARCHAR", "binary": "VARBYTE", "varbinary": "VARBYTE", "decimal": "DECIMAL",
}  # fmt: skip
#: What the catalogue calls them.
_CATALOGUE = {
    "character varying": "VARCHAR", "character": "CHAR", "numeric": "DECIMAL", "real": "REAL",
    "double precision": "DOUBLE PRECISION", "timestamp without time zone": "TIMESTAMP", "binary varying": "VARBYTE",
    "timestamp with time zone": "TIMESTAMPTZ", "varbyte": "VARBYTE",
}  # fmt: skip


@dataclass(frozen=True)
class RedshiftType:
    """A type: ``name`` as in DDL, length in bytes or precision, and scale; 0 where there is none."""

    name: str
    length: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.name == "DECIMAL":
            return f"DECIMAL({self.length},{self.scale})"
        return f"{self.name}({self.length})" if self.length else self.name

    @property
    def sized(self) -> bool:
        """Whether its length follows what the values need."""
        return self.name in ("VARCHAR", "VARBYTE")

    def holds_exactly(self, other: RedshiftType) -> bool:
        """Whether a column of the other type holds what this one is for; a width is judged by the values, at COPY."""
        return self.name == other.name and (self.sized or (self.length, self.scale) == (other.length, other.scale))


def text(kind: str) -> bool:
    """Whether a type is text."""
    return base_of(kind) in ("string", "varchar", "char")


def has_width(kind: str) -> bool:
    """Whether a column's width has to be measured; a nested one crosses as text."""
    return text(kind) or nested(kind) or base_of(kind) in ("binary", "varbinary")


def type_of(column: str, kind: str, carried: Carried = "super") -> RedshiftType:
    """The Redshift type of an Athena one; texts and binaries without a width.

    Raises:
        UsageError: Redshift has no type that keeps it exactly.
    """
    base = base_of(kind)
    if base == "decimal":
        numbers = [int(n) for n in re.findall(r"\d+", kind)] or [10]
        return RedshiftType("DECIMAL", numbers[0], numbers[1] if len(numbers) > 1 else 0)
    if base in _PLAIN:
        return RedshiftType(_PLAIN[base])
    if nested(kind) and carried != "refuse":
        return RedshiftType("SUPER" if carried == "super" else "VARCHAR")
    raise UsageError(f"Column '{column}' has type {kind}", expected=f"one of {', '.join(sorted(_PLAIN))}")


def redshift_type(kind: str, size: int | None, scale: int | None) -> RedshiftType:
    """A type as the catalogue has it."""
    name = _CATALOGUE.get(kind.lower(), kind.upper())
    if name == "DECIMAL":
        return RedshiftType(name, size or 18, scale or 0)
    return RedshiftType(name, size or 0) if name in ("VARCHAR", "CHAR", "VARBYTE") else RedshiftType(name)


def width_for(column: str, kind: str, widest: int) -> tuple[int, str]:
    """Bytes of a text or binary column, with room, and why.

    Raises:
        UsageError: a value is longer than any Redshift column.
    """
    binary = base_of(kind) in ("binary", "varbinary")
    most = WIDEST_BINARY if binary else WIDEST
    if widest > most:
        value = f"json_format(cast({column} as json))" if nested(kind) else column
        raise UsageError(
            f"Column '{column}' holds a value of {plural(widest, 'byte')}{', as JSON' if nested(kind) else ''}",
            expected=f"at most {most:,}, the widest {'VARBYTE' if binary else 'VARCHAR'}",
            hint=f'Find it: SELECT "$path" ... WHERE length(to_utf8({value})) > {most}; shorten it, or leave it out',
        )
    width = min(most, max(FLOOR, -(-widest * 2 // 64) * 64))
    declared = re.search(r"\((\d+)\)", kind)
    if declared and text(kind):  # characters there, bytes here: up to four a character
        width = max(width, min(most, 4 * int(declared[1])))
    return width, f"widest value {plural(widest, 'byte')} in UTF-8, twice that, at least {FLOOR}"
