"""Messages of the wire protocol: the server's encoded, the client's decoded."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from smartroute_runbook.standins.redshift.errors import SqlError

from .encode import WireField

__all__ = ["bind_request", "error_response", "message", "parse_request", "row_description", "spread", "text"]


def message(code: bytes, body: bytes = b"") -> bytes:
    """One message."""
    return code + struct.pack("!I", len(body) + 4) + body


def text(value: str) -> bytes:
    """A zero-terminated string."""
    return value.encode() + b"\0"


def error_response(error: SqlError, severity: str = "ERROR") -> bytes:
    """An ErrorResponse."""
    parts = [b"S" + text(severity), b"C" + text(error.state), b"M" + text(error.message)]
    if error.detail:
        parts.append(b"D" + text(error.detail))
    if error.hint:
        parts.append(b"H" + text(error.hint))
    return message(b"E", b"".join(parts) + b"\0")


def row_description(fields: Sequence[WireField], formats: Sequence[int], protocol: int) -> bytes:
    """A RowDescription; from protocol 1 on with where each column comes from."""
    parts = [struct.pack("!H", len(fields))]
    for column, form in zip(fields, spread(formats, len(fields)), strict=True):
        parts.append(text(column.name))
        parts.append(struct.pack("!ihihih", 0, 0, column.oid, column.size, column.modifier, form))
        if protocol >= 1:  # schema, table, column, catalog, then nullable and its kin
            parts.append(b"\0\0\0\0" + struct.pack("!h", 1))
    return message(b"T", b"".join(parts))


def spread(formats: Sequence[int], count: int) -> list[int]:
    """Format codes for each of ``count`` columns: none given is text, one given is for all."""
    if len(formats) == count:
        return list(formats)
    return [formats[0] if formats else 0] * count


def parse_request(body: bytes) -> tuple[bytes, str, tuple[int, ...]]:
    """A Parse: the statement's name, its SQL and the types of its parameters."""
    name, _, rest = body.partition(b"\0")
    source, _, rest = rest.partition(b"\0")
    (count,) = struct.unpack_from("!H", rest)
    return name, source.decode(), struct.unpack_from(f"!{count}I", rest, 2)


def bind_request(body: bytes) -> tuple[bytes, bytes, list[tuple[bytes | None, int]], list[int]]:
    """A Bind: the portal's and the statement's name, each parameter (None: NULL) with its format, and the results'."""
    portal, _, rest = body.partition(b"\0")
    name, _, rest = rest.partition(b"\0")
    (count,) = struct.unpack_from("!H", rest)
    codes = struct.unpack_from(f"!{count}H", rest, 2)
    position = 2 + 2 * count
    (formats,) = struct.unpack_from("!H", rest, position)
    position += 2
    values: list[tuple[bytes | None, int]] = []
    for code in spread(codes, formats):
        (length,) = struct.unpack_from("!i", rest, position)
        position += 4
        values.append((None if length < 0 else rest[position : position + length], code))
        position += max(length, 0)
    (count,) = struct.unpack_from("!H", rest, position)
    return portal, name, values, list(struct.unpack_from(f"!{count}H", rest, position + 2))
