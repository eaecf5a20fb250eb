"""Rows for the wire, a batch of columns at a time: per-cell Python would make every fetch slow."""

from __future__ import annotations

import datetime as dt
import json
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import binary

__all__ = ["TIMETZ", "VARCHAR", "WireField", "array_of", "character_of", "data_rows", "field_of", "padded"]

NULL = b"\xff\xff\xff\xff"
LENGTH = struct.Struct("!i").pack
POSTGRES_EPOCH_DAYS = 10957  # 1970-01-01 to 2000-01-01
POSTGRES_EPOCH_MICROSECONDS = POSTGRES_EPOCH_DAYS * 86_400_000_000

BOOL, INT8, INT2, INT4, FLOAT4, FLOAT8, BPCHAR, VARCHAR = 16, 20, 21, 23, 700, 701, 1042, 1043
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, TIMETZ, NUMERIC = 1082, 1083, 1114, 1184, 1186, 1266, 1700
SUPER, VARBYTE = 4000, 6551
ARRAYS = {"SMALLINT[]": (1005, INT2), "INTEGER[]": (1007, INT4), "VARCHAR[]": (1009, 25), "BIGINT[]": (1016, INT8)}
"""Object ids of PostgreSQL's arrays, which the catalog alone has, and of their elements."""

# DuckDB's types as Redshift's OIDs and sizes (pg_type; redshift_connector/utils/oids.py).
OIDS: dict[str, tuple[int, int]] = {
    "BOOLEAN": (BOOL, 1), "TINYINT": (INT2, 2), "SMALLINT": (INT2, 2), "INTEGER": (INT4, 4), "BIGINT": (INT8, 8),
    "UTINYINT": (INT2, 2), "USMALLINT": (INT4, 4), "UINTEGER": (INT8, 8), "FLOAT": (FLOAT4, 4),
    "DOUBLE": (FLOAT8, 8), "DATE": (DATE, 4), "TIME": (TIME, 8), "TIMESTAMP": (TIMESTAMP, 8),
    "TIMESTAMP_S": (TIMESTAMP, 8), "TIMESTAMP_MS": (TIMESTAMP, 8), "TIMESTAMP_NS": (TIMESTAMP, 8),
    "TIMESTAMP WITH TIME ZONE": (TIMESTAMPTZ, 8), "TIME WITH TIME ZONE": (TIMETZ, 12), "INTERVAL": (INTERVAL, 16),
    "BLOB": (VARBYTE, -1), "JSON": (SUPER, -1),
}  # fmt: skip
DECIMAL_TYPE = re.compile(r"DECIMAL\((\d+),(\d+)\)")


@dataclass(frozen=True)
class WireField:
    """A result column: its label, OID, size in bytes (-1: varying) and type modifier (-1: none)."""

    name: str
    oid: int
    size: int
    modifier: int = -1


def field_of(name: str, duckdb_type: str) -> WireField:
    """The Redshift column that a DuckDB result column becomes."""
    if decimal := DECIMAL_TYPE.fullmatch(duckdb_type):
        return WireField(name, NUMERIC, -1, (int(decimal[1]) << 16 | int(decimal[2])) + 4)
    if duckdb_type in {"HUGEINT", "UHUGEINT", "UBIGINT"}:
        return WireField(name, NUMERIC, -1, (38 << 16) + 4)
    if duckdb_type.endswith("[]") or duckdb_type.startswith(("STRUCT", "MAP", "UNION")):
        return WireField(name, SUPER, -1)
    oid, size = OIDS.get(duckdb_type, (VARCHAR, -1))
    return WireField(name, oid, size)


def array_of(name: str, duckdb_type: str) -> WireField:
    """A column of a query of the catalog: what is a list there is an array of PostgreSQL's, not a SUPER."""
    return WireField(name, ARRAYS[duckdb_type][0], -1) if duckdb_type in ARRAYS else field_of(name, duckdb_type)


def character_of(field: WireField, length: int) -> WireField:
    """A column of CHAR(length)."""
    return WireField(field.name, BPCHAR, -1, length + 4)


def padded(batch: pa.RecordBatch, fields: Sequence[WireField]) -> pa.RecordBatch:
    """A batch whose CHAR columns have their trailing blanks, which the tables do without."""
    if not any(field.oid == BPCHAR for field in fields):
        return batch
    columns = [
        pc.utf8_rpad(column, field.modifier - 4) if field.oid == BPCHAR else column
        for column, field in zip(batch.columns, fields, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def data_rows(
    batch: pa.RecordBatch, fields: Sequence[WireField], formats: Sequence[int], *, packed: bool = False
) -> bytes:
    """One DataRow message per row of the batch; formats: 0 text, 1 binary, per column.

    ``packed``: NUMERIC as Redshift's drivers read it, who ask for its protocol 2; else as PostgreSQL's do.
    """
    columns = zip(batch.columns, fields, formats, strict=True)
    cells = [_cells(column, field, form, packed=packed) for column, field, form in columns]
    head = struct.Struct("!cIH")
    width = len(cells)
    rows = map(b"".join, zip(*cells, strict=True)) if cells else (b"" for _ in range(batch.num_rows))
    return b"".join(head.pack(b"D", len(row) + 6, width) + row for row in rows)


def _cells(column: pa.Array, field: WireField, form: int, *, packed: bool) -> list[bytes]:
    if form == 0:
        return _text(column, field)
    if field.oid in FIXED:
        return _fixed(column, *FIXED[field.oid])
    if field.oid == NUMERIC:
        return _numeric(column, field) if packed else _each(_unscaled(column, field), binary.numeric)
    return _each(column, BINARY[field.oid]) if field.oid in BINARY else _text(column, field)


def _fixed(column: pa.Array, arrow_type: pa.DataType, kind: str, origin: int) -> list[bytes]:
    """Cells of a fixed-width column: one numpy pass, no Python per value."""
    if column.type != arrow_type:
        column = column.cast(arrow_type, safe=False)
    missing = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    if pa.types.is_temporal(arrow_type):
        column = column.cast(pa.int32() if arrow_type.bit_width == 32 else pa.int64())
    filled = column.fill_null(False if pa.types.is_boolean(arrow_type) else 0) if column.null_count else column
    values = filled.to_numpy(zero_copy_only=False)
    wide = np.dtype(kind)
    block = np.empty(len(values), dtype=[("length", ">i4"), ("value", wide)])
    block["length"] = wide.itemsize
    block["value"] = values - origin if origin else values
    cells: list[bytes] = block.view(f"V{4 + wide.itemsize}").tolist()
    if missing is not None:
        for index in np.flatnonzero(missing):
            cells[index] = NULL
    return cells


FIXED: dict[int, tuple[pa.DataType, str, int]] = {
    BOOL: (pa.bool_(), "u1", 0),
    INT2: (pa.int16(), ">i2", 0),
    INT4: (pa.int32(), ">i4", 0),
    INT8: (pa.int64(), ">i8", 0),
    FLOAT4: (pa.float32(), ">f4", 0),
    FLOAT8: (pa.float64(), ">f8", 0),
    DATE: (pa.date32(), ">i4", POSTGRES_EPOCH_DAYS),
    TIME: (pa.time64("us"), ">i8", 0),
    TIMESTAMP: (pa.timestamp("us"), ">i8", POSTGRES_EPOCH_MICROSECONDS),
    TIMESTAMPTZ: (pa.timestamp("us", tz="UTC"), ">i8", POSTGRES_EPOCH_MICROSECONDS),
}


def _unscaled(column: pa.Array, field: WireField) -> pa.Array:
    """A column of NUMERIC with 38 digits, whatever it came as."""
    kind = pa.decimal128(38, (field.modifier - 4) & 0xFFFF)
    return column if column.type == kind else column.cast(kind, safe=False)


def _each(column: pa.Array, spell: Callable[[Any], bytes]) -> list[bytes]:
    """Cells of a column without a fixed width, value by value."""
    encoded = [None if value is None else spell(value) for value in column.to_pylist()]
    return [NULL if value is None else LENGTH(len(value)) + value for value in encoded]


BINARY: dict[int, Callable[[Any], bytes]] = {
    INTERVAL: binary.interval, TIMETZ: binary.timetz, VARBYTE: bytes,
    **{oid: partial(binary.array, element) for oid, element in ARRAYS.values()},
}  # fmt: skip


def _numeric(column: pa.Array, field: WireField) -> list[bytes]:
    """Redshift's binary NUMERIC: the unscaled value, big-endian, 16 bytes."""
    column = _unscaled(column, field)
    raw = np.frombuffer(column.buffers()[1], dtype=np.uint8).reshape(-1, 16)
    raw = raw[column.offset : column.offset + len(column), ::-1]
    block = np.empty((len(column), 20), dtype=np.uint8)
    block[:, :4] = (0, 0, 0, 16)
    block[:, 4:] = raw
    cells: list[bytes] = block.view("V20").ravel().tolist()
    if column.null_count:
        for index in np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)):
            cells[index] = NULL
    return cells


def _text(column: pa.Array, field: WireField) -> list[bytes]:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        values = column.cast(pa.large_binary()).to_pylist()
        return [NULL if value is None else LENGTH(len(value)) + value for value in values]
    spell = SPELLINGS.get(field.oid, str)
    return _each(column, lambda value: spell(value).encode())


def _float(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0").replace("inf", "Infinity").replace("nan", "NaN")


def _timestamp(value: dt.datetime) -> str:
    text = value.replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0") if "." in text else text


def _interval(value: Any) -> str:
    months, days, nanoseconds = value
    clock = str(dt.timedelta(microseconds=nanoseconds // 1000)) if nanoseconds else ""
    parts = (f"{months} mons" if months else "", f"{days} days" if days else "", clock)
    return " ".join(part for part in parts if part) or "00:00:00"


def _array(value: list[Any]) -> str:
    quoted = re.compile(r'[\s",{}\\]|^$|^null$', re.IGNORECASE)
    cells = ("NULL" if each is None else str(each) for each in value)
    escaped = ((cell, re.sub(r'(["\\])', r"\\\1", cell)) for cell in cells)
    return (
        "{" + ",".join(f'"{safe}"' if cell != "NULL" and quoted.search(cell) else cell for cell, safe in escaped) + "}"
    )


SPELLINGS: dict[int, Callable[[Any], str]] = {
    **{oid: _array for oid, _ in ARRAYS.values()},
    BOOL: lambda value: "t" if value else "f",
    FLOAT4: _float,
    FLOAT8: _float,
    TIMESTAMP: _timestamp,
    TIMETZ: lambda value: f"{value.replace(tzinfo=None)}+00",
    TIMESTAMPTZ: lambda value: _timestamp(value.astimezone(dt.UTC)) + "+00",
    INTERVAL: _interval,
    NUMERIC: lambda value: format(value, "f"),
    SUPER: lambda value: value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":")),
    VARBYTE: lambda value: value.hex(),
}
