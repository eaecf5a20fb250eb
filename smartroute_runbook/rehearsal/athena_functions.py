"""Trino's functions on DuckDB."""

from __future__ import annotations

import duckdb

__all__ = ["prepare"]

_MACROS = """
CREATE MACRO t_double_text(x) AS CASE
    WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    ELSE CAST(x AS VARCHAR) END;
"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Settings and macros of a fresh DuckDB that is to speak Trino."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET integer_division = true")
    connection.execute("SET ieee_floating_point_ops = true")
    connection.execute("SET enable_external_file_cache = false")
    connection.execute("SET disabled_optimizers = 'late_materialization,common_subplan'")
    connection.execute(_MACROS)
