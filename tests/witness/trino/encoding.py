"""The proof's row encoding (docs/encoding.md) asked of real Trino: every type's texts and digests, kept as data.

The values are cast from texts, sixty to a query; ``encoding.json.gz`` keeps, for each version and type, what the engine
gave for each value.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlglot import exp

from smartroute_runbook.prove import golden
from smartroute_runbook.prove.encoding import Field, double_layer, hexadecimal, row_expression

FILE = Path(__file__).with_name("encoding.json.gz")
PART = 60


def _doubles(chance: Random) -> list[float]:
    """Every arm's limits and their neighbours, and bit patterns by chance."""
    limits = [2.0 ** (72 * k - 10) for k in range(-14, 15)]
    found = [0.0, -0.0, 5e-324, 2.2250738585072014e-308, float("inf"), float("-inf"), float("nan"), *limits]
    found += [_neighbour(limit, step) for limit in limits for step in (-1, 1)]
    found += [-limit for limit in limits]
    found += [struct.unpack(">d", chance.randbytes(8))[0] for _ in range(300)]
    return found


def _neighbour(number: float, step: int) -> float:
    return struct.unpack(">d", struct.pack(">q", struct.unpack(">q", struct.pack(">d", number))[0] + step))[0]


def _floats(chance: Random) -> list[float]:
    return [0.1, -3.14, 16777216.0, *(struct.unpack(">f", chance.randbytes(4))[0] for _ in range(60))]


def values() -> Mapping[str, list[Any]]:
    """The values of each type; NULL is one of each."""
    chance = Random(20261128)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    spans = [chance.randrange(-4_000_000_000_000, 8_000_000_000_000) for _ in range(40)]
    zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
    return {
        **{kind: [*known] for kind, known in golden.VALUES.items() if kind != "double"},
        "double": [*_doubles(chance), None],
        "float": [*_floats(chance), None],
        "tinyint": [-128, 127, 0, None],
        "smallint": [-32768, 32767, None],
        "int": [-(2**31), 2**31 - 1, None],
        "decimal(38,10)": [Decimal("-1234567890123456789012345678.0123456789"), Decimal("1E-10"), Decimal("1.5"), None],
        "char(4)": ["ab", "", "é", "abcd", None],
        "varbinary": [b"", b"Gr\xc3\xb6\xc3\x9fe", b"a", None],
        "timestamp(3)": [(start + timedelta(milliseconds=n)).replace(tzinfo=None) for n in spans],
        "timestamp(6)": [(start + timedelta(microseconds=n * 1000 + 7)).replace(tzinfo=None) for n in spans],
        "timestamp with time zone": [(start + timedelta(milliseconds=n), chance.choice(zones)) for n in spans],
    }


def written(value: Any) -> str:
    """The text that a value is cast from."""
    if isinstance(value, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), repr(value))
    if isinstance(value, tuple):  # an instant, and the zone in which it is written
        from zoneinfo import ZoneInfo

        moment, zone = value
        return f"{moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(' ', 'milliseconds')} {zone}"
    if isinstance(value, bytes):
        return value.decode()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def meant(value: Any) -> Any:
    """The value as the reference implementation takes it."""
    return value[0] if isinstance(value, tuple) else value


def encoding_sql(kind: str, part: list[Any]) -> str:
    """Texts and digests of values of one type, in their order."""
    field, to = Field("x", kind), {"string": "VARCHAR", "float": "REAL"}.get(kind, kind.upper())
    rows = [
        f"({n}, {'NULL' if value is None else exp.Literal.string(written(value)).sql('athena')})"
        for n, value in enumerate(part)
    ]
    table = exp.maybe_parse(
        f'SELECT n, CAST(x AS {to}) AS "x" FROM (VALUES {", ".join(rows)}) AS given(n, x)', dialect="trino"
    )
    text = row_expression([field], "athena")
    layer = double_layer(table.subquery(exp.to_identifier("known", quoted=True)), [field])
    query = exp.select(exp.column("n", quoted=True), text, hexadecimal(text.copy(), "athena")).from_(layer)
    return f"{query.sql(dialect='athena')} ORDER BY 1"


def ask(run: Callable[[str], list[list[Any]]]) -> dict[str, list[list[str]]]:
    """Text and digest of every value of every type."""
    found: dict[str, list[list[str]]] = {}
    for kind, all_values in values().items():
        found[kind] = []
        for start in range(0, len(all_values), PART):
            rows = run(encoding_sql(kind, all_values[start : start + PART]))
            found[kind] += [[text, digest] for _, text, digest in rows]
    return found


def load() -> dict[str, dict[str, list[list[str]]]]:
    """By version and type."""
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        return json.load(file)


def save(answers: dict[str, dict[str, list[list[str]]]]) -> None:
    """Writes the file; the same answers give the same bytes."""
    with FILE.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed:
        packed.write(json.dumps(answers, ensure_ascii=False, separators=(",", ":")).encode())
