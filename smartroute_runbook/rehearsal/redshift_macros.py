"""Redshift's functions as DuckDB macros: what cannot be said by rewriting a call."""

from __future__ import annotations

__all__ = ["MACROS"]

# Created with integer_division on: the division in them stays integral for integers.
MACROS: tuple[str, ...] = (
    "CREATE OR REPLACE MACRO _redshift.div(a, b) AS "
    "CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') ELSE a / b END",
    "CREATE OR REPLACE MACRO _redshift.modulo(a, b) AS "
    "CASE WHEN b = 0 THEN error('[[22012]] Divide by zero') ELSE a % b END",
    # Bytes, not characters; trailing blanks that do not fit are dropped, anything else refuses the row.
    "CREATE OR REPLACE MACRO _redshift.fit(s, n) AS CASE WHEN strlen(s) <= n OR s IS NULL THEN s "
    "WHEN strlen(rtrim(s, ' ')) <= n THEN rtrim(s, ' ') "
    "ELSE error('[[22001]] value too long for type character varying(' || n || ')') END",
)
