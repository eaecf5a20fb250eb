"""Partition values: what Glue keeps as text, as the typed values that both engines answer with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from urllib.parse import quote, unquote

__all__ = ["HIVE_NULL", "KINDS", "Value", "Values", "keys_of", "kind_of", "name_of", "order", "typed", "values_of"]

Value = int | str | date | None
Values = tuple[Value, ...]

#: How Hive, Spark and crawlers register a partition whose value is NULL.
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
#: Kinds of partition columns by Athena type; others are refused by name.
KINDS = {
    "tinyint": "integer", "smallint": "integer", "int": "integer", "integer": "integer", "bigint": "integer",
    "string": "text", "varchar": "text", "date": "date",
}  # fmt: skip
#: As Athena takes them: Python's own readings take more (``1_0``, blanks, ``20260921``).
_SPELLED = {"integer": r"[+-]?[0-9]+", "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}"}
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}


def kind_of(athena_type: str) -> str:
    """``integer``, ``text`` or ``date``; '' for a type that no partition column may have here."""
    return KINDS.get(athena_type.partition("(")[0].strip().lower(), "")


@lru_cache(4096)  # as of names: few days and hours, in many partitions
def typed(athena_type: str, text: str) -> Value:
    """A registered value as Athena reads it: ``09`` of an integer column is 9.

    Raises:
        ValueError: it is none of its type; Athena then refuses every query that lists the partition.
    """
    if text == HIVE_NULL:
        return None
    kind = kind_of(athena_type)
    if kind == "text" and (most := re.search(r"\((\d+)\)", athena_type)) and len(text) > int(most[1]):
        raise ValueError(f"'{text}' is no {athena_type}")
    if (pattern := _SPELLED.get(kind)) and not re.fullmatch(pattern, text):
        raise ValueError(f"'{text}' is no {athena_type}")
    if kind == "integer":
        number, bits = int(text), _BITS[athena_type.partition("(")[0].strip().lower()]
        if not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise ValueError(f"{text} is no {athena_type}")
        return number
    return date.fromisoformat(text) if kind == "date" else text


def name_of(keys: Sequence[str], values: Sequence[Value]) -> str:
    """``year=2026/month=9``, as the ledger and every message name a partition; ``*`` for a table without any."""
    return "/".join(f"{_quoted(key)}={_text(value)}" for key, value in zip(keys, values, strict=True)) or "*"


def keys_of(name: str) -> tuple[str, ...]:
    """The partition columns that a name names; none for ``*``."""
    return tuple(unquote(piece.partition("=")[0]) for piece in name.split("/")) if name != "*" else ()


def values_of(columns: Sequence[tuple[str, str]], name: str) -> Values | None:
    """The values behind a name; None when it names partitions of other columns."""
    if keys_of(name) != tuple(key for key, _ in columns):
        return None
    texts = [piece.partition("=")[2] for piece in name.split("/")] if columns else []
    try:
        return tuple(typed(kind, unquote(text)) for (_, kind), text in zip(columns, texts, strict=True))
    except ValueError:
        return None


def order(values: Sequence[Value]) -> tuple[tuple[bool, str, int, str], ...]:
    """A key to sort by: NULL last, whole numbers by size, all else as text."""
    return tuple(
        (value is None, type(value).__name__, value if isinstance(value, int) else 0, str(value)) for value in values
    )


def _text(value: Value) -> str:
    return HIVE_NULL if value is None else _quoted(str(value))


@lru_cache(4096)  # few days and hours, in the names of many partitions
def _quoted(text: str) -> str:
    return quote(text, safe=" -:.,;+@()'!~_")
