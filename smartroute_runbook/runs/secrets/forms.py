"""The forms of secrets in a text: tokens that their prefix gives away, addresses, SQL, headers, names with values.

A form is looked at where the text holds one of its hints (in small letters): most texts hold none. What the group ``v``
matches is judged by a function; without the group the form is proof enough.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .values import Judge, address, always, credential, is_secret_value, is_strong, quoted

__all__ = ["FORMS", "Form", "form"]


class Form(NamedTuple):
    """How one kind of secret is written."""

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    judge: Judge


def form(name: str, hints: str, pattern: str, judge: Judge = always) -> Form:
    """A form: its hints parted by blanks, none for every text; the pattern reads small letters and capitals alike."""
    return Form(name, tuple(hints.split()), re.compile(pattern, re.IGNORECASE), judge)


_WORD = (
    r"(?:pass(?:word|wd|phrase)|secret[-_]?(?:string|(?:access[-_]?)?key)|(?:client[-_]?)?secret|api[-_]?key"
    r"|private[-_]?key|(?:access|auth|refresh|session|bearer|id)[-_]?token)(?:[-_]?(?:old|new|\d))?"
)
_NAMED = rf"(?:(?<![A-Za-z:])(?:pg)?|(?-i:(?<=[a-z])(?=[A-Z]))){_WORD}[\\\"'`*]*"
_IS = r"\s*(?::(?!:)=?|::\s|=>?|->\s)\s*"
_QUOTED = r"(?:Secret\w*\()?[bruNE]?\\*[\"'`](?P<v>[^\"'`\n\\]{6,})\\*[\"'`]"
_BARE = r"(?P<v>[^\s\"'`\\&<>|,;]{6,})"
_NAMES = "pass secret key token"

_AWS = (
    # Prefixes of IAM unique identifiers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    form("an AWS access key id", "akia asia", r"(?<![A-Za-z0-9])(?-i:(?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Za-z0-9])"),
    form(
        "an AWS secret access key",
        "secret",
        r"(?:aws_?)?secret(?:_?access)?(?:_?key)?[\"'\s:=\\>]{1,8}(?-i:[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    # Of COPY and UNLOAD: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
    form(
        "a symmetric key", "master_symmetric_key", r"master_symmetric_key[\"'\s:=\\]{1,8}(?-i:[A-Za-z0-9/+]{40,})={0,2}"
    ),
    form(
        "an AWS session token", "token", r"(?:session|security|metadata)[-_]?token[\"'\s:=\\>]{1,8}[A-Za-z0-9/+%=]{40}"
    ),
    form("a signed S3 address", "x-amz-signature", r"X-Amz-Signature=[0-9a-f]{64}"),
    form(
        "a signed address",
        "signature= sig=",
        r"(?:[?&;]|\b(?:CloudFront|X-Goog)-)(?:Signature|sig)=(?:[A-Za-z0-9/+_~-]|%[0-9a-f]{2}){20,}",
    ),
)

_KEYS = (
    form("a private key", "private", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    form("a PGP message", "pgp", r"-----BEGIN PGP MESSAGE-----"),
    form(
        "a private key",
        "age-secret-key putty-user-key b3blbnnzac1rzxktdje",  # the last: how an OpenSSH key begins in base64
        r"AGE-SECRET-KEY-1[A-Z0-9]{20,}|PuTTY-User-Key-File-|(?-i:b3BlbnNzaC1rZXktdjE)",
    ),
    form("a private key", '"kty"', r"\"kty\"[^{}]*?\"[dk]\"\s*:\s*\"[A-Za-z0-9_-]{32,}\""),
    form("a password's hash", "$2 $1$ $5$ $6$ $argon2", r"\$(?:2[aby]\$\d\d|[156]|argon2id?)\$[./A-Za-z0-9$=,+]{22,}"),
)

_TOKENS = (
    form(
        "a web token",
        "eyj",
        r"(?<![A-Za-z0-9])(?-i:eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|eyJ[\w-]{8,}\.[\w-]{16,}\.[\w-]{8,}\.[\w-]{16,}\.[\w-]{16,})",
    ),
    form(
        "a GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"(?<![A-Za-z0-9])(?-i:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    form("a GitLab token", "glpat-", r"(?<![A-Za-z0-9])(?-i:glpat-[A-Za-z0-9_-]{20,})"),
    form(
        "a Slack token",
        "xox xapp-",
        r"(?<![A-Za-z0-9])(?-i:xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,})",
    ),
    form(
        "a webhook's address",
        "hooks.slack.com webhook api.telegram.org",
        r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,}|/api/webhooks/\d+/[\w-]{40,}"
        r"|webhook\.office\.com/webhookb2/\S{60,}|api\.telegram\.org/bot\d+:[\w-]{30,}",
    ),
    form(
        "a service's key",
        "sk-ant- sk-proj- sk-svcacct- sk-admin- hvs. dop_v1_ dapi sg. hf_ accesskey= accountkey=",
        r"(?<![A-Za-z0-9])(?-i:sk-(?:ant|proj|svcacct|admin)-[\w-]{20,}|hvs\.[\w-]{20,}|dop_v1_[0-9a-f]{40,}"
        r"|dapi[0-9a-f]{32}\b|SG\.[\w-]{16,}\.[\w-]{16,}|hf_[A-Za-z]{30,}|(?:Account|SharedAccess)Key=[A-Za-z0-9/+]{40,})",
    ),
    form(
        "a service's key",
        "shpat_ nrak- glsa_ lin_api_ dckr_pat_ sntrys_ tskey- dp.pt. .atlasv1. gocspx- ya29. pul- rubygems_ _auth=",
        r"(?<![A-Za-z0-9])(?-i:shpat_[0-9a-f]{32}|NRAK-[A-Z0-9]{27}|glsa_\w{32,}|lin_api_\w{32,}|dckr_pat_[\w-]{20,}"
        r"|sntrys_eyJ\w{20,}|tskey-\w+-\w+-\w{20,}|dp\.pt\.\w{40,}|\w{14}\.atlasv1\.\w{60,}|GOCSPX-[\w-]{28}"
        r"|ya29\.[\w-]{30,}|pul-[0-9a-f]{40}|rubygems_[0-9a-f]{40,}|_auth=[A-Za-z0-9+/=]{20,})",
    ),
    form("a Stripe key", "_live_ _test_", r"(?<![A-Za-z0-9])(?-i:[sr]k_(?:live|test)_[A-Za-z0-9]{16,})"),
    form("a Google key", "aiza", r"(?<![A-Za-z0-9])(?-i:AIza[A-Za-z0-9_-]{35})"),
    form(
        "a package registry's token",
        "npm_ pypi-",
        r"(?<![A-Za-z0-9])(?-i:npm_[A-Za-z0-9]{36}|pypi-AgEI[A-Za-z0-9_-]{30,})",
    ),
)

_SENT = (
    form("a password in an address", "://", r"[a-z][a-z0-9+.-]*://[^\s/:\"'<>]*:(?P<v>[^\s/@\"'<>]{2,})@", address),
    form(
        "an authorization header",
        "authorization",
        r"authorization[\"'\\]*\s*[:=,]\s*[\"'\\]*(?:basic|bearer|token)\s+(?P<v>[A-Za-z0-9+/=._~-]{8,})",
        credential,
    ),
    form("a bearer's token", "bearer", r"(?-i:\bBearer)\s+(?P<v>[A-Za-z0-9+/=._~-]{24,})", is_secret_value),
    form(
        "a session's cookie",
        "cookie",
        r"cookie[\"']*\s*[:=][^\n]*?\b\w*(?:sess|token|auth)\w*=(?P<v>[^;\s\"']{16,})",
        is_secret_value,
    ),
    form(
        "a token in an address",
        "token=",
        r"[?&#](?:(?:access|auth|id|api|session)_)?token=(?P<v>[A-Za-z0-9%+/=._~-]{16,})",
        is_secret_value,
    ),
    form("a password", "curl wget http", r"\s(?:-u|--user)[ =][\w.@-]+:(?P<v>[^\s\"'@]{4,})", address),
    form(
        "a password",
        "sshpass mysql docker pass:",
        r"(?:\b(?:sshpass|mysql(?:dump)?|docker\s+login)\b[^\n|;]*?\s-p\s?|-pass(?:in|out)\s+pass:)(?P<v>[^\s\"']{6,})",
        is_secret_value,
    ),
    form(
        "a password",
        _NAMES,
        r"(?<!\S)--(?:[a-z]+-)*(?:password|passphrase|secret|token|api-key)[ =]+(?P<v>(?!-)[^\s\"'<>|&;]{6,})",
        is_secret_value,
    ),
    form(
        "a line of a password file",
        ":",
        r"(?m:^)[\w.*-]+:(?:\d{4,5}|\*):[\w*.-]+:[\w*.-]+:(?P<v>[^\s:]{6,})(?m:$)",
        is_secret_value,
    ),
)

_IN_SQL = (
    form(
        "a password in SQL",
        "password identified",
        r"\b(?:PASSWORD|IDENTIFIED\s+BY)(?:\s|/\*[^*]*\*/)+(?:E?'{1,2})(?P<v>[^'\n]{4,})'",
        quoted,
    ),
    form(
        "a password in SQL",
        "password identified",
        r"\b(?:PASSWORD|IDENTIFIED\s+BY)\s+\$\w*\$(?P<v>[^$\n]{4,})\$",
        quoted,
    ),
    form("a password in SQL", "password identified", r"\bPASSWORD\s+'(?P<v>md5[0-9a-f]{32}|sha256\|[^'\n]+)'"),
)

_NAMED_VALUES = (
    form(
        "a password",
        _NAMES,
        rf"\b(?:name|key)[\\\"']*\s*[:=]\s*[\\\"']*(?:\w+[_.-])?{_WORD}"
        r"(?:[\\\"',\s]*value[\\\"']*\s*[:=]\s*[\\\"']*|\"\s*>)(?P<v>[^\s\"'\\,<]{6,})",
        is_secret_value,
    ),
    form(
        "a password",
        _NAMES,
        rf"<(?P<t>(?:\w+[_.:-])?{_WORD})(?:\s[^<>]*)?>\s*(?P<v>[^\s<>]{{6,}})\s*</(?P=t)>",
        is_secret_value,
    ),
    form("a password", "password", r"value=[\"'](?P<v>[^\"'<>]{6,})[\"'][^<>]*type=[\"']password", is_secret_value),
    form("a password", "pwd", r"\bpwd=(?P<v>[^;\s\"'&<>/]{4,});", address),
    form("a password", "pwd", r"\bpwd=\{(?P<v>[^{}\s]{6,})\}", is_secret_value),
    form("a password", _NAMES, rf"{_NAMED}{_IS}{_QUOTED}", quoted),
    form("a password", _NAMES, rf"{_NAMED}{_IS}{_BARE}", is_secret_value),
    form("a password", "pwd", rf"(?<![A-Za-z])pwd[\\\"'`]*{_IS}\\*[\"']?{_BARE}", is_secret_value),
    form(
        "a password",
        "pass pw",
        rf"(?<![A-Za-z])(?:pass|pw)[\\\"'`]*{_IS}\\*[\"'`]?(?P<v>[^\s\"'`\\<>|,;]{{8,}})",
        is_strong,
    ),
    form("a password", _NAMES, rf"[\"']{_WORD}[\"'],\s*[bru]?[\"'](?P<v>[^\"'\s]{{8,}})[\"']", is_strong),
    form(
        "a password",
        "pass",
        r"\bpass(?:word|wd|phrase|wort)[\"'`*:]{0,4}\s+(?:(?:is|was)\s+)?[\"'`]?(?P<v>[^\s\"'`<>|]{8,})",
        is_strong,
    ),
    form(
        "a token",
        "token",
        r"(?<![A-Za-z_-])token[\\\"'`]*\s*[:=]\s*\\*[\"'](?P<v>[^\"'\s\\]{20,})\\*[\"']",
        is_secret_value,
    ),
    form(
        "a password",
        _NAMES,
        rf"{_NAMED}[ ]*(?:[|│┃]|\t|</t[hd]>\s*<t[hd][^>]*>)[ ]*(?P<v>[^\s|│┃<]{{6,}})",
        is_secret_value,
    ),
)

FORMS: tuple[Form, ...] = (*_AWS, *_KEYS, *_TOKENS, *_SENT, *_IN_SQL, *_NAMED_VALUES)
