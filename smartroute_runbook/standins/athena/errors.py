"""Errors of Athena queries: a code and a message that become the execution's ``StateChangeReason``."""

from __future__ import annotations

import re

import duckdb

__all__ = ["QueryCancelled", "QueryFailed", "failure_of"]


class QueryFailed(Exception):
    """The query ends as FAILED.

    Args:
        code: Trino's error code, such as ``TABLE_NOT_FOUND``.
        message: what is wrong.
        category: whose fault, as in AthenaError.ErrorCategory: 1 system, 2 user, 3 other.
    """

    def __init__(self, code: str, message: str, category: int = 2) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.category = code, message, category


class QueryCancelled(Exception):
    """The query ends as CANCELLED: stopped by a caller or by the workgroup's scan limit."""


_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"Could not convert string '(?P<x>[^']*)' to (?P<t>\w+)", "INVALID_CAST_ARGUMENT: Cannot cast '{x}' to {t}"),
    (r"Could not cast value (?P<x>\S+) to (?P<t>[\w(),]+)", "INVALID_CAST_ARGUMENT: Cannot cast {x} to {t}"),
    (r"Referenced column \"(?P<x>[^\"]*)\" not found", "COLUMN_NOT_FOUND: line 1:1: Column '{x}' cannot be resolved"),
    (r"does not have a column named \"(?P<x>[^\"]*)\"", "COLUMN_NOT_FOUND: line 1:1: Column '{x}' cannot be resolved"),
    (
        r"column \"?(?P<x>[^\" ]*)\"? must appear in the GROUP BY clause",
        "EXPRESSION_NOT_AGGREGATE: line 1:1: '{x}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (r"Ambiguous reference to column name \"(?P<x>[^\"]*)\"", "AMBIGUOUS_NAME: line 1:1: Column '{x}' is ambiguous"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    ),
    (r"Could not parse string \"(?P<x>[^\"]*)\" according to", 'INVALID_FUNCTION_ARGUMENT: Invalid format: "{x}"'),
    (
        r"(?:date|timestamp|time) field value out of range: \"(?P<x>[^\"]*)\"",
        "INVALID_CAST_ARGUMENT: Value cannot be cast: {x}",
    ),
    (r"invalid (?:date|timestamp) field format: \"(?P<x>[^\"]*)\"", "INVALID_CAST_ARGUMENT: Value cannot be cast: {x}"),
    # Trino's own regular expressions have look-around and references, RE2 has not; the rest are mistakes in both.
    (
        r"(?:invalid perl operator|invalid escape sequence(?=: \\[1-9k])): (?P<x>\S+)",
        "NOT_SUPPORTED: not rehearsable: {x} in a regular expression",
    ),
    (
        r"(?:missing [^:]*|no argument for repetition operator|bad repetition operator|invalid [^:]*): (?P<x>\S+)$",
        "INVALID_FUNCTION_ARGUMENT: invalid regular expression at {x}",
    ),
    (
        r"must be a constant|with non-constant|initial value type must be|Not implemented Error|No function matches",
        "NOT_SUPPORTED: not rehearsable: a call with arguments of these types, or that differ by row",
    ),
    (
        r"STRUCT to STRUCT cast must have at least one matching member",
        "NOT_SUPPORTED: not rehearsable: a struct of which a file has none of the fields",
    ),
    (r"Overflow in (?P<x>\w+)", "NUMERIC_VALUE_OUT_OF_RANGE: {x} overflow"),
    (r"out of range", "NUMERIC_VALUE_OUT_OF_RANGE: value is out of range"),
)


def failure_of(error: duckdb.Error) -> QueryFailed:
    """DuckDB's error in Trino's words; unknown ones keep DuckDB's text."""
    text = str(error)
    if marked := re.search(r"TRINO:([A-Z_]+): (.*)", text):
        return QueryFailed(marked[1], marked[2].strip())
    for pattern, words in _PATTERNS:
        if match := re.search(pattern, text, re.IGNORECASE):
            code, _, message = words.format(**match.groupdict()).partition(": ")
            return QueryFailed(code, message, 1 if code == "NOT_SUPPORTED" else 2)
    codes: dict[type[duckdb.Error], str] = {
        duckdb.BinderException: "TYPE_MISMATCH",
        duckdb.CatalogException: "FUNCTION_NOT_FOUND",
        duckdb.ConversionException: "INVALID_CAST_ARGUMENT",
        duckdb.OutOfRangeException: "NUMERIC_VALUE_OUT_OF_RANGE",
        duckdb.ParserException: "SYNTAX_ERROR",
        duckdb.OutOfMemoryException: "EXCEEDED_LOCAL_MEMORY_LIMIT",
    }
    code = codes.get(type(error), "GENERIC_INTERNAL_ERROR")
    return QueryFailed(code, text.splitlines()[0], 1 if code == "GENERIC_INTERNAL_ERROR" else 2)
