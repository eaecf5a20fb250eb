"""How often AWS had to be asked again: retries make an answer late, and hide why."""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["count_tries", "failed_tries"]

_of_this_thread = threading.local()
_ID = "smartroute-runbook-tries"


def count_tries(client: Any) -> None:
    """Count from now on the failed tries of a boto3 client's calls, by the thread that makes them."""
    client.meta.events.register("needs-retry", _heard, unique_id=_ID)


def _heard(response: Any = None, caught_exception: BaseException | None = None, **_: Any) -> None:
    """Told by botocore after every try, with what came of it; decides nothing."""
    status = response[0].status_code if response is not None else 0
    if caught_exception is not None or status >= 400:
        _of_this_thread.count = getattr(_of_this_thread, "count", 0) + 1


def failed_tries() -> int:
    """Tries of this thread that failed since it asked last."""
    count = int(getattr(_of_this_thread, "count", 0))
    _of_this_thread.count = 0
    return count
