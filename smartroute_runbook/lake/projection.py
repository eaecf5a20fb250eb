"""Partition projection: partitions that Athena computes from a table's properties, whatever is registered.

Source: Athena user guide, "Partition projection" and "Supported types for partition projection".
"""

from __future__ import annotations

import itertools
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smartroute_runbook.quantities import plural

from .layout import Layout, TimeColumn, layout_of
from .values import Values, kind_of, typed

__all__ = ["Projection", "projection_of"]

MOST = 1_000_000  # partitions computed for a table; Athena itself becomes slow long before
_UNITS = {"YEARS": 12, "MONTHS": 1, "WEEKS": 7 * 86400, "DAYS": 86400, "HOURS": 3600, "MINUTES": 60, "SECONDS": 1}
_JAVA = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))


@dataclass(frozen=True)
class Projection:
    """How the partitions of one table are computed.

    Attributes:
        columns: name, Athena type, and the properties of each partition column, without their prefix.
        template: the location of a partition, with ``${name}`` for its values.
        obstacles: why the table is not carried, each with what to do.
        layout: by its date columns.
    """

    columns: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    template: str
    obstacles: tuple[tuple[str, str], ...] = ()
    layout: Layout = field(default_factory=Layout)

    def partitions(self, now: datetime | None = None) -> Iterator[tuple[Values, str]]:
        """Values and location of every partition that the properties allow; most of them have no files."""
        now = now or datetime.now(UTC).replace(tzinfo=None)
        ranges = [_texts(kind, dict(properties), now) for _, kind, properties in self.columns]
        names = [name for name, _, _ in self.columns]
        for texts in itertools.product(*ranges):
            location = self.template
            for name, text in zip(names, texts, strict=True):
                location = location.replace(f"${{{name}}}", text)
            values = tuple(typed(kind, text) for (_, kind, _), text in zip(self.columns, texts, strict=True))
            yield values, location.rstrip("/") + "/"


def projection_of(parameters: Mapping[str, str], keys: Sequence[tuple[str, str]], location: str) -> Projection | None:
    """A table's projection; None when it has none."""
    lower = {str(name).lower(): str(value) for name, value in parameters.items()}
    if lower.get("projection.enabled", "").strip().lower() != "true" or not keys:
        return None
    columns = tuple((name, kind, _properties(lower, f"projection.{name}.")) for name, kind in keys)
    hive = location.rstrip("/") + "/" + "/".join(f"{name}=${{{name}}}" for name, _ in keys)
    template = next((v for k, v in parameters.items() if k.lower() == "storage.location.template"), hive)
    obstacles = tuple(_obstacles(columns, template))
    return Projection(columns, template, obstacles, Layout() if obstacles else _layout(columns))


def _properties(parameters: Mapping[str, str], prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple((p.removeprefix(prefix), value) for p, value in sorted(parameters.items()) if p.startswith(prefix))


def _obstacles(
    columns: Sequence[tuple[str, str, tuple[tuple[str, str], ...]]], template: str
) -> Iterator[tuple[str, str]]:
    for name, _, _ in columns:
        if f"${{{name}}}" not in template:  # else one file would be a row of several partitions
            yield (
                f"computes locations by '{template}', which lacks ${{{name}}}: Athena answers no query over it",
                f"Put ${{{name}}} into storage.location.template, where the values stand in the files' path",
            )
            return
    size = 1
    for name, kind, given in columns:
        properties = dict(given)
        how = properties.get("type", "").strip().lower()
        if how == "injected":
            yield (
                f"projects '{name}' as injected: Athena answers no query over the whole table",
                f"Project '{name}' as enum, integer or date, or register its partitions",
            )
            return
        try:
            texts = _texts(kind, properties, datetime.now(UTC).replace(tzinfo=None))
            size *= len(texts)
            [typed(kind, text) for text in (texts if how == "enum" else texts[:1] + texts[-1:])]
        except (KeyError, ValueError, OverflowError) as error:
            why = f"projection.{name}.{error.args[0]} is not set" if isinstance(error, KeyError) else str(error)
            yield (
                f"projects '{name}' by properties that cannot be read: {why}",
                f'Correct projection.{name}.* in the table\'s properties (Athena user guide, "Partition projection")',
            )
            return
    if size > MOST:
        yield f"projects {plural(size, 'partition')}", f"Narrow the ranges to at most {MOST:,}: Athena looks at each"


def _texts(kind: str, properties: Mapping[str, str], now: datetime) -> list[str]:
    how = properties["type"].strip().lower()
    if how == "enum":
        return properties["values"].split(",")
    if how == "integer":
        first, last = (int(text) for text in properties["range"].split(","))
        step, digits = _interval(properties), int(properties.get("digits", 1))
        if (last - first) // step > MOST:
            raise ValueError(f"a range of {last - first:,}")
        return [f"{number:0{digits}}" for number in range(first, last + 1, step)]
    if how != "date":
        raise ValueError(f"its type is '{how}', not enum, integer, date or injected")
    return _dates(kind, properties, now)


def _dates(kind: str, properties: Mapping[str, str], now: datetime) -> list[str]:
    step, form = _interval(properties), _python_format(properties["format"])
    # A bound is what its text in the column's format says: NOW is the beginning of today where the format ends there.
    bounds = (_moment(text.strip(), form, now).strftime(form) for text in properties["range"].split(","))
    moment, end = (datetime.strptime(text, form) for text in bounds)  # noqa: DTZ007  projected dates are UTC
    finest = next(unit for code, unit in (("%S", "SECONDS"), ("%M", "MINUTES"), ("%H", "HOURS"), ("%d", "DAYS"),
                                          ("%m", "MONTHS"), ("%Y", "YEARS")) if code in form)  # fmt: skip
    unit = properties.get("interval.unit", finest).strip().upper()
    texts: list[str] = []
    while moment <= end:
        text = moment.strftime(form)
        if not texts or texts[-1] != text:
            texts.append(text)
        if len(texts) > MOST:
            raise ValueError(f"more than {MOST:,} dates")
        try:
            moment = _later(moment, step, unit)
        except (ValueError, OverflowError):  # a range to the calendar's last day, as an open end is written
            if unit not in _UNITS:
                raise
            break
    del kind
    return texts


def _interval(properties: Mapping[str, str]) -> int:
    step = int(properties.get("interval", 1))
    if step < 1:
        raise ValueError(f"an interval of {step}")
    return step


def _python_format(java: str) -> str:
    """A Java date pattern as Python writes it; quoted text stays as it is.

    Raises:
        ValueError: it has letters that are not read here.
    """
    pieces = []
    for quoted, plain in re.findall(r"'([^']*)'|([^']+)", java):
        form = plain
        for ours, theirs in _JAVA:
            form = form.replace(ours, theirs)
        if re.search(r"[A-Za-z]", re.sub(r"%[YmdHMS]", "", form)):
            raise ValueError(f"format '{java}'")
        pieces.append(quoted.replace("%", "%%") or form)
    return "".join(pieces)


def _moment(text: str, form: str, now: datetime) -> datetime:
    relative = re.fullmatch(r"NOW\s*(?:([+-])\s*(\d+)\s*([A-Z]+?)S?)?", text.upper())
    if not relative:
        return datetime.strptime(text, form)  # noqa: DTZ007  projected dates are UTC
    sign, count, unit = relative.groups()
    if not count:
        return now
    return _later(now, int(count) * (-1 if sign == "-" else 1), f"{unit}S")


def _later(moment: datetime, count: int, unit: str) -> datetime:
    if unit not in _UNITS:
        raise ValueError(f"unit '{unit}'")
    if unit not in ("YEARS", "MONTHS"):
        return moment + timedelta(seconds=count * _UNITS[unit])
    months = moment.year * 12 + moment.month - 1 + count * _UNITS[unit]
    year, month = months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _layout(columns: Sequence[tuple[str, str, tuple[tuple[str, str], ...]]]) -> Layout:
    plain = [(name, kind) for name, kind, _ in columns]
    for place, (name, kind, given) in enumerate(columns):
        properties = dict(given)
        if properties.get("type", "").strip().lower() == "date" and kind_of(kind) == "text":
            form = _python_format(properties.get("format", "yyyy-MM-dd"))
            if form.startswith("%Y") and ("%d" in form or form == "%Y-%m"):
                hour = [c for c in layout_of(plain).columns if c.part == "hour"]
                return Layout((TimeColumn(place, name, kind, "moment", 0, form), *hour))
    return layout_of(plain)
