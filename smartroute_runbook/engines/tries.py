"""Counts retries of AWS calls: they make a response late, and do not show otherwise."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

__all__ = ["Tries", "count_tries", "counting"]


@dataclass
class Tries:
    """Tries that failed since it was made, of the calls made in its context."""

    failed: int = 0


#: A context and not a thread: PyAthena starts a query in a thread of its own, with a copy of its caller's context.
_now: ContextVar[Tries | None] = ContextVar("tries", default=None)
_ID = "smartroute-runbook-tries"


def count_tries(client: Any) -> None:
    """Count the failed tries of a boto3 client's calls from now on, within ``counting``."""
    client.meta.events.register("needs-retry", _count_try, unique_id=_ID)


def counting() -> Tries:
    """Count the failed tries of this thread, and of threads started for it, from now on."""
    tries = Tries()
    _now.set(tries)
    return tries


def _count_try(response: Any = None, caught_exception: BaseException | None = None, **_: Any) -> None:
    """Called by botocore after every try with its outcome; does not decide about another try."""
    tries = _now.get()
    status = response[0].status_code if response is not None else 0
    if tries is not None and (caught_exception is not None or status >= 400):
        tries.failed += 1
