"""Secrets whose very words are known: values of this process's environment, in every form in which they are written.

A variable counts by its name (``REDSHIFT_PASSWORD``, ``DB_PW``) or as an address with a password in it. A value that is
a reference (an ARN, a path that exists), a switch (``true``), or a word that the product writes itself is none. Known
as well: what this process was given to log in with, and each line of the file that SMARTROUTE_KNOWN_SECRETS names (for
secrets that have no form, such as a key in hexadecimal by itself).
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

from smartroute_runbook.files import read_text
from smartroute_runbook.given_secrets import given

__all__ = ["ESCAPES", "known_secrets", "shows"]

_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|PRIVATE_?KEY|CREDENTIAL|API_?KEY|ACCESS_?KEY|(?:^|_)(?:PW|PWD|PASS)$",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(
    r"(?:^|_)(?:FILE|PATH|DIR|ARN|NAME|ID|REF|TYPE|PROVIDER|BACKEND|MODE|ENABLED|REGION|STORE|MANAGER|SERVICE|ENGINE|FORMAT"
    r"|EXPIRES?|EXPIRATION|TTL|VERSION|HOST|PORT|USER|USERNAME|LENGTH|COUNT|LIMIT|SOCK|COMMAND|CMD)$|^(?:OLD)?PWD$",
    re.IGNORECASE,
)
_LIST = "SMARTROUTE_KNOWN_SECRETS"
_ORDINARY = frozenset(
    {
        "athena", "basic", "bearer", "browser", "change", "changeme", "dashboard", "default", "development", "disabled",
        "enabled", "example", "finished", "github", "inherit", "keychain", "keyring", "managed", "manager", "nothing",
        "optional", "password", "production", "redshift", "rehearsal", "required", "secret", "secrets", "session",
        "smartroute", "staging", "testing", "token", "tokens", "unknown", "vault",
    }
)  # fmt: skip
ESCAPES = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|(?:\\u001b|\\x1b|\\033|\^\[)?\[[0-9;]{1,12}m"
)
_QUOTES = re.compile(r"[\"',+\\]")
_GAPS = re.compile(r"\s+|\\[nrt]|<[^<>]{0,300}>")


def known_secrets(environment: Mapping[str, str] | None = None, ordinary: Collection[str] = ()) -> dict[str, str]:
    """The secret values of an environment, by the name of their variable.

    Args:
        environment: this process's own by default.
        ordinary: texts that are told anyhow (the run's id, the environment's name): no secret equals them.

    Raises:
        UsageError: SMARTROUTE_KNOWN_SECRETS names a file that cannot be read.
    """
    found = {}
    if environment is None:
        values = {**given(), **_listed()}
        found = {name: value for name, value in values.items() if len(value) >= 6 and value.lower() not in _ORDINARY}
    for name, value in (os.environ if environment is None else environment).items():
        secret = _value(name, value)
        if secret is not None and secret not in ordinary and secret.lower() not in _ORDINARY:
            found[name] = secret
    return found


def _listed() -> dict[str, str]:
    """Secrets that a person listed, one a line, by their place; ``#`` begins a remark."""
    path = os.environ.get(_LIST)
    lines = read_text(Path(path), "The list of known secrets").splitlines() if path else ()
    kept = (f"line {number} of the known secrets" for number in range(1, len(lines) + 1))
    return {name: line.strip() for name, line in zip(kept, lines, strict=True) if not line.startswith("#")}


def _value(name: str, value: str) -> str | None:
    """The secret of a variable, if it holds one."""
    if "://" in value:
        try:
            given = urlsplit(value).password
        except ValueError:
            return None
        return unquote(given) if given and len(given) >= 4 else None
    if not _NAME.search(name) or _NO_VALUE.search(name) or name == _LIST or value.startswith("arn:"):
        return None
    if len(value) < 6 or (value.isdigit() and len(value) < 8):
        return None
    if value[0] in "/~." and _exists(value):
        return None
    return value


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def shows(text: str, secrets: Mapping[str, str]) -> Iterator[str]:
    """The names of the secrets that a text shows, in whatever form: as they are, base64, URL, JSON, HTML, broken up."""
    plain = ESCAPES.sub("", text)
    joined = _GAPS.sub("", plain)
    bare = _QUOTES.sub("", joined)
    yield from (name for name, value in secrets.items() if _shown(value, plain, joined, bare))


def _shown(value: str, plain: str, joined: str, bare: str) -> bool:
    """Of a value: whether a text shows it, the text without gaps does, or the text without gaps and quotes does."""
    if any(form in joined for form in _encoded(value)):
        return True
    if value.isalpha() or value.isdigit():  # a word or a number: only where it stands by itself
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", plain) is not None
    broken = len(value) >= 12 and _QUOTES.sub("", "".join(value.split())) in bare  # over a list of texts
    return broken or any(form in plain or form in joined for form in _forms(value))


@lru_cache(maxsize=256)
def _forms(value: str) -> tuple[str, ...]:
    """A value as it is written in texts, addresses, JSON (in JSON) and HTML; with and without its own blanks."""
    once = json.dumps(value)[1:-1]
    marked = html.escape(value)
    forms = {
        value, repr(value)[1:-1], once, json.dumps(once)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value), quote(value, safe=""), quote_plus(value), quote(quote(value, safe="")),
        marked, html.escape(value, quote=False), marked.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }  # fmt: skip
    return tuple(forms | {re.sub(r"\s+", "", form) for form in forms if re.search(r"\s", form)})


@lru_cache(maxsize=256)
def _encoded(value: str) -> tuple[str, ...]:
    """A value in hexadecimal, and in base64 at each of the three places at which it may begin.

    Of base64 only those signs are taken that depend on the value alone.
    """
    data = value.encode()
    forms = {data.hex(), data.hex().upper()}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        first = (0, 2, 3)[offset]  # signs that hold bits of what stands before
        last = len(text) - (1 if (offset + len(data)) % 3 else 0)  # the sign that holds bits of what follows
        forms |= {text[first:last], text[first:last].replace("+", "-").replace("/", "_")}
    return tuple(form for form in forms if len(form) >= 8)
