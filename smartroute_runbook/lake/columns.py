"""What Redshift takes of a table's columns: names, number, types; and how nested values are carried.

Nested values cross as JSON text: Athena writes it in the export, COPY takes it as text, and the swap parses it into
SUPER (``load.nested: super``) or keeps it (``text``). Redshift's own way, COPY with SERIALIZETOJSON, says nothing of
maps and leaves both engines' texts without a common form, so that nothing could be proven of it. As SUPER only those
are carried whose parts print alike on both engines: text, whole numbers, booleans, dates and moments. Fractions are
printed by each engine in its own way; as text they are carried to the digit.

Sources: Redshift developer guide, "COPY from columnar data formats", "Using COPY to load data into SUPER columns",
"JSON_SERIALIZE function", "Names and identifiers", "CREATE TABLE"; Trino, "JSON functions and operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import sqlglot
from sqlglot import exp

from smartroute_runbook.quantities import plural

__all__ = ["LONGEST_NAME", "NESTED", "Carried", "base_of", "flattened", "nested", "obstacles"]

#: How nested columns are carried.
Carried = Literal["super", "text", "refuse"]

NESTED = ("array", "map", "struct", "row")
#: Redshift developer guide, "Names and identifiers": system columns, and bytes of a name; "CREATE TABLE": columns.
_SYSTEM = ("oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
LONGEST_NAME, _MOST_COLUMNS = 127, 1_600
#: Bytes of a column's definition beside its name, and of all of them (Redshift management guide, "data-api": 100 kB).
_BESIDE_NAME, _MOST_NAMES = 24, 98_000
_MOST_SCALE = 37  # digits after the point (Redshift developer guide, "Numeric types")
_FLAT = (
    "tinyint", "smallint", "int", "integer", "bigint", "string", "varchar", "char", "boolean", "date", "timestamp",
    "timestamp with time zone", "double", "float", "real", "decimal", "binary", "varbinary",
)  # fmt: skip
#: Types whose JSON is the same text on both engines, and those of which Athena makes no JSON.
_ALIKE = {"TINYINT", "SMALLINT", "INT", "BIGINT", "TEXT", "VARCHAR", "CHAR", "BOOLEAN", "DATE", "TIMESTAMP"}
_NO_JSON = {"BINARY", "VARBINARY"}
_FIELD = re.compile(r"(?<=[<,])\s*([^<>,:`]+?)\s*:")
_KEYS = {"TINYINT", "SMALLINT", "INT", "BIGINT", "TEXT", "VARCHAR", "CHAR", "BOOLEAN"}
_ANEW = "Give it another name in a table of its own (CREATE TABLE AS on Athena), and name that one in athena.tables"


def base_of(kind: str) -> str:
    """``decimal`` of ``decimal(10,2)``, ``array`` of ``array<string>``."""
    return kind.lower().partition("(")[0].partition("<")[0].strip()


def nested(kind: str) -> bool:
    """Whether a type has parts."""
    return base_of(kind) in NESTED


def obstacles(columns: Sequence[tuple[str, str]], carried: Carried) -> Iterator[tuple[str, str]]:
    """Why columns (name and Athena type) are not carried, and what to do about it."""
    if len(columns) > _MOST_COLUMNS:
        yield (
            f"has {plural(len(columns), 'column')}, and Redshift takes {_MOST_COLUMNS:,}",
            "Split it into several tables",
        )
    names = [name for name, _ in columns]
    if (size := sum(len(name.encode()) + _BESIDE_NAME for name in names)) > _MOST_NAMES:
        yield (
            (
                f"has columns whose names make a CREATE TABLE of {plural(size, 'byte')}, and the Data API takes "
                f"{_MOST_NAMES:,}"
            ),
            "Split it into several tables, or give the columns shorter names",
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield (
            f"has a column '{name}' twice (letters' case does not count), and Athena refuses every query of it",
            "Leave it out of the table's own columns when it is a partition column; else name one otherwise",
        )
    for name, kind in columns:
        if name in _SYSTEM:
            yield f"has a column '{name}', which is a system column of Redshift", _ANEW
        if len(name.encode()) > LONGEST_NAME:
            long = f"'{name[:40]}...' with a name of {plural(len(name.encode()), 'byte')}"
            yield f"has a column {long}, and Redshift takes {LONGEST_NAME}", _ANEW
        if nested(kind):
            yield from (
                (f"has a column '{name}' of type {kind}, {why}", hint) for why, hint in _parts(name, kind, carried)
            )
        elif base_of(kind) == "decimal" and _scale(kind) > _MOST_SCALE:
            hint = f"Cast it to at most {_MOST_SCALE} digits in a table of its own (CREATE TABLE AS on Athena)"
            yield f"has a column '{name}' of type {kind}, and Redshift takes a scale of {_MOST_SCALE}", hint
        elif base_of(kind) not in _FLAT:
            hint = "Cast it in a table of its own (CREATE TABLE AS on Athena), and name that one in athena.tables"
            yield f"has a column '{name}' of type {kind}, and Redshift has none for it", hint


def _scale(kind: str) -> int:
    numbers = re.findall(r"\d+", kind)
    return int(numbers[1]) if len(numbers) > 1 else 0


def _parts(name: str, kind: str, carried: Carried) -> Iterator[tuple[str, str]]:
    """Why a nested column is not carried."""
    flat = f"or flatten it in a table of its own: CREATE TABLE AS SELECT {flattened(name, kind)}"
    try:
        parts = list(_leaves(_parsed(kind)))
    except sqlglot.errors.SqlglotError:
        yield "which cannot be read", "Correct the type in Glue"
        return
    if any(part in _NO_JSON for part, _ in parts):
        yield "and Athena makes no JSON of binary values", f"Leave the binary part out, {flat}"
    elif any(key and part not in _KEYS for part, key in parts):
        yield "and Athena makes no JSON of maps with such keys", f"Make the keys text, {flat}"
    elif carried == "refuse":
        yield "and load.nested is refuse", f"Set load.nested to super or text, {flat}"
    elif carried == "super" and (odd := sorted({part.lower() for part, _ in parts if part not in _ALIKE})):
        why = f"and each engine prints {', '.join(odd)} in SUPER in its own way: it could not be proven"
        yield why, f"Set load.nested to text, which keeps its JSON to the digit, {flat}"


def _parsed(kind: str) -> exp.DataType:
    """A Hive type, whose fields may be called anything: unquoted, ``select`` or ``a-b`` would end it without an error.

    Raises:
        SqlglotError: it is none.
    """
    return exp.DataType.build(_FIELD.sub(r"`\1`:", kind), dialect="hive")


def _leaves(kind: exp.DataType, *, key: bool = False) -> Iterator[tuple[str, bool]]:
    """Types of the parts that have none themselves, and whether they are keys of a map."""
    inner = [one.args["kind"] if isinstance(one, exp.ColumnDef) else one for one in kind.expressions]
    inner = [one for one in inner if isinstance(one, exp.DataType)]
    if not inner:
        yield str(kind.this.value), key
    for place, one in enumerate(inner):
        yield from _leaves(one, key=key or (kind.this == exp.DType.MAP and place == 0))


def flattened(name: str, kind: str) -> str:
    """What flattening a column would select."""
    if base_of(kind) in ("struct", "row"):
        fields = _parsed(kind).expressions
        return ", ".join(f"{name}.{field.name} AS {name}_{field.name}" for field in fields if field.name)
    rows = "key, value" if base_of(kind) == "map" else f"{name}_item"
    return f"{rows} ... CROSS JOIN UNNEST({name}) AS t({rows})"
