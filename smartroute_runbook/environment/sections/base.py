"""What all sections share: unknown keys are refused, and a value is of the kind that was written."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

__all__ = ["Section"]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOTHING = ("none", "no", "off", "false", "nil", "nothing", "n/a")
#: What templates and examples leave where a value belongs; a shell's ``$X`` inside a command is none.
_PLACEHOLDER = re.compile(
    r"\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Za-z_]\w*|\{\{.*\}\}|<[^<>]+>|%\w+%|change[-_ ]?me|replace[-_ ]?me|to[-_ ]?do|tbd",
    re.IGNORECASE,
)


class Section(BaseModel):
    """A group of parameters; unknown keys are refused, and nothing is turned into another kind of value.

    pydantic would take ``true`` and ``'02'`` for numbers, ``1`` and ``off`` for true and false, ``86400`` for the
    second of January 1970, and the text ``none`` for the name of a folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = _kinds(cls.model_fields[str(info.field_name)].annotation)
        if type(None) in kinds and isinstance(value, str) and value.strip().lower() in _NOTHING:
            raise ValueError("null, if there shall be none")
        _check(kinds, value)
        return value


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """The kinds of value that an annotation allows: those of a union, each without what is annotated."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    plain = isinstance(annotation, type) or get_origin(annotation) in (tuple, dict)
    return (annotation,) if plain else tuple(kind for one in get_args(annotation) for kind in _kinds_of(one))


def _kinds_of(one: Any) -> tuple[Any, ...]:
    """Those of a member of a union; a value that a ``Literal`` lists is none."""
    return _kinds(one) if isinstance(one, type) or get_origin(one) else ()


def _check(kinds: tuple[Any, ...], value: Any) -> None:
    """What pydantic would turn into another kind of value, here and in the items of a list.

    Raises:
        ValueError: what was expected.
    """
    if isinstance(value, str) and _PLACEHOLDER.fullmatch(value.strip()):
        raise ValueError("the value itself: nothing is filled in for placeholders")
    if {int, float} & set(kinds) and isinstance(value, (bool, str)):
        raise ValueError(f"a {'whole ' if int in kinds else ''}number, in plain digits and without quotation marks")
    if bool in kinds and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        raise ValueError("true or false, without quotation marks")
    if date in kinds and value is not None and not _is_day(value):
        raise ValueError("a date, such as 2026-10-01")
    lists = [kind for kind in kinds if get_origin(kind) is tuple]
    if lists and isinstance(value, (list, tuple)):
        for item in value:
            _check(_kinds(get_args(lists[0])[0]), item)
        written = [item for item in value if isinstance(item, (str, int, float))]
        if len(set(written)) < len(written):
            raise ValueError("a list that names nothing twice")


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return _DAY.fullmatch(value) is not None
    return isinstance(value, date) and not isinstance(value, datetime)
