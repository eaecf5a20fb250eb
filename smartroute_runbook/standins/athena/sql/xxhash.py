"""XXH64, which DuckDB lacks (specification: xxHash, "XXH64 Algorithm Description")."""

from __future__ import annotations

import struct

__all__ = ["xxhash64"]

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
