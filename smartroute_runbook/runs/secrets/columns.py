"""Secrets in tables that are texts: below a column's name, as psql, pandas, CSV and Markdown write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .values import is_secret_value
from .words import is_passphrase

__all__ = ["below_names"]

_SEPARATORS = (re.compile(r"\s*[|│┃]\s*"), re.compile(r"\t"), re.compile(r"\s*[,;]\s*"), re.compile(r" {2,}"))
_ROWS = 200  # below a head


def below_names(text: str, named: Callable[[str], bool]) -> Iterator[str]:
    """The names of columns below which a value looks like a secret.

    Args:
        text: of many lines.
        named: whether a cell is the name of a secret.
    """
    lines = text.split("\n")
    for at, line in enumerate(lines[:-1]):
        if len(line) > 2_000:
            continue
        for separator in _SEPARATORS:
            head = _cells(line, separator)
            if len(head) < 2:
                continue
            for column, name in enumerate(head):
                if named(name) and any(_value(row, separator, len(head), column) for row in lines[at + 1 : at + _ROWS]):
                    yield name


def _cells(line: str, separator: re.Pattern[str]) -> list[str]:
    return [cell.strip(" \"'`") for cell in separator.split(line.strip(" |│┃"))]


def _value(line: str, separator: re.Pattern[str], count: int, column: int) -> bool:
    """Whether a row has as many cells (one more: its number in front), and a secret in this column."""
    cells = _cells(line, separator)
    if len(cells) not in (count, count + 1):
        return False
    cell = cells[column + len(cells) - count]
    return is_secret_value(cell) or is_passphrase(cell)
