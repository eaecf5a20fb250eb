"""What is a secret beside a name of one: a value, and not a word about one, a reference to one, or a placeholder."""

from __future__ import annotations

import base64
import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from math import log2

from .words import is_mixed, is_passphrase, is_random

__all__ = [
    "SECRET_WORD", "Judge", "address", "always", "credential", "is_key", "is_login", "is_named_secret", "is_one_time",
    "is_secret_name", "is_secret_value", "is_strange", "is_strong", "is_wrapped", "quoted",
]  # fmt: skip

Judge = Callable[[str], bool]

_NAME = re.compile(
    r"(?:[^:]*(?:[_\s./-]|(?-i:(?<=[a-z0-9])(?=[A-Z]))))?"  # with a colon it is an action of IAM
    r"(?:(?:user|db|master|admin)?pass(?:word|wd|phrase)s?|pwd|pw|secrets?|secret_?(?:string|(?:access_?)?key)|api_?key"
    r"|private_?key|(?:access|auth|refresh|session|bearer|security|id)?_?token|credentials?)(?:_?(?:old|new|\d))?",
    re.IGNORECASE,
)
"""A name of a column, a key or a parameter (the whole of it) whose value is a secret."""
_WEAK_NAME = re.compile(r"(?:.*[_\s./:-])?pass", re.IGNORECASE)
"""One that may mean something else: ``pass`` of an experiment, of a gate."""
_HARMLESS_NAME = re.compile(
    r".*(?:next|client|request|page|pagination|continuation|idempotency|start|starting)[_-]?(?:request_?)?token"
    r"|.*_(?:arn|name|id|ref)"
    r"|(?-i:(?:Get|List|Describe|Create|Put|Update|Delete|Modify|Restore|Rotate)[A-Z]).*",  # AWS's operations
    re.IGNORECASE,
)
SECRET_WORD = re.compile(r"pass(?:word|wd|phrase)|pwd|secret|token|api_?key|credential", re.IGNORECASE)
"""A text without any of these has no name of a secret."""

_REFERENCE = re.compile(
    r"arn:|https?://[^@\s]*$|s3://|redshift!|[/~$<{\[*]|\./|%\(|\.{3}|x{4,}$|os\.|env\b|get\w*\(|self\.|\d{4}-\d\d-\d\d"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:your|my|the|some|new|old|example|dummy|fake|change)[-_ ]?(?:own)?[-_ ]?(?:pass|pw|secret|token|key|me)"
    r"|(?:pass(?:word|wd)|secret|token|value|none|null|true|false|redacted|hidden|masked|managed|encrypted|required"
    r"|disabled?|enabled|unset|missing|string|varchar|text|str|optional|default|unknown|placeholder|omitted)\W*\d?$",
    re.IGNORECASE,
)


def is_secret_value(text: str) -> bool:
    """Whether a text beside a name such as ``password`` is a value, not a word about one or a reference to one."""
    bare = text.strip().strip("\"'`,;")
    if not 6 <= len(bare) <= 4096 or re.search(r"[\s()\[\]]", bare):  # a sentence, or code that fetches it
        return False
    if _REFERENCE.match(bare) or _PLACEHOLDER.match(bare):
        return False
    if bare.isdigit():
        return len(bare) >= 8
    return bool(re.search(r"[A-Za-z]", bare) and re.search(r"[0-9!@#$%^&*+=?~]", bare))


def is_strong(text: str) -> bool:
    """Whether a text is a password even where its name proves little: letters, digits and a special character."""
    bare = text.strip().strip("\"'`,;.:")
    return len(bare) >= 8 and is_secret_value(bare) and all(map(re.search, (r"[0-9]", r"[!@#$%^&*+?~]"), (bare, bare)))


def is_secret_name(name: object) -> bool:
    """Whether this is a name of a secret."""
    return isinstance(name, str) and bool(_NAME.fullmatch(name.strip())) and not _HARMLESS_NAME.fullmatch(name)


def is_named_secret(name: object, value: object) -> bool:
    """Whether a value is the secret that its name says; of values below such a name only those that are strong."""
    if isinstance(value, str):
        weak = isinstance(name, str) and bool(_WEAK_NAME.fullmatch(name.strip()))
        named = is_secret_name(name) and (is_secret_value(value) or is_passphrase(value))
        return named or (weak and is_strong(value))
    below = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return is_secret_name(name) and any(isinstance(item, str) and is_strong(item) for item in below)


# ---- judges of the forms ---------------------------------------------------------------------------------------


def quoted(text: str) -> bool:
    """The same as ``is_secret_value`` of a value in quotes: a word of letters counts too."""
    bare = text.strip()
    letters = len(bare) >= 6 and bare.isalpha() and not _PLACEHOLDER.match(bare)
    return letters or is_secret_value(bare) or is_passphrase(bare)


def address(text: str) -> bool:
    """The password of an address: anything but a placeholder."""
    return not re.fullmatch(r"\*+|\.{3}|x{3,}|pass(?:word)?|secret|[$<{%].*", text, re.IGNORECASE)


def is_login(text: str) -> bool:
    """What stands beside a user's name: strong, or mixed as no name is."""
    bare = html.unescape(text).strip().strip("\"'`,;.:")
    person = re.fullmatch(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[a-z\d_]+[#@:+]\d+", bare)
    return not person and not _REFERENCE.match(bare) and (is_strong(bare) or is_mixed(bare) or is_random(bare))


def is_key(text: str) -> bool:
    """What stands beside the name of a key: digits of it, in whatever base."""
    bare = text.strip()
    plain = len(bare) >= 16 and bare.isalnum() and len(re.findall("[0-9]+", bare)) >= 2 and not bare.isdigit()
    return is_random(bare) or (not _REFERENCE.match(bare) and (plain or is_mixed(bare)))


def is_one_time(text: str) -> bool:
    """A code that is drawn: no name of an error, no digest."""
    return is_random(text) and not re.fullmatch(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})", text)


def is_wrapped(first: str, rest: str) -> bool:
    """A value that goes on in the next line: its first part is no word, the whole is strong."""
    odd = re.search(r"[A-Za-z]", first) and re.search(r"[^A-Za-z.,:]", first)
    return bool(odd) and (is_login(first + rest) or is_key(first + rest))


def is_strange(text: str) -> bool:
    """As many different signs as chance brings, in the digits of base64: no path, no digest, no text in base64."""
    if not all(map(re.search, ("[A-Z]", "[a-z]", "[0-9]"), (text,) * 3)) or not is_random(text):
        return False
    share = [count / len(text) for count in Counter(text).values()]
    return -sum(part * log2(part) for part in share) > 4.4 and not _text_in_base64(text)


def credential(text: str) -> bool:
    """What follows ``Basic`` or ``Bearer``: no word of a sentence."""
    return not (text.isalpha() and text.islower())


def _text_in_base64(text: str) -> bool:
    try:
        return base64.b64decode(text).decode().isprintable()
    except ValueError:
        return False


def always(_: str) -> bool:
    """Where the form is proof enough."""
    return True
