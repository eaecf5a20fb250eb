"""Parameters of a dashboard's query: declared in its text with a type and a default, and bound as literals.

    -- :stop text(8) = 127N
    -- :from_hour int 0..23 = 5
    -- :day date = 2026-11-28
    -- :route one of A, C, E = A
    SELECT ... WHERE stop_id = :stop AND hour >= :from_hour

A declaration is a comment on a line of its own, in no literal and in no other comment, whose name the query uses: any
other comment is somebody's own and stays. A text without its caller's values is bound with the defaults: what is
translated, proven and measured. A value becomes SQL only as a literal of its declared type: digits, a checked date, or
a text in quotes that holds no backslash, no control character, and each quote twice. It needs nothing of the package:
the API is deployed with it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

__all__ = [
    "BadParameter",
    "Parameter",
    "Unbindable",
    "bind",
    "declared",
    "header",
    "names_in",
    "undeclared",
    "with_defaults",
]

Kind = Literal["int", "text", "date", "choice"]
_LEAST, _MOST = -(2**31) + 1, 2**31 - 1
"""Whole numbers that are INTEGER on both engines; larger ones would be BIGINT on one and DECIMAL on the other."""
_LONGEST = 256
_DECLARED = re.compile(
    r"^--[ \t]*:(?P<name>[A-Za-z_]\w{0,63})[ \t]+(?P<type>[^=\n]+?)[ \t]*=[ \t]*(?P<default>.*?)[ \t]*$", re.A
)
_TYPE = re.compile(
    r"int(?:\s+(?P<low>-?\d{1,10})\.\.(?P<high>-?\d{1,10}))?|text\((?P<longest>\d{1,3})\)|(?P<date>date)"
    r"|one of (?P<choices>.+)",
    re.ASCII,
)
#: What a colon means nothing in, then a cast, then a parameter.
_TOKENS = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::|:(?P<name>[A-Za-z_]\w*)", re.DOTALL | re.ASCII
)


_APART_BEFORE, _APART_AFTER = ("", "(", ","), ("", ")", ",", ";")


class BadParameter(ValueError):
    """A caller's value is not of the declared type; the message is for the caller."""


class Unbindable(ValueError):
    """A text declares a parameter wrongly, or names one that it does not declare."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter.

    Attributes:
        low, high: of an ``int``, both included.
        longest: of a ``text``, in characters.
        choices: of a ``choice``.
        default: as it is written in the declaration.
    """

    name: str
    kind: Kind
    default: str
    low: int = _LEAST
    high: int = _MOST
    longest: int = _LONGEST
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        return {
            "int": f"a whole number from {self.low} to {self.high}",
            "text": f"a text of at most {self.longest} characters, without backslashes, control characters and a blank "
            "at its end",
            "date": "a date, such as 2026-11-28",
            "choice": f"one of {', '.join(self.choices)}",
        }[self.kind]

    def literal(self, value: str) -> str:
        """The value as SQL of both engines.

        Raises:
            BadParameter: it is not what was declared.
        """
        text = self._checked(value)
        if text is None:
            raise BadParameter(f"parameter '{self.name}' is {value[:60]!a}, expected {self.expected}")
        return text

    def _checked(self, value: str) -> str | None:
        if self.kind == "int":
            whole = re.fullmatch(r"-?\d{1,10}", value, re.ASCII)
            return str(int(value)) if whole and self.low <= int(value) <= self.high else None
        if self.kind == "date":
            return _date(value)
        if self.kind == "choice" and value not in self.choices:
            return None
        # Redshift ignores blanks at the end where it compares, Athena does not (Redshift developer guide, "Character
        # types"): the same text with such a value would have two answers.
        blank = value.endswith(" ")
        plain = len(value) <= self.longest and "\\" not in value and value.isprintable() and not blank
        return "'" + value.replace("'", "''") + "'" if plain else None


def _date(value: str) -> str | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return None
    try:
        return f"DATE '{date.fromisoformat(value).isoformat()}'"
    except ValueError:
        return None


def _written_so(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Comments that have the form of a declaration: where the line begins, where the next one does, and the parts."""
    for token in _TOKENS.finditer(text):
        begins = text.rfind("\n", 0, token.start()) + 1
        if token[0].startswith("--") and not text[begins : token.start()].strip():
            match = _DECLARED.match(token[0].strip())
            if match is not None:
                yield begins, token.end() + 1, match


def _declarations(text: str) -> list[tuple[int, int, re.Match[str]]]:
    """Those of them whose names the text uses; the others are comments."""
    used = set(names_in(text))
    return [one for one in _written_so(text) if one[2]["name"] in used]


def declared(text: str) -> dict[str, Parameter]:
    """The parameters that a query declares, by name.

    Raises:
        Unbindable: a declaration cannot be read, or its default is not of its type; or a name is used in a text with
            declarations, and none of them is its.
    """
    found: dict[str, Parameter] = {}
    for _, _, match in _declarations(text):
        parameter = _parameter(match["name"], match["type"], match["default"])
        if parameter.name in found or parameter.name == "engine":
            raise Unbindable(f"parameter '{parameter.name}' is declared twice, or is the API's own")
        found[parameter.name] = parameter
    lacking = [name for name in names_in(text) if name not in found]
    if lacking and any(True for _ in _written_so(text)):
        line = f"-- :{lacking[0]} text(8) = 127N"
        raise Unbindable(f"parameter '{lacking[0]}' is used and not declared, expected a line such as {line}")
    for name in {match["name"] for _, _, match in _written_so(text)} - set(found):
        if any(token[0] == f"':{name}'" for token in _TOKENS.finditer(text)):
            raise Unbindable(f"parameter '{name}' stands in quotes, where it is a text: write :{name} without them")
    return found


def _parameter(name: str, of: str, default: str) -> Parameter:
    kind = _TYPE.fullmatch(of)
    if kind is None:
        expected = "int, int LOW..HIGH, text(LENGTH), date, or one of A, B, C"
        raise Unbindable(f"parameter '{name}' is of type '{of[:60]}', expected {expected}")
    if kind["choices"]:
        choices = tuple(one.strip() for one in kind["choices"].split(","))
        parameter = Parameter(name, "choice", default, choices=choices)
        for one in choices:
            _checked_default(replace(parameter, default=one))
    elif kind["longest"]:
        parameter = Parameter(name, "text", default, longest=int(kind["longest"]))
    elif kind["date"]:
        parameter = Parameter(name, "date", default)
    else:
        low, high = int(kind["low"] or _LEAST), int(kind["high"] or _MOST)
        parameter = Parameter(name, "int", default, low=low, high=high)
    for bound in (parameter.low, parameter.high):
        if not _LEAST <= bound <= _MOST:
            raise Unbindable(f"parameter '{name}' reaches {bound}, expected at most 32 bits")
    if parameter.longest > _LONGEST:
        raise Unbindable(f"parameter '{name}' has {parameter.longest} characters, expected at most {_LONGEST}")
    return _checked_default(parameter)


def _checked_default(parameter: Parameter) -> Parameter:
    try:
        parameter.literal(parameter.default)
    except BadParameter as error:
        raise Unbindable(f"the default of {error}") from None
    return parameter


def header(text: str) -> str:
    """The lines of a text that declare parameters, each with its line end."""
    return "".join(f"{match[0]}\n" for _, _, match in _declarations(text))


def undeclared(text: str) -> str:
    """The text without these lines; a line ends with LF alone, as other ends may stand in a literal."""
    for begins, ends, _ in reversed(_declarations(text)):
        text = text[:begins] + text[ends:]
    return text


def names_in(text: str) -> list[str]:
    """The parameters that a text uses, in order, as often as it does."""
    return [match["name"] for match in _TOKENS.finditer(text) if match["name"]]


def bind(text: str, given: Mapping[str, str]) -> str:
    """A text with the given values, and the defaults of those that are not given; without its declarations.

    Raises:
        BadParameter: a value is not of its type, or the query has no such parameter.
        Unbindable: the text declares or uses a parameter wrongly.
    """
    parameters = declared(text)
    for name in given:
        if name not in parameters:
            expected = ", ".join((*parameters, "engine"))
            raise BadParameter(f"unknown parameter {name[:60]!a}, expected {expected}")
    literals = {name: one.literal(given.get(name, one.default)) for name, one in parameters.items()}
    if not literals:
        return text

    body = undeclared(text)

    def bound(match: re.Match[str]) -> str:
        if not match["name"]:
            return match[0]
        # Apart from its neighbours: "-" before a negative number would begin a comment, a quote go on with a literal.
        before, after = body[match.start() - 1 : match.start()], body[match.end() : match.end() + 1]
        left = "" if before in _APART_BEFORE or before.isspace() else " "
        right = "" if after in _APART_AFTER or after.isspace() else " "
        return f"{left}{literals[match['name']]}{right}"

    return _TOKENS.sub(bound, body)


def with_defaults(text: str) -> str:
    """A text with the default of each parameter; the text itself where it declares none.

    Raises:
        Unbindable: as ``bind``.
    """
    return bind(text, {})
