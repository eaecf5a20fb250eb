"""A file's columns as its table declares them, in DuckDB's SQL."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from smartroute_runbook.standins.athena.hive_types import hive_type

__all__ = ["as_declared", "constant", "duckdb_type", "quoted"]


def as_declared(name: str, hive: str, stored: str | None) -> str:
    """A file's column as the table declares it: missing is NULL, narrower is widened, other kinds are bad data.

    Texts are cut to the length that is declared, a CHAR's blanks at the end are none, and bytes without an annotation
    are text where the table says so (Trino, ``ValueDecoders``: bounded varchar, char, binary).
    """
    declared, column = duckdb_type(hive), quoted(name)
    if stored is None:
        return f"CAST(NULL AS {declared}) AS {column}"
    if declared == "TIMESTAMP" and _kind(stored) == "timestamp":
        return f"{_milliseconds(name, stored)} AS {column}"
    if stored == declared:
        return column
    if {stored, _kind(declared)} <= {"BLOB", "VARCHAR"}:
        decoded = {"BLOB": f"decode({column})"}.get(stored, column)
        return f"{_bounded(decoded, hive) if declared != 'BLOB' else f'encode({decoded})'} AS {column}"
    if _kind(stored) != _kind(declared):
        reason = (
            f"Field {name}'s type {stored} in parquet file is incompatible with type {declared} defined in table schema"
        )
        return f"CASE WHEN true THEN error({constant('TRINO:HIVE_BAD_DATA: ' + reason)}) END::{declared} AS {column}"
    return f"CAST({column} AS {declared}) AS {column}"


def _bounded(column: str, hive: str) -> str:
    """A text as a ``varchar(n)`` or ``char(n)`` holds it."""
    base, _, length = hive.rstrip(") ").partition("(")
    if base not in ("varchar", "char") or not length.isdecimal():
        return column
    cut = f"left({column}, {length})"
    return f"rtrim({cut}, ' ')" if base == "char" else cut


def _milliseconds(name: str, stored: str) -> str:
    """Hive timestamps have milliseconds: finer ones are rounded on reading, halves upwards (Trino, Timestamps.round).

    Whether a file has finer ones does not show in its type: DuckDB reads milliseconds as microseconds.
    """
    column = quoted(name)
    if stored == "TIMESTAMP WITH TIME ZONE":
        column = f"timezone('UTC', {column})"
    if stored in ("TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"):
        unit = 1_000_000 if stored == "TIMESTAMP_NS" else 1
        value = f"epoch_ns({column})" if unit > 1 else f"epoch_ms({column})"
    else:
        unit, value = 1_000, f"epoch_us({column})"
    shifted = f"({value} + {unit // 2})"
    floored = f"(({shifted} - (({shifted} % {unit}) + {unit}) % {unit}) // {unit})" if unit > 1 else value
    return f"CASE WHEN isfinite({column}) THEN make_timestamp({floored} * 1000) ELSE CAST({column} AS TIMESTAMP) END"


def _kind(kind: str) -> str:
    head = kind.split("(")[0]
    if kind.endswith("[]") or head in {"STRUCT", "MAP"}:
        return "nested"
    if head in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}:
        return "integer"
    if head in {"FLOAT", "DOUBLE", "REAL"}:
        return "floating"
    return "timestamp" if head.startswith("TIMESTAMP") else head


@lru_cache(maxsize=1024)
def duckdb_type(hive: str) -> str:
    """DuckDB's name of a Hive type; Athena's timestamps have milliseconds but DuckDB's microseconds hold them."""
    text = hive_type(hive).sql("duckdb")
    return {"TEXT": "VARCHAR", "INT": "INTEGER", "REAL": "FLOAT"}.get(text, text.replace("TEXT", "VARCHAR"))


def quoted(name: str) -> str:
    """A name in quotation marks."""
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def constant(value: str) -> str:
    """A text as a constant."""
    return "'" + value.replace("'", "''") + "'"
