"""LIKE and regular expressions: Java's dialect against PCRE, groups against positions, backslashes."""

from __future__ import annotations

import re
import warnings
from functools import cache

from sqlglot import exp

from smartroute_runbook.translate.model import Refusal
from smartroute_runbook.translate.text import athena
from smartroute_runbook.translate.types import type_of

from .base import AWS, Lowering, rule
from .trees import binary, call, number, text, when, wrap

# What Java's dialect has and PCRE or the rehearsal's engine has not, or means otherwise.
FOREIGN = re.compile(r"\\[pPQEGZzRXhHvVkx0uN]|[*+?}]\+|\{,|\(\?[<=!>]|&&|\[[^\]]*\[|\(\?[a-zA-Z-]+[):]|\\[1-9]")


IGNORE_CASE = "(?i)"
CLASSES = re.compile(r"\\[wWdDsSbB]|^\(\?i\)")


def _flagged(pattern: str, flags: str) -> tuple[str, str]:
    """A pattern without (?i) in front, and the parameters that say the same on Redshift."""
    return (pattern.removeprefix(IGNORE_CASE), f"i{flags}") if pattern.startswith(IGNORE_CASE) else (pattern, flags)


def _pattern(node: exp.Expression, whole: exp.Expression, lower: Lowering) -> tuple[str, str]:
    """A constant pattern and the parameters that it is read with on Redshift."""
    pattern = _constant(node, whole)
    if CLASSES.search(pattern):
        hint = r"name the characters: [A-Za-z0-9_] for \w, [0-9] for \d"
        lower.note("regexp-classes", r"\w, \d, \s, \b and (?i) beyond ASCII are each engine's own", hint)
    return _flagged(pattern, "p")


def _constant(node: exp.Expression, whole: exp.Expression) -> str:
    if not node.is_string:
        raise Refusal("regexp", f"the pattern of {athena(whole)} is not a constant", "write the pattern as text")
    pattern: str = node.name
    if FOREIGN.search(pattern.removeprefix(IGNORE_CASE)):
        raise Refusal(
            "regexp", f"the pattern '{pattern}' uses what only Java's dialect has", "use plain classes and groups"
        )
    return pattern


@cache
def _widths(pattern: str, group: int) -> tuple[int, int]:
    """The least length of a match, and of what the group takes.

    Raises:
        Refusal: the pattern is not readable, or has no such group.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except (re.error, FutureWarning, DeprecationWarning) as error:
        raise Refusal("regexp", f"the pattern '{pattern}' is not readable: {error}", "correct it") from error
    if group > compiled.groups:
        raise Refusal("regexp", f"the pattern '{pattern}' has no group {group}", "correct it")
    return _least(pattern), _least(_group(pattern, group)) if group else _least(pattern)


def _least(pattern: str) -> int:
    """The least number of characters that a pattern matches."""
    import re._parser as parser  # type: ignore[import-not-found]  # the standard library's own reading

    return int(parser.parse(pattern).getwidth()[0])


def _opening(pattern: str) -> list[int]:
    """Where capturing groups open."""
    places, inside, i = [], False, 0
    while i < len(pattern):
        if pattern[i] == "\\":
            i += 1
        elif pattern[i] == "[":
            inside = True
        elif pattern[i] == "]":
            inside = False
        elif pattern[i] == "(" and not inside and pattern[i + 1 : i + 2] != "?":
            places.append(i)
        i += 1
    return places


def _group(pattern: str, group: int) -> str:
    """The text between a capturing group's parentheses."""
    start = _opening(pattern)[group - 1] + 1
    depth, i, inside = 1, start, False
    while depth:
        if pattern[i] == "\\":
            i += 1
        elif pattern[i] == "[":
            inside = True
        elif pattern[i] == "]":
            inside = False
        elif not inside:
            depth += {"(": 1, ")": -1}.get(pattern[i], 0)
        i += 1
    return pattern[start : i - 1]


def _takes_part(pattern: str, group: int) -> bool:
    """Whether a group takes part in every match: it stands in no alternative and behind no quantifier."""
    import re._parser as parser  # the standard library's own reading

    parts = list(parser.parse(pattern))
    return any(str(kind) == "SUBPATTERN" and inner[0] == group for kind, inner in parts)


def _only_group(pattern: str, group: int) -> str:
    """The same pattern with one capturing group left: Redshift extracts the first."""
    wanted = _opening(pattern)[group - 1]
    result = pattern
    for place in reversed(_opening(pattern)):
        if place != wanted:
            result = result[: place + 1] + "?:" + result[place + 1 :]
    return result


@rule(
    "regexp-like",
    exp.RegexpLike,
    exp.RegexpCount,
    why="Athena's patterns are Java's; Redshift's ~ is POSIX, which has other classes; with 'p' they are PCRE",
    source=AWS + "REGEXP_COUNT.html",
)
def _regexp_like(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    pattern, flags = _pattern(node.expression, node, lower)
    count = call("REGEXP_COUNT", lower(node.this), pattern, 1, flags)
    if isinstance(node, exp.RegexpLike):
        _widths(pattern, 0)
        if _widths(pattern, 0)[0] == 0:
            raise Refusal("regexp", f"the pattern '{pattern}' matches nothing at all", "it is always true")
        return exp.Paren(this=binary(exp.GT, count, number(0)))
    if _widths(pattern, 0)[0] == 0:
        raise Refusal("regexp", f"the pattern '{pattern}' matches empty text", "use + in place of *")
    return count


@rule(
    "regexp-extract",
    exp.RegexpExtract,
    why="Athena's third argument is a group, Redshift's a start position; without a match Redshift gives an empty text",
    source=AWS + "REGEXP_SUBSTR.html",
)
def _regexp_extract(node: exp.RegexpExtract, lower: Lowering) -> exp.Expression | None:
    pattern, flags = _pattern(node.expression, node, lower)
    given = node.args.get("group")
    if given is not None and not given.is_int:
        raise Refusal("regexp", f"the group of {athena(node)} is not a constant", "write the number")
    group = int(given.name) if given is not None else 0
    if group and _widths(pattern, 0)[0] and _widths(pattern, group)[1] == 0 and _takes_part(pattern, group):
        matches = binary(exp.GT, call("REGEXP_COUNT", lower(node.this), pattern, 1, flags), number(0))
        found = call("REGEXP_SUBSTR", lower(node.this), _only_group(pattern, group), 1, 1, f"e{flags}")
        return when((matches, found))
    if min(_widths(pattern, group)) == 0:
        raise Refusal(
            "regexp", f"'{pattern}' may match an empty text, which is NULL on Redshift", "use + in place of *"
        )
    if group:
        found = call("REGEXP_SUBSTR", lower(node.this), _only_group(pattern, group), 1, 1, f"e{flags}")
    else:
        found = call("REGEXP_SUBSTR", lower(node.this), pattern, 1, 1, flags)
    there = binary(exp.GT, call("LEN", found), number(0))  # NULLIF(..., '') takes blanks for an empty text
    return when((there, found.copy()))


@rule(
    "regexp-replace",
    exp.RegexpReplace,
    why="Redshift's fourth argument is a position, not 'g'; it always replaces every match",
    source=AWS + "REGEXP_REPLACE.html",
)
def _regexp_replace(node: exp.RegexpReplace, lower: Lowering) -> exp.Expression | None:
    pattern, flags = _pattern(node.expression, node, lower)
    new = node.args.get("replacement")
    if new is not None and (not new.is_string or re.search(r"[$\\]", new.name)):
        raise Refusal(
            "regexp", f"the replacement in {athena(node)} refers to groups", "extract the parts and join them"
        )
    if _widths(pattern, 0)[0] == 0:
        raise Refusal("regexp", f"the pattern '{pattern}' matches empty text", "use + in place of *")
    return call("REGEXP_REPLACE", lower(node.this), pattern, new.name if new is not None else "", 1, flags)


@rule(
    "like-backslash",
    exp.Like,
    exp.Escape,
    why="a backslash escapes in Redshift's LIKE without being asked to",
    source=AWS + "r_patternmatching_condition_like.html",
)
def _like_backslash(node: exp.Expression, lower: Lowering) -> exp.Expression | None:
    if isinstance(node, exp.Escape):
        pattern = node.this.expression
        if not pattern.is_string or not isinstance(node.this, exp.Like):
            raise Refusal("like-backslash", f"{athena(node)}: the pattern is not a constant", "write it out")
        if "\\" in pattern.name and node.expression.name != "\\":
            raise Refusal("like-backslash", f"{athena(node)}: a backslash beside another escape", "escape with \\")
        like = _like(node.this, lower(node.this.this), lower(pattern))
        return exp.Escape(this=like, expression=lower(node.expression))
    pattern, subject = node.expression, lower(node.this)
    if type_of(node.this).name not in ("varchar", "null"):
        raise Refusal("like-backslash", f"the type of {athena(node.this)} is not known", "cast it to varchar")
    if not pattern.is_string:
        doubled = call("REPLACE", lower(pattern), "\\", "\\\\")
        return _like(node, subject, doubled)
    return _like(node, subject, text(pattern.name.replace("\\", "\\\\")))


def _like(source: exp.Expression, subject: exp.Expression, pattern: exp.Expression) -> exp.Expression:
    return exp.Like(this=wrap(subject), expression=wrap(pattern), negate=source.args.get("negate"))


@rule(
    "regexp-position",
    exp.Anonymous,
    why="Redshift's REGEXP_INSTR is 0 where Athena's regexp_position is -1",
    source=AWS + "REGEXP_INSTR.html",
)
def _regexp_position(node: exp.Anonymous, lower: Lowering) -> exp.Expression | None:
    if node.name.lower() != "regexp_position":
        return None
    if len(node.expressions) != 2:
        raise Refusal("regexp", f"{athena(node)} starts at a place, or counts occurrences", "use two arguments")
    pattern, flags = _pattern(node.expressions[1], node, lower)
    if _widths(pattern, 0)[0] == 0:
        raise Refusal("regexp", f"the pattern '{pattern}' matches empty text", "use + in place of *")
    place = call("REGEXP_INSTR", lower(node.expressions[0]), pattern, 1, 1, 0, flags)
    return when((exp.EQ(this=place, expression=number(0)), number(-1)), default=place.copy())


SCHEME, HOST = "^[A-Za-z][A-Za-z0-9+.-]*://", "(?:[^/?#@ ]*@)?[A-Za-z0-9.-]+(?::[0-9]+)?"
REST = "(?:[?#].*)?$"
FULL_URL = f"{SCHEME}{HOST}(?:/[^?#% ]*)?{REST}"  # of which both parts are known
URL_PARTS = {"url_extract_host": f"{SCHEME}(?:[^/?#@ ]*@)?([A-Za-z0-9.-]+)",
             "url_extract_path": f"{SCHEME}{HOST}(/[^?#% ]*)?{REST}"}  # fmt: skip


@rule(
    "url-part",
    exp.Anonymous,
    why="Redshift has no URL functions; the part is taken out by a pattern",
    source=AWS + "REGEXP_SUBSTR.html",
)
def _url_part(node: exp.Anonymous, lower: Lowering) -> exp.Expression | None:
    pattern = URL_PARTS.get(node.name.lower())
    if pattern is None:
        return None
    hint = "compare on texts that are URLs in full"
    lower.note("url-part", "what is not a full URL, or holds % in its path, is NULL on Redshift only", hint)
    subject = lower(node.expressions[0])
    whole = binary(exp.GT, call("REGEXP_COUNT", subject, FULL_URL, 1, "p"), number(0))
    return when((whole, call("REGEXP_SUBSTR", subject.copy(), pattern, 1, 1, "ep")))
