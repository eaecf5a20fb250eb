"""Redshift's date formats (r_FORMAT_strings) as DuckDB expressions."""

from __future__ import annotations

import functools
import re

import sqlglot
from sqlglot import exp

from smartroute_runbook.standins.redshift.errors import SqlError

__all__ = ["strptime_format", "to_char"]

# Longest first: 'MONTH' is not 'MON' and 'TH'.
STRFTIME: dict[str, str] = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MM": "%m", "DDD": "%j", "DD": "%d", "DAY": "%A",
    "DY": "%a", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f", "AM": "%p",
    "PM": "%p", "A.M.": "%p", "P.M.": "%p", "IYYY": "%G", "IW": "%V", "ID": "%u", "TZ": "%Z",
}  # fmt: skip
OTHER = {"D", "Q", "WW", "W", "CC", "J", "RM", "OF", "SSSS", "SSSSS", "Y,YYY", "BC", "AD", "IYY", "IY", "I", "Y"}
PIECES = re.compile(
    r'"([^"]*)"|(FM)?('
    + "|".join(sorted((re.escape(w) for w in {*STRFTIME, *OTHER}), key=len, reverse=True))
    + r")(TH)?",
    re.IGNORECASE,
)
CASED = {"MONTH", "MON", "DAY", "DY"}
HALVES = {"AM", "PM", "A.M.", "P.M."}
_APART = CASED | HALVES | {"TZ"}  # not as strftime writes them


def _pieces(pattern: str) -> list[tuple[str, bool, str]]:
    """(text or token, is a token, the TH behind it as written) in order."""
    found: list[tuple[str, bool, str]] = []
    position = 0
    for match in PIECES.finditer(pattern):
        if match.start() > position:
            found.append((pattern[position : match.start()], False, ""))
        if match[1] is not None:
            found.append((match[1], False, ""))
        else:
            found.append((("FM" if match[2] else "") + match[3], True, match[4] or ""))
        position = match.end()
    if position < len(pattern):
        found.append((pattern[position:], False, ""))
    return found


def to_char(moment: exp.Expression, pattern: str) -> exp.Expression:
    """TO_CHAR of a timestamp. A TH after a number makes an ordinal of it: ``DDTHH24`` is ``05THH24``.

    Raises:
        SqlError: a token that is not rehearsed.
    """
    parts: list[exp.Expression] = []
    run = ""  # what one call of strftime spells: each call formats every row anew
    for piece, is_token, ordinal in _pieces(pattern):
        if not is_token or (piece.upper() in STRFTIME and piece.upper() not in _APART and not ordinal):
            run += STRFTIME[piece.upper()] if is_token else piece.replace("%", "%%")
            continue
        if run:
            parts.append(_strftime(moment, run))
        run = ""
        parts.append(_spelled(moment, piece, ordinal=ordinal))
    if run or not parts:
        parts.append(_strftime(moment, run))
    # A chain of || and not concat(): NULL in, NULL out.
    return functools.reduce(lambda left, right: exp.DPipe(this=left, expression=right), parts)


def _strftime(moment: exp.Expression, pattern: str) -> exp.Expression:
    return exp.Anonymous(this="strftime", expressions=[moment.copy(), exp.Literal.string(pattern)])


def _spelled(moment: exp.Expression, token: str, *, ordinal: str) -> exp.Expression:
    bare, filled = token.upper().removeprefix("FM"), token.upper().startswith("FM")
    if bare in _NUMBERED:
        return _counted(moment, bare)
    if bare == "TZ":  # a timestamp is one of UTC
        return exp.Literal.string("UTC" if token.isupper() else "utc")
    if bare not in STRFTIME:
        raise SqlError("0A000", f"not rehearsable: format {bare} in TO_CHAR")
    spelled = _strftime(moment, STRFTIME[bare])
    if bare in CASED or bare in HALVES:
        return _cased(spelled, token[2:] if filled else token, padded=bare in {"MONTH", "DAY"} and not filled)
    if filled:
        spelled = exp.Anonymous(this="ltrim", expressions=[spelled, exp.Literal.string("0")])
    if ordinal:
        call = exp.Anonymous(this="ordinal" if ordinal[0] == "T" else "ordinal_small", expressions=[spelled])
        return exp.Dot(this=exp.to_identifier("_redshift"), expression=call)
    return spelled


_NUMBERED = {
    "Q": "date_part('quarter', t)", "D": "date_part('dow', t) + 1", "CC": "(date_part('year', t) + 99) // 100",
    "W": "(date_part('day', t) - 1) // 7 + 1", "WW": "(date_part('doy', t) - 1) // 7 + 1",
}  # fmt: skip
"""Numbers that strftime has not: quarter, day of the week from Sunday, century, week of month and of year."""


def _counted(moment: exp.Expression, piece: str) -> exp.Expression:
    value = sqlglot.parse_one(f"CAST(CAST({_NUMBERED[piece]} AS BIGINT) AS VARCHAR)", read="duckdb")
    for column in list(value.find_all(exp.Column)):
        column.replace(moment.copy())
    return value


def _cased(spelled: exp.Expression, word: str, *, padded: bool) -> exp.Expression:
    """Names in the case of their token; MONTH and DAY padded to nine."""
    if word.isupper():
        spelled = exp.Upper(this=spelled)
    elif word.islower():
        spelled = exp.Lower(this=spelled)
    if padded:
        fill = [spelled, exp.Literal.number(9), exp.Literal.string(" ")]
        spelled = exp.Anonymous(this="rpad", expressions=fill)
    return spelled


def strptime_format(pattern: str) -> str:
    """A format for reading.

    Raises:
        SqlError: a token that is not rehearsed.
    """
    parts = []
    for piece, is_token, _ in _pieces(pattern):
        bare = piece.upper().removeprefix("FM")
        if is_token and bare not in STRFTIME:
            raise SqlError("0A000", f"not rehearsable: format {bare} in TO_DATE")
        parts.append(STRFTIME[bare] if is_token else piece.replace("%", "%%"))
    return "".join(parts)
