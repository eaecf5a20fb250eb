"""Whole queries: the translator's collection, attacks and random cases, over the rows of the translator's tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from support.translate_lab import ROUTES, SAMPLES
from support.translate_shapes import batches
from support.translate_shapes import query as random_query

ASKED = Path(__file__).with_name("asked.sql")
"""Queries, one a line, whose answers nobody knew until the engine was asked."""
FOLDER = Path(__file__).parents[2] / "translate"
TABLES = {"samples": SAMPLES, "routes": ROUTES}
RANDOM, SEED = 1_000, 20261129
READS = re.compile(r"(?:\s|--.*)*(?:SELECT|WITH|VALUES|TABLE)\b", re.IGNORECASE)
OTHER_TABLES = re.compile(r"\b(vehicles|delay_metrics|crowding_metrics)\b")
NOT_REPEATABLE = re.compile(
    r"\b(random|rand|uuid|now|current_\w+|localtime\w*|shuffle|arbitrary|any_value|tablesample)\b", re.IGNORECASE
)


def columns(table: str) -> dict[str, str]:
    """Names and Athena types of a table's columns."""
    found: dict[str, str] = yaml.safe_load((FOLDER / "schema.yaml").read_text("utf-8"))[f"lab.{table}"]
    return found


def collected() -> dict[str, str]:
    """The collection's queries by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted((FOLDER / "queries").glob("*.sql"))}


def queries() -> Iterator[str]:
    """Every query that can be asked of these tables again with the same answer."""
    attacks = yaml.safe_load((FOLDER / "attacks.yaml").read_text("utf-8"))
    texts = [*collected().values(), *(case["sql"] for cases in attacks.values() for case in cases)]
    texts += ASKED.read_text("utf-8").splitlines()
    for sql in dict.fromkeys(texts):
        if READS.match(sql) and not OTHER_TABLES.search(sql) and not NOT_REPEATABLE.search(sql):
            yield sql
    yield from dict.fromkeys(random_query(shape, [part]) for shape, parts in batches(SEED, RANDOM) for part in parts)


def trino_type(of: str) -> str:
    """A Hive type as Trino writes it."""
    return {"string": "varchar", "float": "real", "int": "integer", "timestamp": "timestamp(3)"}.get(of, of)


def creation() -> Iterator[str]:
    """Statements that make the tables, in Trino's SQL."""
    yield "CREATE SCHEMA IF NOT EXISTS lab"
    for name, rows in TABLES.items():
        types = {column: trino_type(of) for column, of in columns(name).items()}
        casts = ", ".join(f'CAST("{column}" AS {of}) AS "{column}"' for column, of in types.items())
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        names = ", ".join(f'"{column}"' for column in types)
        yield f"CREATE TABLE IF NOT EXISTS lab.{name} AS SELECT {casts} FROM (VALUES {values}) AS v({names})"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(' ', 'milliseconds')}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return (
        f"{value!r}e0"
        if isinstance(value, float) and "e" not in repr(value)
        else repr(value)
        if isinstance(value, float)
        else str(value)
    )
