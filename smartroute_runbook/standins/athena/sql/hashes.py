"""Hashes that DuckDB lacks: SpookyHash V2, MurmurHash3 and the checksum of a column, as Trino gives them.

Specifications: Bob Jenkins, "SpookyHash: a 128-bit noncryptographic hash"; Austin Appleby, "MurmurHash3_x64_128".
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from .xxhash import xxhash64

__all__ = ["checksum_doubles", "checksum_texts", "checksum_whole", "murmur3", "spooky32", "spooky64"]

_MASK = (1 << 64) - 1
_FILL = 0xDEADBEEFDEADBEEF
_SHORT = (50, 52, 30, 41, 54, 48, 38, 37, 62, 34, 5, 36)
_SHORT_END = (15, 52, 26, 51, 28, 9, 47, 54, 32, 25, 63)
_LONG = (11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46)
_LONG_END = (44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54)
_BLOCK = 96  # bytes
_SHORTER_THAN = 192  # bytes


def _rotate(x: int, n: int) -> int:
    return ((x << n) | (x >> (64 - n))) & _MASK


def _stir(state: list[int]) -> None:
    for n, bits in enumerate(_SHORT):
        mixed, added, struck = (n + 2) % 4, (n + 3) % 4, n % 4
        state[mixed] = (_rotate(state[mixed], bits) + state[added]) & _MASK
        state[struck] ^= state[mixed]


def _spooky_short(data: bytes) -> int:
    state = [0, 0, _FILL, _FILL]
    whole = len(data) - len(data) % 16
    for n, at in enumerate(range(0, whole, 16)):
        first, second = struct.unpack_from("<2Q", data, at)
        where = 2 if n % 2 == 0 else 0
        state[where] = (state[where] + first) & _MASK
        state[where + 1] = (state[where + 1] + second) & _MASK
        if n % 2 == 0:
            _stir(state)
    rest = data[whole:]
    state[3] = (state[3] + (len(data) << 56)) & _MASK
    if rest:
        low, high = struct.unpack("<2Q", rest.ljust(16, b"\0"))
        state[2], state[3] = (state[2] + low) & _MASK, (state[3] + high) & _MASK
    else:
        state[2], state[3] = (state[2] + _FILL) & _MASK, (state[3] + _FILL) & _MASK
    for n, bits in enumerate(_SHORT_END):
        struck, turned = (n + 3) % 4, (n + 2) % 4
        state[struck] ^= state[turned]
        state[turned] = _rotate(state[turned], bits)
        state[struck] = (state[struck] + state[turned]) & _MASK
    return state[0]


def _spooky_long(data: bytes) -> int:
    state = [0, 0, _FILL] * 4
    whole = len(data) - len(data) % _BLOCK
    for at in range(0, whole, _BLOCK):
        words = struct.unpack_from("<12Q", data, at)
        for n, bits in enumerate(_LONG):
            state[n] = (state[n] + words[n]) & _MASK
            state[(n + 2) % 12] ^= state[(n + 10) % 12]
            state[(n + 11) % 12] ^= state[n]
            state[n] = _rotate(state[n], bits)
            state[(n + 11) % 12] = (state[(n + 11) % 12] + state[(n + 1) % 12]) & _MASK
    rest = data[whole:]
    words = struct.unpack("<12Q", rest.ljust(_BLOCK - 1, b"\0") + bytes([len(rest)]))
    state = [(one + word) & _MASK for one, word in zip(state, words, strict=True)]
    for _ in range(3):
        for n, bits in enumerate(_LONG_END):
            last, after = (n + 11) % 12, (n + 1) % 12
            state[last] = (state[last] + state[after]) & _MASK
            state[(n + 2) % 12] ^= state[last]
            state[after] = _rotate(state[after], bits)
    return state[0]


def spooky64(data: bytes) -> bytes:
    """The first 64 bits of SpookyHash V2 with seed 0, the highest byte first."""
    return (_spooky_short if len(data) < _SHORTER_THAN else _spooky_long)(data).to_bytes(8, "big")


def spooky32(data: bytes) -> bytes:
    """The last 32 of them."""
    return spooky64(data)[4:]


_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def _murmur_word(word: int, first: int, second: int, bits: int) -> int:
    return _rotate(word * first & _MASK, bits) * second & _MASK


def _murmur_end(word: int) -> int:
    for prime in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        word = (word ^ (word >> 33)) * prime & _MASK
    return word ^ (word >> 33)


def murmur3(data: bytes) -> bytes:
    """MurmurHash3's 128 bits for 64-bit machines, seed 0."""
    one = two = 0
    whole = len(data) - len(data) % 16
    for at in range(0, whole, 16):
        first, second = struct.unpack_from("<2Q", data, at)
        one = (_rotate(one ^ _murmur_word(first, _C1, _C2, 31), 27) + two) & _MASK
        one = (one * 5 + 0x52DCE729) & _MASK
        two = (_rotate(two ^ _murmur_word(second, _C2, _C1, 33), 31) + one) & _MASK
        two = (two * 5 + 0x38495AB5) & _MASK
    first, second = struct.unpack("<2Q", data[whole:].ljust(16, b"\0"))
    one = one ^ _murmur_word(first, _C1, _C2, 31) ^ len(data)
    two = two ^ _murmur_word(second, _C2, _C1, 33) ^ len(data)
    one = (one + two) & _MASK
    two = (two + one) & _MASK
    one, two = _murmur_end(one), _murmur_end(two)
    one = (one + two) & _MASK
    return struct.pack("<2Q", one, (two + one) & _MASK)


_PRIME = 11400714785074694791  # XXH64's first, by which each row's hash is multiplied; NULL counts as 1


def _checksum(rows: Sequence[bytes | None]) -> bytes:
    hashed = (1 if row is None else int.from_bytes(xxhash64(row), "big") for row in rows)
    return (sum(one * _PRIME for one in hashed) & _MASK).to_bytes(8, "little")


def checksum_whole(rows: Sequence[int | None]) -> bytes:
    """Of whole numbers, and of what Trino keeps as such: dates, timestamps, booleans, short decimals."""
    return _checksum([None if row is None else (row & _MASK).to_bytes(8, "little") for row in rows])


def checksum_doubles(rows: Sequence[float | None]) -> bytes:
    """Of doubles; both zeros are one."""
    return _checksum([None if row is None else struct.pack("<d", row + 0.0) for row in rows])


def checksum_texts(rows: Sequence[bytes | None]) -> bytes:
    """Of texts, as their bytes in UTF-8, and of bytes."""
    return _checksum(rows)
