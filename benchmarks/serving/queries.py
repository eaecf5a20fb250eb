"""Queries whose answers are known, in both dialects: integers, doubles, decimals, moments, texts, NULL, many rows."""

from __future__ import annotations

from typing import Any

_DIGITS = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(10))
_SQL = {
    "one": "SELECT 1 AS one",
    "two": "SELECT 'b' AS name, 2 AS two",
    "values": "SELECT 7 AS n, CAST(0.5 AS {double}) AS x, CAST(1.25 AS decimal(9, 2)) AS money,"
    " TIMESTAMP '2026-11-28 12:00:00' AS at, CAST(NULL AS varchar) AS nothing, TRUE AS yes",
    "texts": "SELECT 'Straße, \"42nd\" St''s' AS text",
    "sum": f"SELECT SUM(n) AS s FROM ({_DIGITS}) AS d",
    "rows": f"SELECT a.n * 10 + b.n AS n FROM ({_DIGITS}) AS a, ({_DIGITS}) AS b ORDER BY 1",
}
TEXTS = {
    engine: {name: sql.format(double=double) for name, sql in _SQL.items()}
    for engine, double in (("athena", "double"), ("redshift", "double precision"))
}
COLUMNS: dict[str, list[str]] = {
    "one": ["one"],
    "two": ["name", "two"],
    "values": ["n", "x", "money", "at", "nothing", "yes"],
    "texts": ["text"],
    "sum": ["s"],
    "rows": ["n"],
}
ANSWERS: dict[str, list[list[Any]]] = {
    "one": [[1]],
    "two": [["b", 2]],
    "values": [[7, 0.5, 1.25, "2026-11-28T12:00:00", None, True]],
    "texts": [['Straße, "42nd" St\'s']],
    "sum": [[45]],
    "rows": [[n] for n in range(100)],
}
