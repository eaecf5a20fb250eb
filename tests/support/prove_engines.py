"""Two engines without a network for the tests of prove/: DuckDB behind Trino's and Redshift's SQL."""

from __future__ import annotations

import threading
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import exp

from smartroute_runbook.engines import Column, Rows

MACROS = (
    "CREATE OR REPLACE MACRO at_timezone(moment, zone) AS timezone(zone, moment)",
    "CREATE OR REPLACE MACRO from_base(digits, base) AS CAST('0x' || digits AS BIGINT)",
    "CREATE OR REPLACE MACRO strtol(digits, base) AS CAST('0x' || digits AS BIGINT)",
)


@lru_cache(4096)
def translated(sql: str, dialect: str) -> str:
    return sqlglot.parse_one(sql, read=dialect).transform(_padded).sql("duckdb")


def _padded(node):
    """Trino prints all six digits of a timestamp(6), DuckDB as many as there are."""
    inner = node.this if isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.TEXT_TYPES) else None
    if isinstance(inner, exp.Cast) and inner.to.is_type("TIMESTAMP"):
        return exp.Anonymous(this="strftime", expressions=[inner, exp.Literal.string("%Y-%m-%d %H:%M:%S.%f")])
    return node


class DuckEngine:
    """One side. Numbers what it was asked in ``asked``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self._lock = threading.Lock()
        self.db = duckdb.connect(config={"threads": 1})
        self.db.execute("SET TimeZone = 'UTC'")
        self.db.execute("CREATE SCHEMA lake")
        for macro in MACROS:
            self.db.execute(macro)

    def query(self, sql, parameters=()):
        with self._lock:
            self.asked.append(sql)
            answer = self.db.execute(translated(sql, self.name), list(parameters))
            columns = tuple(Column(d[0], str(d[1]).lower()) for d in answer.description)
            return Rows(columns, answer.fetchall(), 0.0, 0, "")

    def execute(self, sql, parameters=()):
        self.query(sql, parameters)
        return -1
