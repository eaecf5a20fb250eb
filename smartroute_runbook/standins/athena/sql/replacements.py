"""REGEXP_REPLACE's replacement, which Java and RE2 write otherwise."""

from __future__ import annotations

import re

from sqlglot import exp

from .build import fail, fn, text_literal

__all__ = ["regexp_replace", "require_some_text"]


def regexp_replace(node: exp.Anonymous) -> exp.Expr:
    r"""``$1`` and ``\\$`` of a replacement that is written out, checked before there are rows as Trino does per row."""
    text, pattern, *rest = node.expressions
    if isinstance(pattern, exp.Literal):
        require_some_text(pattern.name)
    if not rest or not isinstance(rest[0], exp.Literal):
        return fn("trino_regexp_replace", *node.expressions)
    groups = _groups(pattern.name) if isinstance(pattern, exp.Literal) else 9
    return fn("trino_regexp_replace_re2", text, pattern, text_literal(_in_re2(rest[0].name, groups)))


def _groups(pattern: str) -> int:
    try:
        return re.compile(pattern).groups
    except re.error:
        return 9


def require_some_text(pattern: str) -> None:
    """A pattern that matches nothing, as ``a*`` does: Java finds it once more where a match ends."""
    try:
        empty = pattern != "" and re.fullmatch(pattern, "") is not None
    except re.error:
        return
    if empty:
        raise fail("NOT_SUPPORTED", f"not rehearsable: a pattern that matches the empty text, {pattern!r}")


def _in_re2(text: str, groups: int) -> str:
    made, place = "", 0
    while place < len(text):
        sign, after = text[place], text[place + 1 : place + 2]
        if sign == "\\" and after:
            made += after.replace("\\", "\\\\")
            place += 2
        elif sign == "$" and after.isdigit():
            digits = after  # as many as are the number of a group
            while (
                text[place + 1 + len(digits) :][:1].isdigit() and int(digits + text[place + 1 + len(digits)]) <= groups
            ):
                digits += text[place + 1 + len(digits)]
            if int(digits) > groups:
                raise fail("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {digits}")
            if int(digits) > 9:
                raise fail("NOT_SUPPORTED", "not rehearsable: more than nine groups of a regular expression")
            made += f"\\{digits}"
            place += 1 + len(digits)
        elif sign == "$" and after == "{":
            raise fail("NOT_SUPPORTED", "not rehearsable: groups with names in a replacement")
        elif sign in "$\\":
            raise fail("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}")
        else:
            made += sign
            place += 1
    return made
