"""Partition projection: partitions computed from table properties, in place of the registered ones.

Source: Athena user guide, "Partition projection", "Supported types for partition projection".
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from smartroute_runbook.standins.athena.errors import QueryFailed

__all__ = ["is_projected", "projected"]

_DAYS = {"WEEKS": 7, "DAYS": 1}
_SECONDS = {"HOURS": 3600, "MINUTES": 60, "SECONDS": 1}


def is_projected(parameters: Mapping[str, object]) -> bool:
    """Whether a table's partitions are computed."""
    return str(parameters.get("projection.enabled", "")).strip().lower() == "true"


def projected(
    parameters: Mapping[str, object], keys: tuple[str, ...], location: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Values and location of each partition.

    Raises:
        QueryFailed: a property is missing or cannot be read, or a column is injected, which needs a condition that no
            query over a whole table has.
    """
    properties = {str(name): str(value) for name, value in parameters.items()}
    root = location.rstrip("/") + "/"
    template = properties.get("storage.location.template", root + "/".join(f"{key}=${{{key}}}" for key in keys))
    for key in keys:
        if f"${{{key}}}" not in template:
            missing = (
                f"Partition projection location template: {template} is missing partition column: '{key}' placeholder"
            )
            raise QueryFailed("INVALID_TABLE_PROPERTY", missing)
    for values in itertools.product(*(_values(properties, key) for key in keys)):
        place = template
        for key, value in zip(keys, values, strict=True):
            place = place.replace(f"${{{key}}}", value)
        yield values, place


def _values(properties: Mapping[str, str], key: str) -> list[str]:
    def setting(name: str, default: str | None = None) -> str:
        value = properties.get(f"projection.{key}.{name}", default)
        if value is None:
            raise QueryFailed("INVALID_TABLE_PROPERTY", f"Table property projection.{key}.{name} is not set")
        return value

    kind = setting("type").strip().lower()
    if kind == "injected":
        raise QueryFailed(
            "CONSTRAINT_VIOLATION",
            f"For the injected projected partition column {key}, the WHERE clause must contain only static equality "
            "conditions, and at least one such condition must be present.",
        )
    if kind == "enum":
        return setting("values").split(",")
    first, last = setting("range").split(",")
    if kind == "integer":
        digits, step = int(setting("digits", "1")), int(setting("interval", "1"))
        return [str(number).zfill(digits) for number in range(int(first), int(last) + 1, step)]
    if kind != "date":
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"projection.{key}.type '{kind}' is not a projection type")
    return list(_dates(first, last, setting("format"), int(setting("interval", "1")), setting("interval.unit", "")))


def _dates(first: str, last: str, java: str, interval: int, unit: str) -> Iterator[str]:
    form = java.replace("'", "")
    for letters, ours in (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S")):
        form = form.replace(letters, ours)
    finest = "HOURS" if "%H" in form else "DAYS" if "%d" in form else "MONTHS" if "%m" in form else "YEARS"
    unit = unit.strip().upper() or finest
    moment, end = (_floored(_moment(text.strip(), form), form) for text in (first, last))
    previous = ""
    while moment <= end:
        text = moment.strftime(form)
        if text != previous:
            yield text
        previous = text
        try:
            moment = _next(moment, interval, unit)
        except (ValueError, OverflowError):  # beyond year 9999
            return


def _moment(text: str, form: str) -> datetime:
    now = datetime.now(UTC).replace(tzinfo=None)
    match = re.fullmatch(r"NOW(?:([+-])(\d+)(\w+))?", text.replace(" ", ""), re.IGNORECASE)
    if not match:
        return datetime.strptime(text, form)  # noqa: DTZ007  projected dates are UTC
    if not match[1]:
        return now
    unit = match[3].upper().removesuffix("S") + "S"
    return _next(now, int(match[2]) * (1 if match[1] == "+" else -1), unit)


def _floored(moment: datetime, form: str) -> datetime:
    """A bound as far as the format tells it (Trino, DateProjection)."""
    return datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007  projected dates are UTC


def _next(moment: datetime, interval: int, unit: str) -> datetime:
    if unit in ("MONTHS", "YEARS"):
        year, month = divmod(moment.year * 12 + moment.month - 1 + interval * (12 if unit == "YEARS" else 1), 12)
        last = calendar.monthrange(year, month + 1)[1]
        return moment.replace(year=year, month=month + 1, day=min(last, moment.day))
    return moment + timedelta(days=interval * _DAYS.get(unit, 0), seconds=interval * _SECONDS.get(unit, 0))
