"""Parameters of a query: what drivers and dashboards put values in place of, kept as it is written.

A parameter has no type until somebody gives it a value. It may be compared with a column, or cast; where a result
depends on its type, the query is refused (`types.UNKNOWN`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .model import Refusal

__all__ = ["TIME_FILTER", "Parameters", "read_parameters"]

TIME_FILTER: Final = "_time_filter"  # what $__timeFilter(column) is called while the query is read
_SPELLINGS: Final = re.compile(
    r"""
    (?P<skip>'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::)
    |(?P<template>\{\{.*?\}\}|\{%.*?%\}|\[\[|\]\])
    |(?P<filter>\$__timeFilter(?=\())
    |(?P<other>\$__(?!timeFrom\b|timeTo\b|from\b|to\b)\w+)
    |(?P<one>\$__\w+(?:\(\))?|\$\{[^}]*\}|\$[A-Za-z_]\w*|%\(\w+\)s|%s|\?|(?<![\w:\]]):[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Parameters:
    """A query with its parameters written as `:_p0`, `:_p1`, and how each was spelled."""

    sql: str
    spelled: Mapping[str, str] = field(default_factory=dict)

    def restored(self, text: str) -> str:
        """A text with each parameter spelled as its author did."""
        if not self.spelled:
            return text
        marks = re.compile(rf":_p\d+\b|{TIME_FILTER}\b", re.IGNORECASE)
        return marks.sub(lambda match: self.spelled.get(match[0].lower(), match[0]), text)


def read_parameters(sql: str) -> Parameters:
    """Finds the parameters of a query outside its texts, names and comments.

    Raises:
        Refusal: the text is a template that is filled in before any engine sees it.
    """
    if not re.search(r"[?$%{\[:]", sql):
        return Parameters(sql)
    spelled: dict[str, str] = {}

    def mark(match: re.Match[str]) -> str:
        if match["skip"]:
            return match[0]
        if match["template"] or match["other"]:
            line = sql.count("\n", 0, match.start()) + 1
            why = f"line {line}: {match[0]} is filled in by another program before any engine reads the query"
            raise Refusal("template", why, "translate the query that the program sends")
        marker = TIME_FILTER if match["filter"] else f":_p{len(spelled)}"
        spelled[marker] = match[0]
        return marker

    if re.search(r"\bARRAY\s*\[|\w\s*\[", sql):  # brackets of subscripts, [[ of nested arrays
        plain = _SPELLINGS.sub(lambda m: m[0] if m[0] in ("[[", "]]") else mark(m), sql)
    else:
        plain = _SPELLINGS.sub(mark, sql)
    return Parameters(plain, spelled)
