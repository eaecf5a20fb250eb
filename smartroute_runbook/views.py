"""The parts of a result's view, independent of where it is shown.

A result is a frozen dataclass with a method ``view()``; ``present.show`` turns the view into what a notebook,
a terminal or a record shows. Domain modules import this and nothing of ``present``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = [
    "STAND_IN_TIMES",
    "Bars",
    "Code",
    "Control",
    "Folded",
    "Lines",
    "Marked",
    "Note",
    "Part",
    "Series",
    "Table",
    "Tone",
    "View",
    "Viewable",
]

Tone = Literal["plain", "good", "warn", "bad"]

STAND_IN_TIMES = "Stand-in: these times, and their ratios, say nothing about AWS."
"""What stands above every time that a rehearsal measured."""


class Marked(str):
    """A cell whose ``**bold**`` and ``code`` marks are meant; in every other cell they are signs like all others."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """Rows under named columns; cells are shown as they are (numbers right-aligned with separators).

    Attributes:
        tones: one tone a row, or empty when all are plain.
        note: one line below the table: units, source, date.
        name: what its fold is called where it has no title.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    title: str = ""
    note: str = ""
    tones: tuple[Tone, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Note:
    """One or a few sentences; simple ``**bold**`` and ``code`` marks are kept."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Series:
    """One line or one group of bars: ``x`` and ``y`` have equal lengths; ``low``/``high`` make a band."""

    name: str
    x: tuple[object, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Lines:
    """A line chart; ``marks`` are labelled horizontal lines such as a threshold; ``aside``: drawn folded away."""

    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    marks: tuple[tuple[str, float], ...] = ()
    log_x: bool = False
    log_y: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Bars:
    """A grouped bar chart; ``aside``: drawn folded away."""

    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    marks: tuple[tuple[str, float], ...] = ()
    aside: bool = False


@dataclass(frozen=True)
class Code:
    """Text with line breaks of its own, shown whole: SQL, a policy, commands to copy.

    Attributes:
        diff: each line begins with a sign: ``+`` comes, ``-`` goes, ``~`` becomes, a blank stays.
    """

    text: str
    diff: bool = False


@dataclass(frozen=True)
class Folded:
    """What is read only when it is wanted: behind its summary on a page, below it in plain text.

    Attributes:
        alone: is never put behind one fold with others: the way to undo something.
    """

    summary: str
    parts: tuple[Part, ...]
    alone: bool = False


Part = Table | Note | Lines | Bars | Code | Folded


@dataclass(frozen=True)
class View:
    """A headline with its parts, in reading order.

    Three levels: the title says the result, the parts are what is needed to judge it (at most one screen), and what is
    ``Folded`` is all the rest.
    """

    title: str
    parts: tuple[Part, ...] = ()
    tone: Tone = "plain"


@dataclass(frozen=True)
class Control:
    """One quantity of a model that a person may move: its values in order, and the one it starts with."""

    name: str
    label: str
    values: tuple[float, ...]
    start: float


class Viewable(Protocol):
    """Anything ``present.show`` can show."""

    def view(self) -> View:
        """How it looks."""
        ...
