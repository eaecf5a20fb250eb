"""Secrets in statements: below a column's name in ``INSERT ... VALUES``, named by an alias, compared, in functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .values import Judge, is_key, is_login, is_secret_name, is_secret_value, is_strong, quoted
from .words import is_passphrase

__all__ = ["in_statements"]

_STATEMENT = re.compile(
    r"\b(?:insert|values|select|update|where|case|call|set|copy|secret)\b|\)\s*=\s*\(", re.IGNORECASE
)
_TOLD = re.compile(
    r"pass|pwd|\bpw\b|secret|token|key|credential|crypt|hmac|\bmd5|\bsha\d*\b|digest|into\s+\S*(?:user|account|login)",
    re.IGNORECASE,
)
"""A statement without any of these names no secret."""
_TOKEN = re.compile(
    r"'(?:[^'\n]|'')*'|\"[\w .$-]*\"|`[\w .$-]*`|[(),;]|\b(?:select|from|where|values|union)\b", re.IGNORECASE
)
_LITERAL = re.compile(r"(?:\b[EN])?'((?:[^'\n]|'')*)'")
_NAME = r"[\"`\[]?(?P<n>\w*(?:pass|pwd|pw|secret|token|key|credential)\w*)[\"`\]]?"
_VALUE = r"'(?P<v>(?:[^'\n]|'')+)'"
_ALIASED = re.compile(
    rf"{_VALUE}(?:\s*::\s*\w+(?:\s*\([\d, ]*\))?|\s+AS\s+\w+(?:\([\d, ]*\))?\s*\)|\s*\|\||\s*\))*\s+(?:AS\s+)?{_NAME}",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    rf"\b{_NAME}\s*(?:<>|!=|<=?>?|>=?|(?:NOT\s+)?(?:I?LIKE|IN\s*\()|IS\s+(?:NOT\s+)?DISTINCT\s+FROM)\s*E?{_VALUE}",
    re.IGNORECASE,
)
_REVERSED = re.compile(rf"{_VALUE}\s*(?:=|<>|!=)\s*(?:\w+\.)?{_NAME}", re.IGNORECASE)
_SECRET = re.compile(r"\b(?:SECRET|PASSWORD)\s*\(?\s*'(?P<v>[^'\n]{6,})'", re.IGNORECASE)
_KEYED = re.compile(
    r"(?:^|_|\b)(?:crypt|pgp_sym_\w+|(?:aes_)?(?:en|de)crypt\w*|hmac|\w*pass(?:word|wd)\w*)$", re.IGNORECASE
)
_HASHED = re.compile(r"\b(?:md5|sha\d*|digest|fnv_hash)$", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\bINTO\s+[\w.\"`]*(?:users?|accounts?|credentials?|logins?|secrets?|api_?keys?|passwords?)[\"`]?\s*$",
    re.IGNORECASE,
)
_STDIN = re.compile(
    r"COPY\s+\S+\s*\((?P<names>[^()\n]+)\)\s+FROM\s+stdin[^\n]*\n(?P<rows>(?:[^\n]*\t[^\n]*\n?)+)", re.IGNORECASE
)


@dataclass
class _Group:
    """A list in brackets or after SELECT: the spans of its items, and where the text before it ends."""

    before: int
    start: int
    bracket: bool
    items: list[tuple[int, int]] = field(default_factory=list)

    def item(self, end: int) -> None:
        self.items.append((self.start, end))
        self.start = end + 1


def in_statements(text: str) -> Iterator[tuple[str, int, int]]:
    """The secrets in what may be SQL: what was found, and where it begins and ends."""
    if ("'" not in text and "stdin" not in text) or not _STATEMENT.search(text) or not _TOLD.search(text):
        return
    for pattern in (_ALIASED, _COMPARED, _REVERSED):
        for match in pattern.finditer(text):
            if is_secret_name(match["n"]) and _value(match["n"], match["v"].strip("%")):
                yield "a secret in SQL", *match.span("v")
    for match in _SECRET.finditer(text):
        if quoted(match["v"]) or is_passphrase(match["v"]):
            yield "a secret in SQL", *match.span("v")
    groups = list(_groups(text))
    yield from _below(text, groups)
    yield from _given(text, groups)
    yield from _copied(text)


def _groups(text: str) -> Iterator[_Group]:
    """All lists, inner ones first; quotes are skipped."""
    open_: list[_Group] = []
    for token in _TOKEN.finditer(text):
        sign, at = token[0].lower(), token.start()
        if sign == "(":
            open_.append(_Group(at, at + 1, True))
        elif sign == "select":
            open_.append(_Group(at, token.end(), False))
        elif sign in ("from", "where", "union", ";", ")"):
            while open_ and not open_[-1].bracket:
                open_[-1].item(at)
                yield open_.pop()
            if sign == ")" and open_:
                open_[-1].item(at)
                yield open_.pop()
        elif sign == "," and open_:
            open_[-1].item(at)
    while open_:
        open_[-1].item(len(text))
        yield open_.pop()


def _below(text: str, groups: list[_Group]) -> Iterator[tuple[str, int, int]]:
    """Literals at the place at which a list of names has the name of a secret."""
    for names in groups:
        words = [text[start:end].strip().strip('"`[]') for start, end in names.items]
        if not names.bracket or not all(re.fullmatch(r"\w+", word) for word in words):
            continue
        for at, name in enumerate(words):
            for row in groups if is_secret_name(name) else ():
                if len(row.items) == len(words):
                    yield from _literals(text, row.items[at], lambda value, name=name: _value(name, value))


def _given(text: str, groups: list[_Group]) -> Iterator[tuple[str, int, int]]:
    """Literals that functions of cryptography get, and rows of a table of people whose columns are not named."""
    for group in groups:
        before = text[max(0, group.before - 80) : group.before].rstrip()
        judge: Judge | None = None
        if _KEYED.search(before):
            judge = _key_or_login
        elif _HASHED.search(before):
            judge = is_strong
        elif re.search(r"(?:VALUES|\))\s*,?$", before, re.IGNORECASE):
            into = re.split(r"VALUES", text[max(0, group.before - 400) : group.before], flags=re.IGNORECASE)[0]
            judge = _key_or_login if _PEOPLE.search(into) else None
        for item in group.items if judge else ():
            yield from _literals(text, item, judge)


def _literals(text: str, span: tuple[int, int], judge: object) -> Iterator[tuple[str, int, int]]:
    for match in _LITERAL.finditer(text, *span):
        if callable(judge) and judge(match[1].replace("''", "'")):
            yield "a secret in SQL", *match.span(1)


def _copied(text: str) -> Iterator[tuple[str, int, int]]:
    """Rows that COPY reads from the text itself."""
    for match in _STDIN.finditer(text):
        names = [name.strip().strip('"') for name in match["names"].split(",")]
        start = match.start("rows")
        for line in match["rows"].splitlines(keepends=True):
            at = start
            for name, cell in zip(names, line.rstrip("\n").split("\t"), strict=False):
                if is_secret_name(name) and _value(name, cell):
                    yield "a secret in SQL", at, at + len(cell)
                at += len(cell) + 1
            start += len(line)


def _value(name: str, value: str) -> bool:
    """Of a column: a password may be a word; what else is named so (a token of a text) may not."""
    judged = quoted(value) if re.search(r"pass|pwd", name, re.IGNORECASE) else is_secret_value(value)
    return judged or is_passphrase(value) or is_strong(value)


def _key_or_login(value: str) -> bool:
    return is_key(value) or is_login(value)
