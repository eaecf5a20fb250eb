"""The forms in which one text may be read: as it is, and without the dress in which it is shown or sent."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, unquote_plus

from .known import ESCAPES

__all__ = ["joined", "readings"]

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_CELL, _ROW = re.compile(r"</(?:t[dh]|dt|key)\s*>", re.IGNORECASE), re.compile(r"</tr\s*>|<br\s*/?>", re.IGNORECASE)
_CODE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([0-3][0-7]{2})")
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF))  # soft hyphen, zero-width signs
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_CONTINUED = re.compile(r"\\\n[ \t]*|(?<=\w)(['\"])\s*(?:\\?\n\s*)?\1(?=\w)")
"""A text that goes on after a backslash, or in the next pair of quotes."""
_FORM = re.compile(
    r"(?<![^\s+])(?=[^\s+]*(?:\+[^\s+]*)*?(?:%[0-9A-Fa-f]{2}|=[^\s+=]|\+[a-z]{3,}\+))[^\s+]+(?:\+[^\s+]*)+"
)
"""A text as forms send it: blanks are pluses."""
_BLOCK = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}(?:\s*\n\s*[A-Za-z0-9+/_-]{4,}={0,2})*")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Za-z])")
_BLOCKS = 500  # of one text; more is data


def readings(text: str) -> Iterator[str]:
    """A text in each form in which it may be read, each once."""
    forms = {text: None}
    for form in (*_plain(text), *_decoded(text)):
        forms[form] = None
    yield from forms


def joined(text: str) -> str:
    """A text without its line ends, for what has a form of its own and may be broken anywhere."""
    return re.sub(r"\s*\\?(?:\n|\\n)\s*", "", text)


def _plain(text: str) -> Iterator[str]:
    """Without colours, escapes, entities and tags, one after the other and each by itself."""
    bare = _visible(ESCAPES.sub("", text))
    yield bare
    if "\\" in bare:
        once = _unescaped(bare)
        yield once
        yield _unescaped(once)
        bare = once
    once = bare
    for _ in range(3):
        if "%" in once:
            once = unquote(once)
            yield once
    if "+" in bare:
        yield _FORM.sub(lambda match: unquote_plus(match[0]), bare)
    if "&" in bare:
        bare = _visible(html.unescape(bare))
        yield bare
        yield html.unescape(bare)
        yield _unescaped(bare)
    if "<" in bare:
        bare = _CDATA.sub("", bare)
        yield bare
        yield _TAG.sub("", _ROW.sub("\n", _CELL.sub(" | ", bare)))
        yield _TAG.sub("", bare)
    continued = _CONTINUED.sub("", bare)
    if continued != bare:
        yield continued


def _visible(text: str) -> str:
    """Without signs that nobody sees, and in the letters that they look like."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_INVISIBLE))


def _unescaped(text: str) -> str:
    text = _CODE.sub(lambda match: chr(int(match[1] or match[2] or match[3], 8 if match[3] else 16)), text)
    return text.replace('\\"', '"').replace("\\/", "/").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _decoded(text: str, again: bool = True) -> Iterator[str]:
    """Texts that stand in it in base64 (in base64) or in hexadecimal."""
    for match in (*islice(_BLOCK.finditer(text), _BLOCKS), *islice(_HEX.finditer(text), _BLOCKS)):
        lines = match[0].split("\n")
        for block in (match[0], *(lines if len(lines) > 1 else ())):  # what follows may be text
            once = _text_of(block.strip(), match.re is _HEX)
            if once is not None and (once.isprintable() or "\n" in once):
                yield once
                yield from _decoded(once, again=False) if again else ()


def _text_of(block: str, hexadecimal: bool) -> str | None:
    data = re.sub(r"\s+", "", block).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = bytes.fromhex(block) if hexadecimal else base64.b64decode(data + "=" * (-len(data) % 4))
        return raw.decode("utf-16-le" if b"\0" in raw[1:2] else "utf-8")
    except (binascii.Error, ValueError):
        return None
