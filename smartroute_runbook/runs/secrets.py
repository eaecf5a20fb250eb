"""What a secret looks like, wherever it stands in a text: rules of form, ours alone.

A rule names what it sees; the secret itself is never kept. A rule that sees too much would cost a week's work, so a
bare ``password: ...`` counts only where its value is no word, no reference and no placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

__all__ = ["SECRET_NAME", "SECRET_WORD", "is_secret_value", "masked", "seen"]

_WORD = (
    r"(?:pass(?:word|wd|phrase)|(?:client[-_]?)?secret|api[-_]?key|private[-_]?key"
    r"|(?:access|auth|refresh|session|bearer)[-_]?token)"
)
_NAMED = rf"(?<![A-Za-z:])(?:pg)?{_WORD}"
_IS = r"[\\\"']*\s*[:=]\s*[\\\"']*"
SECRET_NAME = re.compile(
    r"(?:.*[_\s.-])?(?:(?:user|db|master|admin)?pass(?:word|wd|phrase)|pwd|pw|secret|secret_?(?:access_?)?key|api_?key"
    r"|private_?key|(?:access|auth|refresh|session|bearer|security)?_?token|credentials?)",
    re.IGNORECASE,
)
"""A name of a column, a key or a parameter (the whole of it) whose value is a secret."""

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


SECRET_WORD = re.compile(r"pass(?:word|wd|phrase)|pwd|secret|token|api_?key|credential", re.IGNORECASE)
"""A text without any of these has no name of a secret."""


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


def _quoted(text: str) -> bool:
    """The same of a value in quotes: a word of letters counts too."""
    bare = text.strip()
    letters = len(bare) >= 6 and bare.isalpha() and not _PLACEHOLDER.match(bare)
    return letters or is_secret_value(bare)


def _address(text: str) -> bool:
    """The password of an address: anything but a placeholder."""
    return not re.fullmatch(r"\*+|\.{3}|x{3,}|pass(?:word)?|secret|[$<{%].*", text, re.IGNORECASE)


def _credential(text: str) -> bool:
    """What follows ``Basic`` or ``Bearer``: no word of a sentence."""
    return not (text.isalpha() and text.islower())


def _always(_: str) -> bool:
    return True


_Judge = Callable[[str], bool]
_RULES: tuple[tuple[str, tuple[str, ...], re.Pattern[str], _Judge], ...] = tuple(
    # What a text must hold (in small letters) before its form is looked at: most texts hold none of it.
    (name, tuple(hints.split()), re.compile(pattern, re.IGNORECASE), judge)
    for name, hints, pattern, judge in (
        # Prefixes of IAM unique identifiers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        (
            "an AWS access key id",
            "akia asia",
            r"(?<![A-Za-z0-9])(?-i:(?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Za-z0-9])",
            _always,
        ),
        (
            "an AWS secret access key",
            "secret",
            r"(?:secret_?access_?key|aws_?secret(?:_?key)?)[\"'\s:=\\]{1,8}(?-i:[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
            _always,
        ),
        (
            "an AWS session token",
            "token",
            r"(?:session|security)[-_]?token[\"'\s:=\\]{1,8}[A-Za-z0-9/+%=]{40}",
            _always,
        ),
        ("a private key", "private", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----", _always),
        ("a PGP message", "pgp", r"-----BEGIN PGP MESSAGE-----", _always),
        ("a password in an address", "://", r"[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]+:(?P<v>[^\s/@\"'<>]{2,})@", _address),
        ("a signed S3 address", "x-amz-signature", r"X-Amz-Signature=[0-9a-f]{64}", _always),
        (
            "a signed address",
            "signature= sig=",
            r"[?&;](?:Signature|sig)=(?:[A-Za-z0-9/+_~-]|%[0-9a-f]{2}){20,}",
            _always,
        ),
        (
            "a web token",
            "eyj",
            r"(?<![A-Za-z0-9])(?-i:eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})",
            _always,
        ),
        (
            "an authorization header",
            "authorization",
            r"authorization[\"'\\]*\s*[:=,]\s*[\"'\\]*(?:basic|bearer|token)\s+(?P<v>[A-Za-z0-9+/=._~-]{8,})",
            _credential,
        ),
        (
            "a GitHub token",
            "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
            r"(?<![A-Za-z0-9])(?-i:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})",
            _always,
        ),
        ("a GitLab token", "glpat-", r"(?<![A-Za-z0-9])(?-i:glpat-[A-Za-z0-9_-]{20,})", _always),
        ("a Slack token", "xox", r"(?<![A-Za-z0-9])(?-i:xox[abeoprs]-[A-Za-z0-9-]{10,})", _always),
        ("a Slack webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,}", _always),
        ("a Slack token", "xapp-", r"(?<![A-Za-z0-9])(?-i:xapp-\d-[A-Za-z0-9-]{10,})", _always),
        (
            "a service's key",
            "sk-ant- sk-proj- hvs. dop_v1_ dapi sg. hf_ accountkey=",
            r"(?<![A-Za-z0-9])(?-i:sk-(?:ant|proj)-[\w-]{20,}|hvs\.[\w-]{20,}|dop_v1_[0-9a-f]{40,}|dapi[0-9a-f]{32}\b)",
            _always,
        ),
        (
            "a service's key",
            "sg. hf_ accountkey=",
            r"(?<![A-Za-z0-9])(?-i:SG\.[\w-]{16,}\.[\w-]{16,}|hf_[A-Za-z]{30,}|AccountKey=[A-Za-z0-9/+]{40,})",
            _always,
        ),
        (
            "a private key",
            "age-secret-key putty-user-key",
            r"AGE-SECRET-KEY-1[A-Z0-9]{20,}|PuTTY-User-Key-File-",
            _always,
        ),
        ("a Stripe key", "_live_ _test_", r"(?<![A-Za-z0-9])(?-i:[sr]k_(?:live|test)_[A-Za-z0-9]{16,})", _always),
        ("a Google key", "aiza", r"(?<![A-Za-z0-9])(?-i:AIza[A-Za-z0-9_-]{35})", _always),
        (
            "a package registry's token",
            "npm_ pypi-",
            r"(?<![A-Za-z0-9])(?-i:npm_[A-Za-z0-9]{36}|pypi-AgEI[A-Za-z0-9_-]{30,})",
            _always,
        ),
        (
            "a password in SQL",
            "password identified",
            r"\b(?:PASSWORD|IDENTIFIED\s+BY)(?:\s|/\*[^*]*\*/)+(?:E?'{1,2}|\$\w*\$)(?P<v>[^'$\n]{4,})['$]",
            _quoted,
        ),
        (
            "a password in SQL",
            "password identified",
            r"\bPASSWORD\s+'(?P<v>(?:md5[0-9a-f]{32}|sha256\|[^'\n]+))'",
            _always,
        ),
        (
            "a password",
            "pass secret key token",
            r"(?<!\S)--(?:[a-z]+-)*(?:password|passphrase|secret|token|api-key)[ =]+(?P<v>(?!-)[^\s\"'<>|&;]{6,})",
            is_secret_value,
        ),
        ("a password", "curl wget http", r"\s(?:-u|--user)[ =][\w.@-]+:(?P<v>[^\s\"'@]{4,})", _address),
        (
            "a line of a password file",
            ":",
            r"(?m:^)[\w.*-]+:\d{4,5}:[\w*.-]+:[\w*.-]+:(?P<v>[^\s:]{6,})(?m:$)",
            is_secret_value,
        ),
        (
            "a password",
            "pass secret key token",
            rf"\b(?:name|key)[\\\"']*\s*[:=]\s*[\\\"']*(?:\w+[_.-])?{_WORD}[\\\"',\s]*value{_IS}(?P<v>[^\s\"'\\,]{{6,}})",
            is_secret_value,
        ),
        (
            "a password",
            "pass secret key token",
            rf"<(?P<t>(?:\w+[_.-])?{_WORD})(?:\s[^<>]*)?>\s*(?P<v>[^\s<>]{{6,}})\s*</(?P=t)>",
            is_secret_value,
        ),
        ("a password", "pwd", r"\bpwd=(?P<v>[^;\s\"'&<>/]{4,});", _address),
        (
            "a password",
            "pass secret key token",
            rf"{_NAMED}[\\\"'`]*\s*[:=]\s*(?:Secret\w*\()?\\*[\"'](?P<v>[^\"'\n\\]{{6,}})\\*[\"']",
            _quoted,
        ),
        (
            "a password",
            "pass secret key token",
            rf"{_NAMED}[\\\"'`]*\s*[:=]\s*(?P<v>[^\s\"'\\&<>|,;]{{6,}})",
            is_secret_value,
        ),
        ("a password", "pwd", r"\bpwd[\\\"'`]*\s*[:=]\s*\\*[\"']?(?P<v>[^\s\"'\\&<>|,;]{6,})", is_secret_value),
        (
            "a token",
            "token",
            r"(?<![A-Za-z_-])token[\\\"'`]*\s*[:=]\s*\\*[\"'](?P<v>[^\"'\s\\]{20,})\\*[\"']",
            is_secret_value,
        ),
        (
            "a password",
            "pass secret key token",
            rf"{_NAMED}[ ]*(?:[|│┃]|\t|</t[hd]>\s*<t[hd][^>]*>)[ ]*(?P<v>[^\s|│┃<]{{6,}})",
            is_secret_value,
        ),
    )
)


def seen(text: str, *, broken: bool = False) -> Iterator[tuple[str, int, int]]:
    """What secrets a text shows: the name of the rule, and where the match begins and ends.

    Args:
        text: to be looked at.
        broken: it was put together from its lines: only forms that nothing else has count.
    """
    small = text.lower()
    for name, hints, pattern, judge in _RULES:
        if broken and judge is not _always:
            continue
        for match in pattern.finditer(text) if any(hint in small for hint in hints) else ():
            if judge(match["v"] if "v" in pattern.groupindex else ""):
                yield name, *(match.span("v") if "v" in pattern.groupindex else match.span())


def masked(text: str) -> str:
    """A text for a message, without what looks like a secret and without the known ones of this process."""
    from .known_secrets import known_secrets

    for name, value in known_secrets().items():
        text = text.replace(value, f"[value of {name}]")
    for name, start, end in sorted(seen(text), key=lambda found: -found[1]):
        text = f"{text[:start]}[{name}]{text[end:]}"
    return text
