"""Trino's functions that DuckDB has no expression for, in Python: digests, encodings, URLs, and texts of numbers.

Each is registered as ``trino_<name>``; what Trino refuses is raised as ``TRINO:CODE: words``, as in the macros.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import math
import re
import unicodedata
import zlib
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import islice
from statistics import NormalDist
from typing import Any
from urllib.parse import unquote_to_bytes

import duckdb
from duckdb.func import FunctionNullHandling
from duckdb.sqltypes import BIGINT, BLOB, BOOLEAN, DOUBLE, VARCHAR

from smartroute_runbook.standins.athena.java_text import double_varchar, special_text

from .collected import cosine_similarity, histogram_entries, most_frequent, places, width_of
from .hashes import checksum_doubles, checksum_texts, checksum_whole, murmur3, spooky32, spooky64
from .java_texts import format_number, from_utf8, from_utf8_point, human_readable_seconds, json_quoted
from .json_texts import json_scalar, json_sorted
from .refusals import refusal
from .urls import url, url_decode, url_encode, url_parameter, url_port
from .xxhash import xxhash64

__all__ = ["register"]


def _from_base(text: str, radix: int) -> int:
    try:
        number = int(text, radix) if re.fullmatch("[-+]?[0-9A-Za-z]+", text) else 2**63
    except ValueError:
        raise refusal(f"Not a valid base-{radix} number: {text}") from None
    if not -(2**63) <= number < 2**63:
        raise refusal(f"Not a valid base-{radix} number: {text}")
    return number


def _hmac(digest: str) -> Callable[[bytes, bytes], bytes]:
    def sign(data: bytes, key: bytes) -> bytes:
        if not key:
            raise refusal("Empty key", "GENERIC_INTERNAL_ERROR")
        return hmac.new(key, data, digest).digest()

    return sign


def _decoder(decode: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def read(text: str) -> bytes:
        try:
            return decode(text)
        except (ValueError, binascii.Error):
            raise refusal(f"Invalid encoding: {text}") from None

    return read


def _from_base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


_CODES = {
    letter: code for code, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}


def _soundex(text: str) -> str:
    """American Soundex: a letter and three digits; H and W do not part equal codes."""
    letters = [letter for letter in text.lower() if letter.isalpha()]
    if any(letter > "z" for letter in letters):
        raise refusal("The character is not mapped")
    if not letters:
        return ""
    soundex, last = letters[0].upper(), _CODES.get(letters[0])
    for letter in letters[1:]:
        code = _CODES.get(letter)
        if code and code != last:
            soundex += str(code)
        if letter not in "hw":
            last = code
    return soundex.ljust(4, "0")[:4]


def _luhn(text: str) -> bool:
    if not re.fullmatch("[0-9]+", text):
        raise refusal(f"Input contains a non-digit character: {text}")
    digits = [int(letter) for letter in reversed(text)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * one, 10)) for one in digits[1::2])) % 10 == 0


def _bit_count(number: int, bits: int) -> int:
    if not 2 <= bits <= 64:
        raise refusal(f"Bits specified in bit_count must be between 2 and 64, got {bits}")
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise refusal(
            f"Number must be representable with the bits specified. {number} can not be represented with {bits} bits"
        )
    return (number & (2**bits - 1)).bit_count()


def _real_varchar(number: float) -> str:
    """Java's DecimalFormat 0.0#####E0: seven digits."""
    if special := special_text(number):
        return special
    digits, _, exponent = f"{number:.6e}".partition("e")
    digits = digits.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"


_POWERS = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}


def _data_size(text: str) -> str:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]+)", text)
    if not match or match[2] not in _POWERS:
        raise refusal(f"Invalid data size: '{text}'")
    return str(int(Decimal(match[1]) * _POWERS[match[2]]))


_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7}


def _duration(text: str) -> int:
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)\s*", text)
    if not match or match[2] not in _MILLISECONDS:
        raise refusal(f"duration is not a valid data duration string: {text}")
    return math.floor(float(match[1]) * _MILLISECONDS[match[2]] + 0.5)


def _matched_group(text: str, pattern: str, group: int) -> str | None:
    """NULL of a group that takes no part, which RE2 in DuckDB gives as an empty text."""
    match = re.search(pattern, text)
    return match[group] if match else None


def _regexp_place(text: str, pattern: str, start: int, occurrence: int) -> int:
    """The place of an occurrence from a place on; -1 where there is none."""
    if start < 1 or occurrence < 1:
        raise refusal("start position and occurrence cannot be smaller than 1")
    if start > len(text):
        return -1
    matches = islice(re.compile(pattern).finditer(text, start - 1), occurrence - 1, None)
    return next((match.start() + 1 for match in matches), -1)


def _levenshtein(first: str, second: str) -> int:
    """By code points."""
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        left = [row]
        for place, other in enumerate(second, 1):
            left.append(min(left[-1] + 1, above[place] + 1, above[place - 1] + (letter != other)))
        above = left
    return above[-1]


def _java_fixed(text: str, digits: int) -> str:
    """Java's ``%.nf``: the digits that the number is shown with, rounded half up."""
    try:
        return f"{Decimal(text).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, Context(400)):f}"
    except InvalidOperation:
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(text, "NaN")


def _normal_cdf(mean: float, deviation: float, value: float) -> float:
    if not deviation > 0:
        raise refusal("standardDeviation must be > 0")
    return 0.5 * math.erfc((mean - value) / (deviation * math.sqrt(2)))


def _list(item: Any) -> Any:
    return duckdb.list_type(item)


def _entries(key: Any, value: Any) -> Any:
    """The entries of a map, which no function in Python gives as one."""
    return _list(duckdb.struct_type({"key": key, "value": value}))


_FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any], Any]] = {
    "any_base": (_from_base, [VARCHAR, BIGINT], BIGINT),
    "xxhash64": (xxhash64, [BLOB], BLOB),
    "crc32": (lambda data: zlib.crc32(data, 0), [BLOB], BIGINT),
    "sha512": (lambda data: hashlib.sha512(data).digest(), [BLOB], BLOB),
    **{f"hmac_{name}": (_hmac(name), [BLOB, BLOB], BLOB) for name in ("md5", "sha1", "sha256", "sha512")},
    "to_base32": (lambda data: base64.b32encode(data).decode(), [BLOB], VARCHAR),
    "from_base32": (_decoder(base64.b32decode), [VARCHAR], BLOB),
    "to_base64url": (lambda data: base64.urlsafe_b64encode(data).decode(), [BLOB], VARCHAR),
    "from_base64url": (_decoder(_from_base64url), [VARCHAR], BLOB),
    "from_base64": (_decoder(_from_base64), [VARCHAR], BLOB),
    "from_hex": (_decoder(binascii.unhexlify), [VARCHAR], BLOB),
    "from_utf8_with": (from_utf8, [BLOB, VARCHAR], VARCHAR),
    "from_utf8_point": (from_utf8_point, [BLOB, BIGINT], VARCHAR),
    "json_quoted": (json_quoted, [VARCHAR], VARCHAR),
    "murmur3": (murmur3, [BLOB], BLOB),
    "spooky_hash_v2_32": (spooky32, [BLOB], BLOB),
    "spooky_hash_v2_64": (spooky64, [BLOB], BLOB),
    "checksum_whole": (checksum_whole, [_list(BIGINT)], BLOB),
    "checksum_doubles": (checksum_doubles, [_list(DOUBLE)], BLOB),
    "checksum_texts": (checksum_texts, [_list(BLOB)], BLOB),
    "combination_places": (places, [BIGINT, BIGINT], _list(_list(BIGINT))),
    "cosine_of": (cosine_similarity, [_list(VARCHAR), _list(DOUBLE), _list(VARCHAR), _list(DOUBLE)], DOUBLE),
    "width_of": (width_of, [DOUBLE, _list(DOUBLE)], BIGINT),
    "histogram_entries": (histogram_entries, [BIGINT, _list(DOUBLE), _list(DOUBLE)], _entries(DOUBLE, DOUBLE)),
    "frequent_texts": (most_frequent, [BIGINT, BIGINT, _list(VARCHAR)], _entries(VARCHAR, BIGINT)),
    "frequent_numbers": (most_frequent, [BIGINT, BIGINT, _list(BIGINT)], _entries(BIGINT, BIGINT)),
    "format_number": (format_number, [DOUBLE], VARCHAR),
    "human_readable_seconds": (human_readable_seconds, [DOUBLE], VARCHAR),
    "json_scalar": (json_scalar, [VARCHAR, VARCHAR], VARCHAR),
    **{
        f"url_extract_{part}": (url(part), [VARCHAR], VARCHAR)
        for part in ("protocol", "host", "path", "query", "fragment")
    },
    "url_extract_parameter": (url_parameter, [VARCHAR, VARCHAR], VARCHAR),
    "real_varchar": (_real_varchar, [DOUBLE], VARCHAR),
    "url_port": (url_port, [VARCHAR], VARCHAR),
    "matched_group": (_matched_group, [VARCHAR, VARCHAR, BIGINT], VARCHAR),
    "json_sorted": (json_sorted, [VARCHAR], VARCHAR),
    "regexp_place": (_regexp_place, [VARCHAR, VARCHAR, BIGINT, BIGINT], BIGINT),
    "normal_quantile": (lambda share: NormalDist().inv_cdf(share), [DOUBLE], DOUBLE),
    "soundex": (_soundex, [VARCHAR], VARCHAR),
    "luhn_check": (_luhn, [VARCHAR], BOOLEAN),
    "normalize": (lambda text: unicodedata.normalize("NFC", text), [VARCHAR], VARCHAR),
    "bit_count": (_bit_count, [BIGINT, BIGINT], BIGINT),
    "data_size": (_data_size, [VARCHAR], VARCHAR),
    "duration": (_duration, [VARCHAR], BIGINT),
    "url_encode": (url_encode, [VARCHAR], VARCHAR),
    "url_decode": (url_decode, [VARCHAR], VARCHAR),
    "percent_decode": (lambda text: unquote_to_bytes(text).decode("utf-8", "replace"), [VARCHAR], VARCHAR),
    "double_varchar_each": (double_varchar, [DOUBLE], VARCHAR),
    "levenshtein": (_levenshtein, [VARCHAR, VARCHAR], BIGINT),
    "java_fixed": (_java_fixed, [VARCHAR, BIGINT], VARCHAR),
    "reverse_bytes": (lambda data: data[::-1], [BLOB], BLOB),
    "normal_share": (_normal_cdf, [DOUBLE, DOUBLE, DOUBLE], DOUBLE),
}


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """The functions, and their twins ``lenient_<name>``, which give NULL where these fail, for use within TRY."""
    for name, (function, arguments, returns) in _FUNCTIONS.items():
        for prefix, forgiven in (("trino", ()), ("lenient", (ValueError,))):
            made = _of_nulls(function, len(arguments), forgiven)
            connection.create_function(
                f"{prefix}_{name}", made, arguments, returns, null_handling=FunctionNullHandling.SPECIAL
            )


def _of_nulls(
    function: Callable[..., Any], arguments: int, forgiven: tuple[type[Exception], ...]
) -> Callable[..., Any]:
    """NULL of NULL, and of what is forgiven."""

    def attempt(*values: Any) -> Any:
        if any(value is None for value in values):
            return None
        try:
            return function(*values)
        except forgiven:
            return None

    def one(a: Any) -> Any:  # DuckDB counts the parameters
        return attempt(a)

    def two(a: Any, b: Any) -> Any:
        return attempt(a, b)

    def three(a: Any, b: Any, c: Any) -> Any:
        return attempt(a, b, c)

    def four(a: Any, b: Any, c: Any, d: Any) -> Any:
        return attempt(a, b, c, d)

    return (one, two, three, four)[arguments - 1]
