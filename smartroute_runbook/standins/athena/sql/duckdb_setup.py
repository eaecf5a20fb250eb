"""A DuckDB that has Trino's functions."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import duckdb
from duckdb.sqltypes import BIGINT, BLOB, VARCHAR

__all__ = ["prepare", "xxhash64"]

_SETTINGS = {
    "TimeZone": "'UTC'",
    "integer_division": "true",
    "ieee_floating_point_ops": "true",
    "enable_external_file_cache": "false",
    # These change which columns and files a plan reads, and the plan is where the scanned bytes come from.
    "disabled_optimizers": "'late_materialization,common_subplan'",
}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Settings, macros and functions of a fresh DuckDB that is to speak Trino."""
    for name, value in _SETTINGS.items():
        connection.execute(f"SET {name} = {value}")
    connection.create_function("trino_any_base", _from_base, [VARCHAR, BIGINT], BIGINT)
    connection.create_function("trino_xxhash64", xxhash64, [BLOB], BLOB)
    connection.create_function("trino_crc32", _crc32, [BLOB], BIGINT)
    strict = Path(__file__).with_name("macros.sql").read_text("utf-8")
    connection.execute(strict)
    # The same within TRY: NULL where the strict ones fail. DuckDB's own TRY refuses error(), being volatile.
    connection.execute("CREATE MACRO lenient_null(words) AS NULL")
    for name in ("any_base", "xxhash64", "crc32"):
        arguments = "a, b" if name == "any_base" else "a"
        connection.execute(f"CREATE MACRO lenient_{name}({arguments}) AS trino_{name}({arguments})")
    connection.execute(strict.replace("trino_", "lenient_").replace("error(", "lenient_null("))


def _crc32(data: bytes) -> int:
    return zlib.crc32(data)


def _from_base(text: str, radix: int) -> int:
    try:
        found = int(text, radix) if re.fullmatch("[-+]?[0-9A-Za-z]+", text) else 2**63
    except ValueError:
        raise ValueError(f"TRINO:INVALID_FUNCTION_ARGUMENT: Not a valid base-{radix} number: {text}") from None
    if not -(2**63) <= found < 2**63:
        raise ValueError(f"TRINO:INVALID_FUNCTION_ARGUMENT: Not a valid base-{radix} number: {text}")
    return found


_P1, _P2, _P3, _P4, _P5 = (
    11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261,
)  # fmt: skip
_MASK = (1 << 64) - 1


def _rotate(x: int, n: int) -> int:
    return ((x << n) | (x >> (64 - n))) & _MASK


def _round(state: int, lane: int) -> int:
    return _rotate((state + lane * _P2) & _MASK, 31) * _P1 & _MASK


def xxhash64(data: bytes) -> bytes:
    """XXH64 with seed 0, big-endian, as Trino's ``xxhash64`` (specification: xxHash, "XXH64 Algorithm Description")."""
    at, end = 0, len(data)
    if end >= 32:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        for at in range(0, end - 31, 32):
            lanes = [_round(s, v) for s, v in zip(lanes, struct.unpack_from("<4Q", data, at), strict=True)]
        at = end - end % 32
        state = sum(_rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            state = ((state ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        state = _P5
    state = (state + end) & _MASK
    while at + 8 <= end:
        state = (_rotate(state ^ _round(0, struct.unpack_from("<Q", data, at)[0]), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= end:
        state = (_rotate(state ^ (struct.unpack_from("<I", data, at)[0] * _P1 & _MASK), 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in data[at:]:
        state = _rotate(state ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    for shift, prime in ((33, _P2), (29, _P3)):
        state = ((state ^ (state >> shift)) * prime) & _MASK
    return (state ^ (state >> 32)).to_bytes(8, "big")
