"""A DuckDB that has Trino's functions."""

from __future__ import annotations

import duckdb

from .python_functions import register
from .twins import caught_twins, lenient_twins, strict_macros

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
    for macros in (strict_macros(), lenient_twins(), caught_twins()):
        connection.execute(macros)
