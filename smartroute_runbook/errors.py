"""The tree of errors.

::

    RunbookError                 exit code 1: failed
    ├── UsageError               2: wrong use: a parameter, an option, a file
    │   └── WrongParameters          several parameters of one file at once
    ├── SignatureMissing         3: a gate waits for a signature
    ├── Refused                  4: a gate, a stale proposal, a lease
    │   ├── StaleProposal            the world moved after the proposal was made
    │   ├── SignatureVoid            the evidence moved after it was signed
    │   ├── GateBlocked              the evidence itself is against it
    │   └── LeaseHeld                another process holds the run's lease
    ├── VerificationFailed       5: a record, a signature or a comparison does not hold
    └── ServiceError             1: AWS, Athena or Redshift did not do what was asked
        ├── Unreachable              no answer from an endpoint
        └── AccessDenied             credentials or permissions

Every message says what is wrong, what was expected, and what to do next.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

__all__ = [
    "AccessDenied",
    "GateBlocked",
    "LeaseHeld",
    "Refused",
    "RunbookError",
    "ServiceError",
    "SignatureMissing",
    "SignatureVoid",
    "StaleProposal",
    "Unreachable",
    "UsageError",
    "VerificationFailed",
    "WrongParameters",
    "did_you_mean",
    "explained",
    "printable",
    "visible",
]


class RunbookError(Exception):
    """Anything a person can cause or has to act on; shown as one line, never as a traceback.

    Args:
        what: what is wrong.
        expected: what was expected instead.
        hint: what to do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, expected: str = "", hint: str = "") -> None:
        self.what, self.expected, self.hint = what, expected, hint
        parts = [what, f"Expected {expected}" if expected else "", hint]
        super().__init__(visible(" ".join(_ended(part) for part in parts if part)))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback (an IPython convention)."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(RunbookError):
    """A parameter, an option or a file is wrong."""

    exit_code = 2


class WrongParameters(UsageError):
    """Several parameters of one source are wrong.

    Attributes:
        summary: how many, and where.
        each: what is wrong with each.
    """

    def __init__(self, source: str, each: Sequence[str]) -> None:
        self.summary, self.each = f"{len(each)} parameters in {source} are wrong", tuple(each)
        numbered = "; ".join(f"({n}) {one.rstrip('.')}" for n, one in enumerate(each, 1))
        super().__init__(f"{self.summary}: {numbered}", hint="Correct them and run again")


class SignatureMissing(RunbookError):
    """A gate is not signed yet."""

    exit_code = 3


class Refused(RunbookError):
    """The run may not go on."""

    exit_code = 4


class StaleProposal(Refused):
    """The world changed after the proposal was made."""


class SignatureVoid(Refused):
    """The evidence changed after it was signed."""


class GateBlocked(Refused):
    """The evidence itself says no; a signature cannot overrule it."""


class LeaseHeld(Refused):
    """Somebody else is working on this run."""


class VerificationFailed(RunbookError):
    """A record, a signature or a comparison does not hold."""

    exit_code = 5


class ServiceError(RunbookError):
    """AWS, Athena or Redshift did not do what was asked."""


class Unreachable(ServiceError):
    """An endpoint does not answer."""


class AccessDenied(ServiceError):
    """Credentials are missing, wrong or not sufficient."""


def _ended(sentence: str) -> str:
    """A sentence with one mark at its end."""
    return sentence if sentence.endswith(("?", "!")) else f"{sentence.rstrip('.')}."


def printable(text: object) -> str:
    """A name as it was given, on one line: what cannot be printed is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def visible(text: str) -> str:
    """A text with its lines and tabs as they are and every other control character written as its escape.

    Names, query texts and messages of others reach terminals, pages and records through here: an escape sequence in
    them must be seen, and must not move a cursor, hide a word or turn the direction of reading.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" or not _is_control(c) else c.encode("unicode_escape").decode() for c in text)


def _is_control(character: str) -> bool:
    # Cc controls, Cf format characters (bidirectional overrides, zero width), Cs lone surrogates, Zl and Zp line ends.
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the closest known word, or all of them when none is close and they are few."""
    names = sorted(known)
    if close := get_close_matches(word, names, n=1):
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(names)}" if len(names) <= 50 else f"None of the {len(names)} known names is close"


class explained:  # noqa: N801  (reads as a word in a with statement)
    """Turn botocore's failures into the error tree: ``with explained("Reading the cluster"): ...``."""

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            return
        from botocore import exceptions

        if isinstance(error, (exceptions.NoCredentialsError, exceptions.PartialCredentialsError)):
            raise AccessDenied(
                f"{self._doing} failed: no AWS credentials", hint="Set a profile or environment credentials"
            ) from error
        if isinstance(error, (exceptions.EndpointConnectionError, exceptions.HTTPClientError)):
            raise Unreachable(
                f"{self._doing} failed: {error}", hint="Check the network, and AWS_ENDPOINT_URL if it is set"
            ) from error
        if isinstance(error, exceptions.ClientError):
            code = error.response.get("Error", {}).get("Code", "?")
            message = f"{self._doing} failed: {error}"
            denied = {
                "AccessDenied",
                "AccessDeniedException",
                "UnauthorizedOperation",
                "InvalidClientTokenId",
                "ExpiredToken",
                "ExpiredTokenException",
                "RequestExpired",
                "UnrecognizedClientException",
            }
            if code in denied or code.startswith("AuthFailure"):
                raise AccessDenied(message, hint="'smartroute-runbook preflight' lists what is needed") from error
            raise ServiceError(message) from error
        if isinstance(error, exceptions.BotoCoreError):
            raise ServiceError(f"{self._doing} failed: {error}") from error
