"""Which partition columns tell a partition's day and hour, so that a window and a read point can be said in SQL.

``year``, ``month``, ``day`` and ``hour`` in any place, as numbers or as text; or one column that is a date, as a date
or as text whose order is that of time (``2026-09-21``, ``20260921``, ``2026-09-21-04``). A table without such columns
has no order in time: all of it is meant, always. Of several dates the finest tells (``month=2026-09/day=2026-09-21``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .values import Value, Values, kind_of

__all__ = ["Layout", "TimeColumn", "layout_of"]

_NAMES = {
    "year": ("year", "yr", "y", "yyyy"), "month": ("month", "mon", "mm", "m"), "day": ("day", "dd", "d"),
    "hour": ("hour", "hr", "hh", "h"),
}  # fmt: skip
_WIDTH = {"year": 4, "month": 2, "day": 2, "hour": 2}
#: Texts whose order is that of time: pattern, format, whether it tells the hour too.
_FORMATS = (
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d", False),
    (r"\d{8}", "%Y%m%d", False),
    (r"\d{4}/\d{2}/\d{2}", "%Y/%m/%d", False),
    (r"\d{4}_\d{2}_\d{2}", "%Y_%m_%d", False),
    (r"\d{4}-\d{2}-\d{2}-\d{2}", "%Y-%m-%d-%H", True),
    (r"\d{4}-\d{2}-\d{2} \d{2}", "%Y-%m-%d %H", True),
    (r"\d{4}/\d{2}/\d{2}/\d{2}", "%Y/%m/%d/%H", True),
    (r"\d{10}", "%Y%m%d%H", True),
    (r"\d{4}-\d{2}", "%Y-%m", False),
)


@dataclass(frozen=True)
class TimeColumn:
    """A partition column that tells time.

    Attributes:
        place: its place among the partition columns.
        part: ``year``, ``month``, ``day``, ``hour``, or ``moment`` for a whole date.
        width: text is padded with zeros to this many characters before it is compared; 0 for none.
        format: of a ``moment`` that is text.
    """

    place: int
    name: str
    type: str
    part: str
    width: int = 0
    format: str = ""

    def says(self, moment: datetime) -> Value:
        """What the column holds of a moment, as it is compared."""
        if self.part == "moment":
            return moment.strftime(self.format) if self.format else moment.date()
        number = int(getattr(moment, self.part))
        return f"{number:0{self.width}}" if self.width else number

    def compared(self, value: Value) -> Value:
        """A partition's value as it is compared, the way LPAD does it."""
        return value.rjust(self.width, "0")[: self.width] if self.width and isinstance(value, str) else value


@dataclass(frozen=True)
class Layout:
    """The time columns of a table, the largest unit first; none for a table without an order in time."""

    columns: tuple[TimeColumn, ...] = ()

    @property
    def unit(self) -> str:
        """How long a partition is: ``hour``, ``day``, ``month``, ``year``; '' without time columns."""
        if not self.columns:
            return ""
        last = self.columns[-1]
        if last.part != "moment":
            return last.part
        return "hour" if "%H" in last.format else "month" if last.format == "%Y-%m" else "day"

    def compared(self, values: Values) -> Values:
        """The values that a window compares."""
        return tuple(column.compared(values[column.place]) for column in self.columns)

    def starting(self, day: date) -> Values:
        """The first value of the partitions that hold a day, without its hour."""
        moment = datetime.combine(day, time())
        return tuple(column.says(moment) for column in self.columns if column.part != "hour")

    def through(self, day: date) -> Values:
        """The last value of the partitions that hold a day, without its hour."""
        moment = datetime.combine(day, time(23))
        return tuple(column.says(moment) for column in self.columns if column.part != "hour")

    def closed_by(self, until: datetime) -> Values:
        """The last partition of what had ended by a moment (UTC).

        A month or a year is not waited for: its rows of the hours before that moment are read by dashboards now.
        """
        if self.unit == "hour":
            end = until - timedelta(seconds=1)  # a text may tell the minute too
        else:
            end = until - timedelta(hours=1 if self.unit in ("month", "year") else 24)
        return tuple(column.says(end) for column in self.columns)

    def begin(self, values: Values) -> datetime | None:
        """When a partition begins (UTC); None where its values are no day."""
        try:
            numbers = {"month": 1, "day": 1, "hour": 0}
            for column in self.columns:
                value = values[column.place]
                if value is None:
                    return None
                if column.part != "moment":
                    numbers[column.part] = int(str(value))
                    continue
                moment = value if isinstance(value, date) else datetime.strptime(str(value), column.format)  # noqa: DTZ007
                numbers |= {"year": moment.year, "month": moment.month, "day": moment.day}
                numbers["hour"] = moment.hour if isinstance(moment, datetime) else 0
            return datetime(**numbers, tzinfo=UTC) if "year" in numbers else None
        except (ValueError, OverflowError):
            return None

    def end(self, values: Values) -> datetime | None:
        """When a partition ends (UTC); None where its values are no day, or the calendar's last one (9999-12-31)."""
        begin = self.begin(values)
        if begin is None:
            return None
        try:
            if self.unit in ("month", "year"):
                later = begin + timedelta(days=32 if self.unit == "month" else 367)
                return later.replace(day=1, **({"month": 1} if self.unit == "year" else {}))  # type: ignore[arg-type]
            return begin + timedelta(hours=1 if self.unit == "hour" else 24)
        except OverflowError:
            return None


def layout_of(columns: Sequence[tuple[str, str]], some: Iterable[Values] = ()) -> Layout:
    """The layout of partition columns (name and Athena type).

    Args:
        columns: all partition columns.
        some: values of partitions that there are, to tell how a date is written as text.
    """
    named = {part: _named(columns, part) for part in _NAMES}
    moment = _moment(columns, list(some))
    if moment is not None:
        finer = {"month": ("day", "hour"), "day": ("hour",), "hour": ()}[Layout((moment,)).unit]
        return Layout((moment, *_unbroken([named[part] for part in finer], beside=moment)))
    return Layout(_unbroken(list(named.values())))


def _unbroken(columns: Sequence[TimeColumn | None], beside: TimeColumn | None = None) -> tuple[TimeColumn, ...]:
    """Columns from the first on, as far as none is missing."""
    found: list[TimeColumn] = []
    for column in columns:
        if column is None or (beside is not None and column.place == beside.place):
            break
        found.append(column)
    return tuple(found)


def _named(columns: Sequence[tuple[str, str]], part: str) -> TimeColumn | None:
    for place, (name, kind) in enumerate(columns):
        if name.lower() in _NAMES[part] and kind_of(kind) in ("integer", "text"):
            return TimeColumn(place, name, kind, part, _WIDTH[part] if kind_of(kind) == "text" else 0)
    return None


def _moment(columns: Sequence[tuple[str, str]], some: Sequence[Values]) -> TimeColumn | None:
    """The column that is a date, by its type or by every value that there is; of several the finest, then the first."""
    found = list(_moments(columns, some))
    finest = ("hour", "day", "month")
    return min(found, key=lambda column: finest.index(Layout((column,)).unit), default=None)


def _moments(columns: Sequence[tuple[str, str]], some: Sequence[Values]) -> Iterator[TimeColumn]:
    for place, (name, kind) in enumerate(columns):
        if kind_of(kind) == "date":
            yield TimeColumn(place, name, kind, "moment")
        texts = [str(values[place]) for values in some if values[place] is not None]
        if kind_of(kind) != "text" or not texts:
            continue
        for pattern, form, _ in _FORMATS:
            if all(re.fullmatch(pattern, text) for text in texts) and _readable(texts, form):
                yield TimeColumn(place, name, kind, "moment", 0, form)
                break


def _readable(texts: Sequence[str], form: str) -> bool:
    """Whether most of the texts are days: a number of eight or ten digits need not be one, and may be by chance."""
    days = 0
    for text in texts:
        try:
            datetime.strptime(text, form)  # noqa: DTZ007  a format of its own, in UTC as all partitions
        except ValueError:
            continue
        days += 1
    return 2 * days > len(texts)
