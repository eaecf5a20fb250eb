"""The forms in which one text may be read: as it is, and without the dress in which it is shown or sent."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from .known_secrets import ESCAPES

__all__ = ["joined", "readings"]

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_CELL, _ROW = re.compile(r"</t[dh]\s*>", re.IGNORECASE), re.compile(r"</tr\s*>|<br\s*/?>", re.IGNORECASE)
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_CONTINUED = re.compile(r"\\\n[ \t]*|(?<=\w)(['\"])\s*(?:\\?\n\s*)?\1(?=\w)")
"""A text that goes on after a backslash, or in the next pair of quotes."""
_BLOCK = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}(?:\s*\n\s*[A-Za-z0-9+/_-]{4,}={0,2})*")
_BLOCKS = 500  # of one text; more is data


def readings(text: str) -> Iterator[str]:
    """A text in each form in which it may be read, each once."""
    found = {text: None}
    for form in (*_plain(text), *_decoded(text)):
        found[form] = None
    yield from found


def joined(text: str) -> str:
    """A text without its line ends, for what has a form of its own and may be broken anywhere."""
    return re.sub(r"\s*\\?(?:\n|\\n)\s*", "", text)


def _plain(text: str) -> Iterator[str]:
    """Without colours, escapes, entities and tags, one after the other and each by itself."""
    bare = ESCAPES.sub("", text)
    yield bare
    if "\\" in bare:
        once = _unescaped(bare)
        yield once
        yield _unescaped(once)
        bare = once
    if "%" in bare:
        once = unquote(bare)
        yield once
        if "%" in once:
            yield unquote(once)
    if "&" in bare:
        bare = html.unescape(bare)
        yield bare
        yield _unescaped(bare)
    if "<" in bare:
        rows = _TAG.sub("", _ROW.sub("\n", _CELL.sub(" | ", bare)))
        yield rows
        yield _TAG.sub("", bare)
    continued = _CONTINUED.sub("", bare)
    if continued != bare:
        yield continued


def _unescaped(text: str) -> str:
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace('\\"', '"').replace("\\/", "/").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _decoded(text: str) -> Iterator[str]:
    """Texts that stand in it in base64."""
    for number, block in enumerate(_BLOCK.finditer(text)):
        if number >= _BLOCKS:
            return
        data = re.sub(r"\s+", "", block[0]).rstrip("=").replace("-", "+").replace("_", "/")
        try:
            said = base64.b64decode(data + "=" * (-len(data) % 4)).decode()
        except (binascii.Error, ValueError):
            continue
        if said.isprintable() or "\n" in said:
            yield said
