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
    (r"(?:Table|Values list|alias) \"([^\"]+)\" does not have a column named \"([^\"]+)\"", "42703",
     "column {0}.{1} does not exist"),
    (r"Column \"([^\"]+)\" referenced that exists in the SELECT clause", "42703", 'column "{0}" does not exist'),
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
    (r"Could not convert string \"[-+]?[\d.]+(?:e[-+]?\d+)?\" to DECIMAL", "22003",
     "Numeric data overflow (result precision)"),
    (r"Could not convert string \"([^\"]*)\" to DECIMAL", "22P02", 'invalid input syntax for type numeric: "{0}"'),
    (r"Could not convert string '([^']*)' to (?:DOUBLE|FLOAT)", "22P02",
     'invalid input syntax for type double precision: "{0}"'),
    (r"invalid (?:date|timestamp) field format: \"([^\"]*)\"", "22007",
     'invalid input syntax for type timestamp: "{0}"'),
    (r"date field value out of range: \"([^\"]*)\"", "22008", 'date/time field value out of range: "{0}"'),
    (r"Could not parse string[\s\S]*out of range|Date out of range: ", "0A000",
     "not rehearsable: a part of a date or time that runs over into the next"),
    (r"invalid perl operator: (\S+)", "0A000", "not rehearsable: {0} in a regular expression"),
    # Outside of a function's domain: PostgreSQL's words and states.
    (r"undefined outside", "22003", "input is out of range"),
    (r"logarithm of zero", "2201E", "cannot take logarithm of zero"),
    (r"logarithm of a negative", "2201E", "cannot take logarithm of a negative number"),
    (r"square root of a negative", "2201F", "cannot take square root of a negative number"),
    (r"More than one row returned by a subquery", "21000", "single-row subquery returns more than one row"),
    (r"Overflow in|out of range|overflow", "22003", "Numeric data overflow (result precision)"),
)  # fmt: skip

NAMED = frozenset({"42P01", "42703", "42702", "42803", "3F000"})
"""States whose words name an identifier, which Redshift folds to lower case."""
CONFLICT = ("onflict", "has been dropped by a different transaction", "has been altered by a different transaction")


def from_duckdb(error: Exception) -> SqlError:
    """The Redshift error that corresponds to what DuckDB (or the parser) raised."""
    text = str(error)
    if isinstance(error, SqlError):
        return error
    if raised := RAISED.search(text):
        return SqlError(raised[1], raised[2].strip().split("\n")[0])
    if isinstance(error, ParseError | TokenError | duckdb.ParserException):
        return _syntax_error(error, text)
    if isinstance(error, SqlglotError):
        return SqlError("0A000", text[:300])
    if isinstance(error, duckdb.InterruptException):
        return SqlError("57014", "Query cancelled on user's request")
    if isinstance(error, duckdb.TransactionException) and any(mark in text for mark in CONFLICT):
        return SqlError("40001", "1023", detail="Serializable isolation violation on table in Redshift")
    for pattern, state, template in PATTERNS:
        if match := re.search(pattern, text):
            names = [found.lower() if state in NAMED else found for found in match.groups()]
            return SqlError(state, template.format(*names))
    return _unnamed(error, text)


def _syntax_error(error: Exception, text: str) -> SqlError:
    """Where a statement stopped to be one, if the parser tells."""
    if isinstance(error, TokenError):
        return SqlError("42601", "syntax error: a quoted text, a quoted name or a comment has no end")
    found = re.search(r'at or near "([^"]*)"', text)
    near = found[1] if found else ""
    if isinstance(error, ParseError) and error.errors:
        near = str(error.errors[0].get("highlight") or "")
    return SqlError("42601", f'syntax error at or near "{near}"' if near else "syntax error at end of input")


REFUSED: tuple[tuple[type[Exception], str, str], ...] = (
    (duckdb.ConversionException, "22P02", "invalid input syntax"),
    (duckdb.OutOfRangeException, "22003", "Numeric data overflow (result precision)"),
    (duckdb.InvalidInputException, "22023", "invalid parameter value"),
    (duckdb.ConstraintException, "23514", "a constraint is violated"),
    (duckdb.TransactionException, "25000", "invalid transaction state"),
    (duckdb.OutOfMemoryException, "53200", "out of memory"),
    (duckdb.IOException, "58030", "could not read or write a file"),
    (duckdb.Error, "0A000", "not rehearsable: this statement"),
)
ENGINE = re.compile(r"^[A-Z]\w+(?: [A-Z]\w+)* Error: ")


def _unnamed(error: Exception, text: str) -> SqlError:
    """An error for which no words of Redshift are known here: its kind in them, what it said in the detail."""
    first = ENGINE.sub("", text.split("\n")[0])[:500].replace("DuckDB", "the stand-in")
    for kind, state, words in REFUSED:
        if isinstance(error, kind):
            return SqlError(state, words, detail=first)
    return SqlError("XX000", "not rehearsable: the stand-in failed on this statement", detail=type(error).__name__)
