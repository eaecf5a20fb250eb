"""Texts made of times and times made of texts: three pattern languages that look alike."""

from __future__ import annotations

import re

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import Type, type_of

from .base import AWS, TRINO, Lowering, rule
from .casts import rounded_to
from .moments import wall
from .trees import call, cast, text

# MySQL's letters (date_format, date_parse) and Joda's (format_datetime) as Redshift's TO_CHAR patterns.
# sqlglot reads MySQL's into Python's (minutes %M, month names %B), which is what is looked up here.
PYTHON = {
    "%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "HH24", "%M": "MI", "%S": "SS", "%f": "US", "%p": "AM",
    "%I": "HH12", "%j": "DDD", "%b": "Mon", "%a": "Dy", "%v": "IW", "%G": "IYYY", "%T": "HH24:MI:SS",
}  # fmt: skip
JODA = {
    "yyyy": "YYYY", "YYYY": "YYYY", "yy": "YY", "MM": "MM", "dd": "DD", "HH": "HH24", "mm": "MI", "ss": "SS",
    "SSS": "MS", "hh": "HH12",
    "a": "AM", "MMM": "Mon", "EEE": "Dy", "DDD": "DDD", "ww": "IW", "xxxx": "IYYY",
}  # fmt: skip
UNPADDED = {"%-d": "DAY", "%-m": "MONTH", "%-H": "HOUR", "d": "DAY", "M": "MONTH", "H": "HOUR"}  # numbers without zeros
HOUR_OF_12 = ("%-I", "h")  # without zeros: EXTRACT has no such hour
PADDED = {"%B": "Month", "%A": "Day", "MMMM": "Month", "EEEE": "Day"}  # padded with blanks by TO_CHAR
PARSED = frozenset({"YYYY", "MM", "Mon", "DD", "HH24", "MI", "SS", "HH12", "AM"})
MICROSECONDS = 6
MILLIS = 3  # fraction digits that Athena prints a moment with, rounded
Piece = tuple[str, str]  # kind (`pattern`, `padded`, `literal`), text


# Every word of TO_CHAR's patterns (r_FORMAT_strings), which takes the longest that fits.
WORDS = (
    "Y,YYY", "SSSSS", "MONTH", "YYYY", "IYYY", "DDDD", "IDDD", "HH24", "HH12", "SSSS", "A.M.", "P.M.", "A.D.", "B.C.",
    "YYY", "IYY", "MON", "DAY", "DDD", "TZH", "TZM", "YY", "IY", "MM", "RM", "WW", "IW", "DY", "DD", "ID", "HH", "MI",
    "SS", "MS", "US", "AM", "PM", "AD", "BC", "CC", "TZ", "OF", "FM", "FX", "SP", "TH", "Y", "I", "Q", "W", "D", "J",
)  # fmt: skip
WORD = re.compile("|".join(map(re.escape, WORDS)))


def _words_of(pattern: str) -> list[str]:
    """The words that TO_CHAR reads in a pattern."""
    return WORD.findall(pattern.upper())


def _python(pattern: str) -> list[Piece]:
    pieces: list[Piece] = []
    for code in re.findall(r"%-?.|[^%]+|%$", pattern, flags=re.DOTALL):
        if code in PYTHON:
            pieces.append(("pattern", PYTHON[code]))
        elif code in UNPADDED:
            pieces.append(("field", UNPADDED[code]))
        elif code in HOUR_OF_12:
            pieces.append(("unzeroed", "HH12"))
        elif code in PADDED:
            pieces.append(("padded", PADDED[code]))
        elif code.startswith("%") and code != "%%":
            raise Refusal("date-format", f"'{code}' has no counterpart in TO_CHAR", "use another pattern")
        else:
            pieces.append(("literal", code.replace("%%", "%")))
    return pieces


def _joda(pattern: str) -> list[Piece]:
    pieces: list[Piece] = []
    for quoted, letters, other in _joda_tokens(pattern):
        if letters in JODA:
            pieces.append(("pattern", JODA[letters]))
        elif letters in UNPADDED:
            pieces.append(("field", UNPADDED[letters]))
        elif letters in HOUR_OF_12:
            pieces.append(("unzeroed", "HH12"))
        elif letters in PADDED:
            pieces.append(("padded", PADDED[letters]))
        elif letters:
            raise Refusal("date-format", f"'{letters}' has no counterpart in TO_CHAR", "use another pattern")
        else:
            pieces.append(("literal", other or quoted.replace("''", "'") or "'"))
    return pieces


def _joda_tokens(pattern: str) -> list[tuple[str, str, str]]:
    tokens = re.finditer(r"'((?:[^']|'')*)'|((?P<letter>[A-Za-z])(?P=letter)*)|([^A-Za-z']+)", pattern)
    return [(match[1] or "", match[2] or "", match[4] or "") for match in tokens]


def _apart(kind: str, value: str, moment: exp.Expression) -> exp.Expression:
    """A piece that no other can stand beside within TO_CHAR."""
    if kind == "field":
        return cast(exp.Extract(this=exp.var(value), expression=moment.copy()), "varchar")
    if kind == "unzeroed":
        return call("LTRIM", call("TO_CHAR", moment.copy(), value), "0")
    return call("RTRIM", call("TO_CHAR", moment.copy(), value)) if kind == "padded" else text(value)


def _written(pieces: list[Piece], moment: exp.Expression) -> exp.Expression:
    """Pieces of text joined by ||; letters that are no pattern stay outside TO_CHAR, which would read them."""
    parts: list[exp.Expression] = []
    run = ""

    def flush() -> None:
        nonlocal run
        if run:
            made = call("TO_CHAR", moment.copy(), run) if re.search("[A-Za-z]", run) else text(run)
            parts.append(made)
        run = ""

    inside: list[str] = []  # the patterns of the run
    for kind, value in pieces:
        if kind == "pattern" and run and _words_of(run + value) != [*inside, value.upper()]:
            flush()  # TO_CHAR would read other words: DD and Dy as DDD and Y
        if not run:
            inside = []
        if kind == "pattern":
            inside.append(value.upper())
        if kind == "pattern" or (kind == "literal" and run and not re.search(r'[A-Za-z"\\]', value)):
            run += value
        else:
            flush()
            parts.append(_apart(kind, value, moment))
    flush()
    joined = parts[0] if parts else text("")
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return joined if len(parts) < 2 else exp.Paren(this=joined)


def _constant(node: exp.Expression | None, whole: exp.Expression) -> str:
    if node is None or not node.is_string:
        raise Refusal("date-format", f"the pattern of {athena(whole)} is not a constant", "write the pattern as text")
    return node.name


@rule(
    "date-format",
    exp.TimeToStr,
    exp.Anonymous,
    why="the patterns have other letters, and letters meant as text are read as patterns by TO_CHAR",
    source=AWS + "r_FORMAT_strings.html",
)
def _date_format(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.TimeToStr):
        pieces, moment = _python(_constant(node.args.get("format"), node)), node.this
    elif node.name.lower() == "format_datetime":
        pieces, moment = _joda(_constant(node.expressions[1], node)), node.expressions[0]
    else:
        return None
    shown = wall(moment, lower)
    kind = type_of(moment)
    if kind.precision > MILLIS:
        shown = rounded_to(shown, kind, Type("timestamp", MILLIS), node)
    return _written(pieces, shown)


@rule(
    "iso-text",
    exp.Anonymous,
    why="Redshift has no TO_ISO8601",
    source=TRINO + "functions/datetime.html#to_iso8601",
)
def _iso_text(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if node.name.lower() != "to_iso8601":
        return None
    moment = node.expressions[0]
    kind = type_of(moment)
    day: list[Piece] = [("pattern", "YYYY-MM-DD")]
    if kind.name == "date":
        return _written(day, lower(moment))
    if not kind.moment or kind.precision != 3 or kind.zone not in ("", "UTC"):
        raise Refusal("iso-text", f"{athena(node)} of {kind}", "use date_format")
    zone: list[Piece] = [("literal", "Z")] if kind.zone == "UTC" else []
    return _written([*day, ("literal", "T"), ("pattern", "HH24:MI:SS.MS"), *zone], wall(moment, lower))


ISO_MOMENT = re.compile(r"YYYY-MM-DD[ T]HH24:MI:SS[.](?:US|MS)Z?")


@rule(
    "date-parse",
    exp.StrToTime,
    exp.ParseDatetime,
    why="Redshift's TO_TIMESTAMP returns a time with zone; Athena's date_parse one without, parse_datetime one in UTC",
    source=AWS + "r_TO_TIMESTAMP.html",
)
def _date_parse(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    pattern = _constant(node.args.get("format"), node)
    mysql = isinstance(node, exp.StrToTime)
    subject = lower(node.this)
    if not mysql and pattern.endswith("Z"):  # an offset, which is of UTC in every text when the schema says so
        if "utc" not in type_of(node.this).known:
            why, hint = f"the zone of {athena(node)} is in its texts", "say `utc: true` of the column in the schema"
            raise Refusal("time-zone", why, f"{hint} when all end in +0000, or cut the offset off")
        pattern, subject = pattern.removesuffix("Z").rstrip(), call("REPLACE", subject, "+0000", "")
    pieces = [part for kind, value in _to_parse(node, pattern, mysql) for part in _marks(kind, value)]
    words = {word for kind, value in pieces if kind == "pattern" for word in value.split(":")}
    _require_year(node, words)
    for mark, plain in (("T", " "), ("Z", "")):
        if ("mark", mark) in pieces:
            subject = call("REPLACE", subject, mark, plain)
    if ISO_MOMENT.fullmatch("".join(value for _, value in pieces)):
        # Of a fraction Athena keeps milliseconds; what TO_TIMESTAMP reads is not said.
        return call("DATE_TRUNC", "millisecond", cast(subject, "timestamp"))
    return cast(call("TO_TIMESTAMP", subject, _read_alike(node, pieces, words)), "timestamp")


def _require_year(node: exp.Expression, words: set[str]) -> None:
    """Refuses a pattern without a year: Joda's is that of Trino 435 and 483."""
    if words & {"YYYY", "YY"}:
        return
    year = "2000" if {"DD", "MM"} & words else "1970"
    why = f"{athena(node)} reads no year: Athena's is {year}, Redshift's is not documented"
    raise Refusal("date-parse", why, "add one")


def _read_alike(node: exp.Expression, pieces: list[Piece], words: set[str]) -> str:
    """The pattern for TO_TIMESTAMP.

    Raises:
        Refusal: Redshift would read another moment by it.
    """
    if not words <= PARSED or ("HH12" in words) != ("AM" in words):
        why = f"the pattern of {athena(node)} is read differently"
        raise Refusal("date-parse", why, "year to second, short months, hours of 12 with AM or PM, and no letters")
    pattern = "".join({"T": " ", "Z": ""}[value] if kind == "mark" else value for kind, value in pieces)
    intended = [word for kind, value in pieces if kind == "pattern" for word in _words_of(value)]
    letters = any(kind == "literal" and re.search("[A-Za-z]", value) for kind, value in pieces)
    if letters or _words_of(pattern) != intended:
        why = f"the parts of {athena(node)} run together"
        raise Refusal("date-parse", why, "separate them, or parse them one by one")
    return pattern


def _to_parse(node: exp.Expression, pattern: str, mysql: bool) -> list[Piece]:
    """The pieces of a pattern that is read by; what is written without zeros is read as it is written.

    Raises:
        Refusal: there is one that is read differently.
    """
    pieces = _python(pattern) if mysql else _joda(re.sub("S+", _fraction, pattern))
    for kind, value in pieces:
        if kind not in ("pattern", "literal") or re.search(r'["\\]', value if kind == "literal" else ""):
            why = f"the pattern of {athena(node)} is read differently"
            raise Refusal("date-parse", why, "year to second, short months, hours of 12 with AM or PM, and no letters")
    return pieces


def _fraction(letters: re.Match[str]) -> str:
    """Joda's S, one for each digit of a fraction; of up to six the first three are kept."""
    return "SSS" if len(letters[0]) <= MICROSECONDS else letters[0]


def _marks(kind: str, value: str) -> list[Piece]:
    """A literal with ISO's T and Z apart; other letters are refused later, as parts that run together."""
    if kind != "literal":
        return [(kind, value)]
    return [("mark" if each in "TZ" else kind, each) for each in re.split("([TZ])", value) if each]
