"""What all sections share: unknown keys are refused, and a value is of the kind that was written."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

__all__ = ["Section"]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOTHING = ("none", "no", "off", "false", "nil", "nothing", "n/a")


class Section(BaseModel):
    """A group of parameters; unknown keys are refused, and nothing is turned into another kind of value.

    pydantic would take ``true`` and ``'02'`` for numbers, ``86400`` for the second of January 1970, and the text
    ``none`` for the name of a folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any, info: ValidationInfo) -> Any:
        annotation = cls.model_fields[str(info.field_name)].annotation
        kinds = get_args(annotation) or (annotation,)
        if type(None) in kinds and isinstance(value, str) and value.strip().lower() in _NOTHING:
            raise ValueError("null, if there shall be none")
        if {int, float} & set(kinds) and isinstance(value, (bool, str)):
            raise ValueError(f"a {'whole ' if int in kinds else ''}number, in plain digits and without quotation marks")
        if date in kinds and value is not None and not _is_day(value):
            raise ValueError("a date, such as 2026-10-01")
        return value


def _is_day(value: Any) -> bool:
    if isinstance(value, str):
        return _DAY.fullmatch(value) is not None
    return isinstance(value, date) and not isinstance(value, datetime)
