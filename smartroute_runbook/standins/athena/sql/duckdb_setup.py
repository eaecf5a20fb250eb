"""A DuckDB that has Trino's functions."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from .python_functions import register

__all__ = ["prepare"]

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
    register(connection)
    strict = Path(__file__).with_name("macros.sql").read_text("utf-8")
    connection.execute(strict)
    # The same within TRY: NULL where the strict ones fail. DuckDB's own TRY refuses error(), being volatile.
    connection.execute("CREATE MACRO lenient_null(words) AS NULL")
    lenient = re.sub(r"\bCAST\(", "TRY_CAST(", strict.replace("trino_", "lenient_").replace("error(", "lenient_null("))
    connection.execute(lenient)
