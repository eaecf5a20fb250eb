"""How a table is set so that nobody scrolls sideways: where its cells are broken, and how close its columns stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Fit", "fit_of"]

_UNBROKEN = 24  # longest word that is not broken


@dataclass(frozen=True)
class Fit:
    """How a table is set so that it is no wider than a page: what stays on one line, and the space between columns."""

    unbroken: int
    tight: bool

    @property
    def pad(self) -> str:
        """The space around a cell's text, as CSS says it."""
        return "0.32em 0.7em 0.32em 0.3em" if self.tight else "0.32em 1.4em 0.32em 0.4em"

    @property
    def between(self) -> float:
        """The space of a column in characters."""
        return 2.2 if self.tight else 3.8

    def breaks(self, text: str) -> str:
        """The style that says where a cell's lines end."""
        if len(text) <= self.unbroken and "\n" not in text:
            return "white-space: pre"
        if _longest_word(text) > (16 if self.tight else _UNBROKEN):
            least = "7em" if self.tight else "11em"
            return f"white-space: pre-wrap; overflow-wrap: anywhere; min-width: {least}"
        return "white-space: pre-wrap"

    def least(self, text: str) -> int:
        """Characters that a cell is wide at least: a sentence is not set one word a line."""
        if len(text) <= self.unbroken and "\n" not in text:
            return len(text)
        whole = min(_longest_word(text), 16 if self.tight else _UNBROKEN)
        return max(whole, min(len(text), 14 if self.tight else 22) if len(text) > 30 else 0)


_FITS = (Fit(26, False), Fit(18, False), Fit(12, False), Fit(12, True), Fit(8, True), Fit(4, True))
_CHARACTERS = 120  # of body text on one line of a record's page; a notebook as JupyterLab opens it is wider


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def fit_of(heads: Sequence[str], columns: Sequence[Sequence[str]]) -> Fit:
    """The most generous way of setting that is no wider than a page."""
    for fit in _FITS:
        widths = [
            max(_longest_word(head), *map(fit.least, column), 0) for head, column in zip(heads, columns, strict=True)
        ]
        if 2 + sum(widths) + fit.between * len(widths) <= _CHARACTERS:
            break
    return fit
