"""URLs as java.net.URI and URLDecoder take them apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_to_bytes

from .refusals import refusal

__all__ = ["url", "url_decode", "url_encode", "url_parameter", "url_port"]

_ODD = re.compile(r'[\s<>"{}|\\^`]|%(?![0-9a-fA-F]{2})')
_URL = re.compile(
    r"(?:(?P<protocol>[A-Za-z][A-Za-z0-9+.-]*):)?"
    r"(?://(?:[^@/?#]*@)?(?P<host>[^:/?#]*)(?::(?P<port>\d*))?)?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?"
)


def url(part: str) -> Callable[[str], str | None]:
    """A part of what java.net.URI takes for a URL; empty where the URL has none, NULL of what is no URL."""

    def read(text: str) -> str | None:
        match = None if _ODD.search(text) else _URL.fullmatch(text)
        if match is None or (match["protocol"] and not text[len(match["protocol"]) + 1 :]):
            return None
        opaque = match["protocol"] and match["host"] is None and not (match["path"] or "/").startswith("/")
        value = match[part] or ""
        if opaque and part in {"path", "query", "host"}:  # mailto:a@b.c
            return ""
        return value if part in {"protocol", "host"} else unquote_to_bytes(value).decode("utf-8", "replace")

    return read


def url_parameter(text: str, name: str) -> str | None:
    """The first value of that name; one without a value is empty."""
    match = None if _ODD.search(text) else _URL.fullmatch(text)
    for pair in (match["query"] or "").split("&") if match else ():
        key, _, value = pair.partition("=")
        if unquote_to_bytes(key).decode("utf-8", "replace") == name:
            return unquote_to_bytes(value.replace("+", " ")).decode("utf-8", "replace")
    return None


def url_port(text: str) -> str | None:
    """The port's digits; NULL where none is written."""
    match = None if _ODD.search(text) else _URL.fullmatch(text)
    return (match["port"] or None) if match else None


def url_encode(text: str) -> str:
    """As java.net.URLEncoder does: blanks are plus signs."""
    return quote_plus(text, safe="*-_.").replace("~", "%7E")


def url_decode(text: str) -> str:
    """As java.net.URLDecoder does.

    Raises:
        ValueError: INVALID_FUNCTION_ARGUMENT: a percent sign without two digits.
    """
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise refusal(f"URLDecoder: Illegal hex characters in escape (%) pattern: {text}")
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")
