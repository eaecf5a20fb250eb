"""Dates as Redshift reads them beside ISO's: month, day and year (DateStyle is ISO, MDY), words, zones in letters."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

from .calls import COMPACT
from .functions_time import ABBREVIATIONS
from .returns import cast_type
from .types import of

__all__ = ["iso_date", "read_dates"]

_MONTH_FIRST = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?=$|[ T])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_IN_WORDS = (
    re.compile(rf"\s*{_NAME}\s+(?P<day>\d{{1,2}})\s*,?\s*(?P<year>\d{{4}})(?=$|\s)", re.IGNORECASE),
    re.compile(rf"\s*(?P<day>\d{{1,2}})[\s-]+{_NAME}[\s-]+(?P<year>\d{{4}})(?=$|\s)", re.IGNORECASE),
)
_ZONE = re.compile(r"(?<=\d)\s*([A-Za-z]{3,4})$")
_CALLS = {
    "add_months", "months_between", "next_day", "last_day", "datediff", "date_diff", "date_cmp", "timestamp_cmp",
    "convert_timezone",
}  # fmt: skip
_BEGINS = re.compile(rf"\s*(\d|{_NAME})", re.IGNORECASE)
_FORMS = (exp.TsOrDsAdd, exp.TsOrDsDiff, exp.DateDiff, exp.DateTrunc, exp.TimestampTrunc, exp.Extract)


def iso_date(text: str, base: str = "") -> str:
    """``8/2/2003`` and ``Aug 2, 2003`` as ``2003-8-2``, what stands behind it as it is; other texts as they are.

    Two digits of a year are of 1970 to 2069, as in PostgreSQL. A zone in letters is its offset where it has one all the
    year (CONVERT_TIMEZONE), and nothing for a type without zone (r_Datetime_types).

    Args:
        text: the constant.
        base: the type that it is read as, where known.
    """
    return _zoned(_numbered(text), base)


def _numbered(text: str) -> str:
    text = COMPACT.sub(r"\1-\2-\3", text)
    for form in _IN_WORDS:
        if found := form.match(text):
            number = _MONTHS.index(found["month"].lower()) + 1
            rest = " ".join(text[found.end() :].split())
            return f"{found['year']}-{number:02}-{int(found['day']):02} {rest}".strip()
    found = _MONTH_FIRST.match(text)
    if not found:
        return text
    month, day, year = found[1], found[3], found[4]
    if len(year) == 2:
        year = f"{'19' if int(year) >= 70 else '20'}{year}"
    return f"{year}-{month}-{day}{text[found.end() :]}"


def _zoned(text: str, base: str) -> str:
    found = _ZONE.search(text)
    if not found:
        return text
    if base == "timestamp without time zone":
        return text[: found.start()]
    hours = ABBREVIATIONS.get(found[1].upper())
    return text if hours is None or base != "timestamp with time zone" else f"{text[: found.start()]}-{hours:02}"


def read_dates(tree: exp.Expression) -> None:
    """Writes every literal that stands for a date or a time as ISO has it.

    Raises:
        SqlError: 0A000: a TIMETZ with a zone's name.
    """
    for literal in list(tree.find_all(exp.Literal)):
        if not literal.is_string or not _BEGINS.match(literal.name):
            continue
        around = literal.parent
        if isinstance(around, exp.Cast) and _base(around) == "time with time zone" and literal.name[-1:].isalpha():
            raise SqlError("0A000", "not rehearsable: TIMETZ with a zone's name")
        kind = _base(around) if isinstance(around, exp.Cast) else ""
        if _is_moment(literal) and (written := iso_date(literal.name, kind)) != literal.name:
            literal.replace(exp.Literal.string(written))


def _base(node: exp.Expression) -> str:
    kind = of(node)
    return kind.base if kind is not None else ""


def _is_moment(literal: exp.Literal) -> bool:
    """Whether a literal is cast to, compared with or computed as a date or a timestamp."""
    around = literal.parent
    if isinstance(around, exp.Cast):
        return cast_type(around.to).base.startswith(("date", "timestamp"))
    if isinstance(around, exp.Predicate | exp.Between | exp.In):
        sides = [part for part in around.iter_expressions() if part is not literal]
        return any(_base(side).startswith(("date", "timestamp")) for side in sides)
    if isinstance(around, exp.Anonymous):
        return around.name.lower() in _CALLS
    return isinstance(around, _FORMS)
