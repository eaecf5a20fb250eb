"""What became of a request, by the kind of its error: never by its sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from smartroute_runbook.errors import AccessDenied, Unreachable

__all__ = ["FAILED", "Outcome", "outcome_of"]

Outcome = Literal["answered", "late", "throttled", "unreachable", "denied", "refused"]
"""``late``: no answer in time, whether or not one came afterwards. ``refused``: any other error of the engine."""

FAILED: tuple[Outcome, ...] = ("late", "throttled", "unreachable", "denied", "refused")

_THROTTLES = frozenset((
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "SlowDown", "ActiveStatementsExceededException", "ActiveSessionsExceededException",
))  # fmt: skip
"""Error codes of AWS that say: not so often (botocore's own list, and the Data API's)."""
_STATES: dict[str, Outcome] = {"57014": "late", "53300": "throttled", "53000": "throttled", "53400": "throttled"}
"""SQLSTATEs: cancelled by its statement_timeout; too many connections, too few resources (PostgreSQL, appendix A)."""


def outcome_of(error: BaseException | None) -> Outcome:
    """Which kind of failure an error is; ``answered`` for none."""
    if error is None:
        return "answered"
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, dict) and response.get("Error", {}).get("Code") in _THROTTLES:
            return "throttled"
        fields = cause.args[0] if cause.args else None
        if isinstance(fields, dict) and fields.get("C") in _STATES:
            return _STATES[str(fields["C"])]
    if isinstance(error, AccessDenied):
        return "denied"
    return "unreachable" if isinstance(error, (Unreachable, OSError)) else "refused"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
