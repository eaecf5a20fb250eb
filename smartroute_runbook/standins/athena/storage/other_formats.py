"""CSV, JSON and ORC files as Parquet copies, read under the table's columns as Athena's SerDes read them.

Values that cannot be read as their column's type are NULL in text files, as LazySimpleSerDe has it; a line that is no
JSON object is an error, or a row of NULLs. ORC columns are the table's by position. Nested columns are read from JSON
and ORC alone. A line ends at a line feed, a carriage return or both, quoted or not, and an empty one is a row; a byte
order mark is no part of the first one (Trino, ``TextLineReader``).
Sources: Athena user guide, "LazySimpleSerDe", "OpenCSVSerDe", "JSON SerDe libraries", "ORC SerDe", "Handling schema
updates" (ORC is read by index).
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TextIO, cast

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
from sqlglot import exp

from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.hive_types import hive_type

from .catalog import GlueTable
from .serde_options import require_modelled, serde_options

__all__ = ["READABLE", "as_parquet"]

Row = list[Any]
_NULL = r"\N"


def as_parquet(table: GlueTable, path: Path, etag: str) -> Path:
    """A copy of a file as Parquet with the table's columns; made once for each state of the file and of the table."""
    require_modelled(table)
    options = serde_options(table)
    identity = [[(f.name, f.type) for f in table.columns], table.serde, options, table.raw.get("Parameters")]
    under = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:12]
    copy = path.with_name(f".{path.name}.{etag.strip(chr(34))}.{under}.parquet")
    if not copy.exists():
        columns = READABLE[table.serde](table, path)
        pq.write_table(columns, copy.with_suffix(".part"))
        copy.with_suffix(".part").replace(copy)
    return copy


def _lazy_simple(table: GlueTable, path: Path) -> pa.Table:
    """Fields between delimiters, without quotes; NULL is recognised before escapes are taken out."""
    properties = serde_options(table)
    delimiter = _character(properties.get("field.delim", properties.get("serialization.format", "\x01")))
    escape = properties.get("escape.delim")
    null = properties.get("serialization.null.format", _NULL)
    mark = re.escape(escape) if escape else "(?!)"
    field = re.compile(f"(?:{mark}.|[^{re.escape(delimiter + (escape or ''))}])*", re.DOTALL)
    lines = ([match[0] for match in _apart(field, line)] for line in _after_header(table, path))
    rows = [[None if one == null else re.sub(f"{mark}(.)", r"\1", one) for one in line] for line in lines]
    return _columns(table, rows, _of_text)


def _character(delimiter: str) -> str:
    """A delimiter given by its code or as itself: Hive's default ``serialization.format`` is ``1``, the character 1."""
    return chr(int(delimiter)) if delimiter.isdecimal() and int(delimiter) < 128 else delimiter[:1]


def _apart(field: re.Pattern[str], line: str) -> Iterator[re.Match[str]]:
    """The fields of a line, one character apart."""
    at = 0
    while match := field.match(line, at):
        yield match
        at = match.end() + 1
        if at > len(line):
            return


def _open_csv(table: GlueTable, path: Path) -> pa.Table:
    """Fields that may be quoted; none is NULL, and an empty number is refused."""
    properties = serde_options(table)
    delimiter, quote = properties.get("separatorChar", ","), properties.get("quoteChar", '"')
    rows = []
    for line in _after_header(table, path):
        fields = csv.reader([line], delimiter=delimiter, quotechar=quote, strict=True,
                            escapechar=properties.get("escapeChar", "\\"))  # fmt: skip
        try:
            rows.append(next(fields) if line else [])
        except csv.Error as error:
            raise QueryFailed(
                "NOT_SUPPORTED", f"not rehearsable: a line of OpenCSVSerde, {line!r}: {error}", 1
            ) from error
    for field in table.columns:
        if field.type in ("date", "timestamp"):
            raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: {field.type} columns of OpenCSVSerde", 1)
    return _columns(table, rows, _of_quoted)


def _json(table: GlueTable, path: Path) -> pa.Table:
    """One object a line; names have no case."""
    lenient = serde_options(table).get("ignore.malformed.json", "").lower() == "true"
    rows = []
    for line in _lines(path):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=Decimal)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            if not lenient:
                raise QueryFailed("HIVE_CURSOR_ERROR", "Row is not a valid JSON Object - JSONException")
            value = {}
        lower = {str(name).lower(): content for name, content in value.items()}
        rows.append([lower.get(field.name) for field in table.columns])
    return _columns(table, rows, _of_json)


def _orc(table: GlueTable, path: Path) -> pa.Table:
    read = orc.read_table(path)
    names = [field.name for field in table.columns][: read.num_columns]
    return read.select(range(len(names))).rename_columns(names)


#: Readers by the last word of the SerDe's class.
READABLE: dict[str, Callable[[GlueTable, Path], pa.Table]] = {
    "LazySimpleSerDe": _lazy_simple, "OpenCSVSerde": _open_csv, "JsonSerDe": _json, "HiveJsonSerDe": _json,
    "OrcSerde": _orc,
}  # fmt: skip


def _opened(path: Path) -> TextIO:
    """A text file, also one that its name says to be gzip."""
    if path.suffix in (".bz2", ".zst", ".lz4", ".snappy", ".deflate"):
        raise QueryFailed("NOT_SUPPORTED", f"not rehearsable: text files compressed as {path.suffix}", 1)
    opened = gzip.open if path.suffix == ".gz" else open
    return cast(TextIO, opened(path, "rt", encoding="utf-8", newline=""))


def _lines(path: Path) -> list[str]:
    with _opened(path) as file:
        lines = re.split("\r\n|\r|\n", file.read().removeprefix("\ufeff"))
    return lines if lines[-1] else lines[:-1]


def _after_header(table: GlueTable, path: Path) -> list[str]:
    return _lines(path)[int((table.raw.get("Parameters") or {}).get("skip.header.line.count", 0)) :]


def _columns(table: GlueTable, rows: list[Row], read: Callable[[Any, pa.DataType], Any]) -> pa.Table:
    """Rows as typed columns; fields that a line lacks are NULL, those beyond the columns are not read."""
    arrays = {}
    for n, field in enumerate(table.columns):
        kind = _arrow(hive_type(field.type))
        values = [row[n] if n < len(row) else None for row in rows]
        arrays[field.name] = pa.array([None if value is None else read(value, kind) for value in values], kind)
    return pa.table(arrays)


def _of_text(value: str, kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return value
    if pa.types.is_nested(kind):
        raise QueryFailed("NOT_SUPPORTED", "not rehearsable: nested columns of text files", 1)
    try:
        return _scalar(value, kind)
    except (ValueError, InvalidOperation):
        return None


def _of_quoted(value: str, kind: pa.DataType) -> Any:
    try:
        return value if pa.types.is_string(kind) else _scalar(value.strip(), kind)
    except (ValueError, InvalidOperation) as error:
        raise QueryFailed("HIVE_BAD_DATA", f"Error parsing field value '{value}': {error}") from error


def _of_json(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [_of_json(one, kind.value_type) for one in value] if isinstance(value, list) else None
    if pa.types.is_map(kind):
        return [(name, _of_json(one, kind.item_type)) for name, one in value.items()]
    if pa.types.is_struct(kind):
        lower = {name.lower(): one for name, one in value.items()}
        return {field.name: _of_json(lower.get(field.name), field.type) for field in kind}
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else json.dumps(value, default=str)
    return _of_text(str(value).lower() if isinstance(value, bool) else str(value), kind)


def _scalar(text: str, kind: pa.DataType) -> Any:
    types = pa.types
    if types.is_boolean(kind):
        return {"true": True, "false": False}.get(text.lower())
    if types.is_integer(kind):
        number = int(text)
        return number if -(2 ** (kind.bit_width - 1)) <= number < 2 ** (kind.bit_width - 1) else None
    if types.is_floating(kind):
        return float(text)
    if types.is_decimal(kind):
        return round(Decimal(text), kind.scale)
    if types.is_date(kind):
        return dt.date.fromisoformat(text[:10])
    return dt.datetime.fromisoformat(text) if types.is_timestamp(kind) else text.encode()


_ARROW = {
    "TINYINT": pa.int8(), "SMALLINT": pa.int16(), "INT": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("ms"),
    "BINARY": pa.binary(),
}  # fmt: skip


def _arrow(kind: exp.DataType) -> pa.DataType:
    """The Arrow type of a Hive one."""
    inner = kind.expressions
    if kind.this == exp.DType.ARRAY:
        return pa.list_(_arrow(inner[0]))
    if kind.this == exp.DType.MAP:
        return pa.map_(_arrow(inner[0]), _arrow(inner[1]))
    if kind.this == exp.DType.STRUCT:
        return pa.struct([(field.name.lower(), _arrow(field.args["kind"])) for field in inner])
    if kind.this == exp.DType.DECIMAL:
        digits = [int(one.name) for one in inner] or [10]
        return pa.decimal128(digits[0], digits[1] if len(digits) > 1 else 0)
    return _ARROW.get(str(kind.this.value), pa.string())
