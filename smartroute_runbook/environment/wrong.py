"""What is wrong with parameters, in the words of those who write YAML rather than of pydantic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from smartroute_runbook.errors import UsageError, WrongParameters, did_you_mean, printable
from smartroute_runbook.strict_yaml import Lines

__all__ = ["all_of", "as_written", "described_by", "located"]

_WORDS = (
    (r"^(Input should be |Value should be |Value error, )", ""),
    (r"^a valid (tuple|list).*", "a list, such as [one, another]"),
    (r"^a valid string.*", "a text; one that looks like a number, true, false or null is in quotation marks"),
    (r"^a valid integer.*", "a whole number"),
    (r"^a valid number.*", "a number"),
    (r"^a valid boolean.*", "true or false"),
    (r"^a valid date.*", "a date that exists, such as 2026-10-01"),
    (r"^a valid dictionary.*", "a section: lines of 'name: value'"),
    (r"^a finite number", "a number that is not infinite"),
    (r"^greater than or equal to ", "at least "),
    (r"^less than or equal to ", "at most "),
    (r"^greater than ", "more than "),
    (r"^String should have at least 1 character", "a text that is not empty"),
    (r"^String should have at least (\d+) characters?", r"a text of at least \1 characters"),
    (r"^String should have at most (\d+) characters?", r"a text of at most \1 characters"),
    (r"^Tuple should have at least (\d+) items?.*", r"a list of at least \1"),
)
_LONGEST = 120


def all_of(wrong: Sequence[UsageError], source: str) -> UsageError:
    """One error of several: itself, or all of them numbered."""
    return wrong[0] if len(wrong) == 1 else WrongParameters(source, [str(one) for one in wrong])


def located(source: str, line: int | None) -> str:
    """A file and the line in it."""
    return f"{source}, line {line}," if line else source


def as_written(value: Any) -> str:
    """A value as YAML writes it, shortened."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (Mapping, BaseModel)):
        return "a section"
    if isinstance(value, (list, tuple)):
        return _shortened(f"[{', '.join(map(as_written, value))}]")
    return _shortened(repr(value) if isinstance(value, (str, int, float)) else f"'{value}'")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def described_by(model: type[BaseModel], error: Any, source: str, lines: Lines) -> UsageError:
    """The error of one wrong parameter of a model, as pydantic lists it."""
    place: tuple[Any, ...] = error["loc"]
    where = located(source, _line(place, lines))
    if error["type"] in ("extra_forbidden", "invalid_key"):
        name = printable(place[-1] if error["type"] == "extra_forbidden" else as_written(error["input"]))
        path = ".".join([*map(printable, place[:-1]), name])
        return UsageError(
            f"Unknown parameter '{path}' in {where.rstrip(',')}", hint=_where_it_is(model, place[:-1], name)
        )
    path = ".".join(map(printable, place))
    expected = _expected(error["msg"])
    if (example := _default(model, place)) and not re.search(r"such as|^(null|a list|')", expected):
        expected += f", such as {example}"
    return UsageError(f"Parameter '{path}' in {where} is {as_written(error['input'])}", expected=expected)


def _default(model: type[BaseModel], place: tuple[Any, ...]) -> str:
    """What a parameter is by itself, if that is a text, or the first such of a list: an example of what it can be."""
    here: Any = model
    for part in place:
        if part not in getattr(here, "model_fields", {}):
            break
        field = here.model_fields[part]
        here = field.annotation if len(place) > 1 and part == place[0] else field.get_default()
    first = here[0] if isinstance(here, tuple) and here else here
    return first if isinstance(first, str) else ""


def _line(place: tuple[Any, ...], lines: Lines) -> int | None:
    """The line of a value, or of the nearest part around it."""
    return next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)


def _expected(message: str) -> str:
    """What pydantic expected, without its own words for types."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message


def _where_it_is(model: type[BaseModel], path: tuple[Any, ...], name: str) -> str:
    """The nearest name there is; or the section to which a name belongs that stands elsewhere."""
    section, _, key = name.partition(".")
    if not path and key and section in model.model_fields:
        return f"Write '{key}' on a line of its own below '{section}:'"
    known = _names_at(model, path)
    for other in model.model_fields:
        if name not in known and name in _names_at(model, (other,)):
            return f"It belongs below '{other}:'"
    return did_you_mean(name, known)


def _names_at(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """The names of a section; of a mapping of sections, such as ``audit.roles``, those of each."""
    here: Any = model
    for part in path:
        fields = getattr(here, "model_fields", {})
        here = fields[part].annotation if part in fields else (get_args(here) or (None,))[-1]
    return list(getattr(here, "model_fields", ()))
