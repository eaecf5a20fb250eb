"""Secrets must not reach the record: an executed notebook is scanned before it is sealed.

A finding names the rule and the place, never the secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.errors import Refused

__all__ = ["Finding", "refuse_secrets", "scan"]

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Prefixes of IAM unique identifiers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    ("an AWS access key id", re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])")),
    (
        "an AWS secret access key",
        re.compile(
            r"(?i)(secret_?access_?key|aws_?secret(_?key)?)[\"'\s:=]{1,6}(?-i:[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
    ),
    ("an AWS session token", re.compile(r"(?i)session_?token[\"'\s:=]{1,6}[A-Za-z0-9/+]{60}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a password in an address", re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]+:(?!\*+@)[^\s/@\"'<>]{2,}@")),
    ("a signed S3 address", re.compile(r"X-Amz-Signature=[0-9a-f]{64}", re.IGNORECASE)),
    (
        "a password",
        re.compile(r"(?i)\b(password|passwd|pwd)[\"']?\s*[:=]\s*[\"'](?![\"']|\*+[\"']|\$\{|<)[^\"'\s]{6,}[\"']"),
    ),
)
_ENV_NAME = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
_REFERENCE = re.compile(r"^(arn:|/|https?://|s3://|~|\./)")


@dataclass(frozen=True)
class Finding:
    """What was found where; the secret itself is not kept."""

    rule: str
    place: str


def scan(notebook: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> list[Finding]:
    """Look for secrets in every text of a notebook: sources, outputs, error messages, metadata.

    Args:
        notebook: the notebook as JSON types.
        environment: variables whose values are secrets when their names say so; the process's own by default.
    """
    values = _environment_secrets(os.environ if environment is None else environment)
    found: dict[Finding, None] = {}
    for place, text in _texts(notebook):
        for rule, pattern in _RULES:
            if pattern.search(text):
                found[Finding(rule, place)] = None
        for name, value in values.items():
            if value in text:
                found[Finding(f"the value of {name}", place)] = None
    return list(found)


def refuse_secrets(notebook: Mapping[str, Any], name: str) -> None:
    """Stop before a notebook with a secret is sealed.

    Raises:
        Refused: says which cell shows what kind of secret.
    """
    found = scan(notebook)
    if found:
        shown = "; ".join(f"{f.rule} in {f.place}" for f in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise Refused(
            f"{name} is not sealed, because it shows {shown}{more}",
            hint="Change the secret, delete this file, correct the cell and run it again",
        )


def _environment_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Values worth looking for: long enough, not a word, not a reference to a secret kept elsewhere."""
    return {
        name: value
        for name, value in environment.items()
        if _ENV_NAME.search(name) and len(value) >= 8 and not value.isalpha() and not _REFERENCE.match(value)
    }


def _texts(notebook: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, cell in enumerate(notebook.get("cells", ()), start=1):
        place = f"cell '{cell.get('id') or number}'"
        for text in _strings({key: value for key, value in cell.items() if key not in ("outputs", "id")}):
            yield place, text
        for output in cell.get("outputs", ()):
            for text in _strings(output):
                yield f"the output of {place}", text
    for text in _strings({key: value for key, value in notebook.items() if key != "cells"}):
        yield "the metadata", text


def _strings(value: Any, key: str = "") -> Iterator[str]:
    """All strings below a value, lines of one text joined, pictures left out."""
    if isinstance(value, str):
        if not key.startswith("image/"):
            yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            if isinstance(item, (str, int)) and not isinstance(item, bool) and not str(name).startswith("image/"):
                yield f"{name}: {item!r}"
            yield from _strings(item, str(name))
    elif isinstance(value, (list, tuple)):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value) if not key.startswith("image/") else ""
        else:
            for item in value:
                yield from _strings(item, key)
