"""Redshift's errors: a SQLSTATE and a text, as the driver receives them."""

from __future__ import annotations

import re

import duckdb
from sqlglot.errors import ParseError, SqlglotError, TokenError

__all__ = ["SqlError", "from_duckdb"]


class SqlError(Exception):
    """An ErrorResponse.

    Args:
        state: SQLSTATE, five characters.
        message: the primary message, in Redshift's words where they are known.
        detail: the second paragraph, when Redshift writes one.
        hint: what to do instead.
    """

    def __init__(self, state: str, message: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.state, self.message, self.detail, self.hint = state, message, detail, hint


# Our own SQL raises errors through DuckDB's error(): this mark carries their SQLSTATE.
RAISED = re.compile(r"\[\[([0-9A-Z]{5})\]\] ?(.*)", re.DOTALL)

PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"Table with name (\S+?)!? does not exist", "42P01", 'relation "{0}" does not exist'),
    (r"Referenced column \"([^\"]+)\" not found", "42703", 'column "{0}" does not exist'),
    (r"does not have a column named \"([^\"]+)\"", "42703", 'column "{0}" does not exist'),
    (r"Referenced table \"([^\"]+)\" not found", "42P01", 'relation "{0}" does not exist'),
    (r"column \"([^\"]+)\" must appear in the GROUP BY clause", "42803",
     'column "{0}" must appear in the GROUP BY clause or be used in an aggregate function'),
    (r"with name \"?([^\"\s!]+)\"? already exists", "42P07", 'Relation "{0}" already exists'),
    (r"Schema with name (\S+?) does not exist", "3F000", 'schema "{0}" does not exist'),
    (r"(?:Scalar|Aggregate|Table|Scalar Macro|Macro) Function with name (\S+?) does not exist", "0A000",
     "not rehearsable: function {0}"),
    (r"NOT NULL constraint failed: (\S+)\.(\S+)", "23502",
     "Cannot insert a NULL value into column {1}"),
    (r"Ambiguous reference to column name \"([^\"]+)\"", "42702", 'column reference "{0}" is ambiguous'),
    (r"Could not convert string '([^']*)' to U?INT", "22P02", 'invalid input syntax for integer: "{0}"'),
    (r"Could not convert string \"([^\"]*)\" to DECIMAL", "22P02", 'invalid input syntax for type numeric: "{0}"'),
    (r"Could not convert string '([^']*)' to (?:DOUBLE|FLOAT)", "22P02",
     'invalid input syntax for type double precision: "{0}"'),
    (r"invalid (?:date|timestamp) field format: \"([^\"]*)\"", "22007",
     'invalid input syntax for type timestamp: "{0}"'),
    (r"date field value out of range: \"([^\"]*)\"", "22008", 'date/time field value out of range: "{0}"'),
    (r"More than one row returned by a subquery", "21000", "single-row subquery returns more than one row"),
    (r"Overflow in|out of range|overflow", "22003", "Numeric data overflow (result precision)"),
)  # fmt: skip

CONFLICT = ("onflict", "has been dropped by a different transaction", "has been altered by a different transaction")


def from_duckdb(error: Exception) -> SqlError:
    """The Redshift error that corresponds to what DuckDB (or the parser) raised."""
    text = str(error)
    if isinstance(error, SqlError):
        return error
    if raised := RAISED.search(text):
        return SqlError(raised[1], raised[2].strip().split("\n")[0])
    if isinstance(error, ParseError | TokenError | duckdb.ParserException):
        return SqlError("42601", f"syntax error: {text.splitlines()[0][:300]}")
    if isinstance(error, SqlglotError):
        return SqlError("0A000", text[:300])
    if isinstance(error, duckdb.InterruptException):
        return SqlError("57014", "Query cancelled on user's request")
    if isinstance(error, duckdb.TransactionException) and any(mark in text for mark in CONFLICT):
        return SqlError("40001", "1023", detail="Serializable isolation violation on table in Redshift")
    for pattern, state, template in PATTERNS:
        if match := re.search(pattern, text):
            return SqlError(state, template.format(*match.groups()))
    states: dict[type, str] = {
        duckdb.CatalogException: "42704",
        duckdb.BinderException: "42804",
        duckdb.ConversionException: "22P02",
        duckdb.OutOfRangeException: "22003",
        duckdb.ConstraintException: "23514",
        duckdb.TransactionException: "25000",
        duckdb.NotImplementedException: "0A000",
        duckdb.OutOfMemoryException: "53200",
        duckdb.IOException: "58030",
    }
    state = next((states[kind] for kind in type(error).__mro__ if kind in states), "XX000")
    return SqlError(state, text.split("\n\nLINE")[0][:500])
