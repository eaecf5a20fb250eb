"""The engine parameter as the API follows it: read at most every few seconds, kept while SSM does not answer."""

from __future__ import annotations

import threading
import time
from typing import Any

__all__ = ["CachedRoute"]

_RETRY_SECONDS = 1.0
"""After a failed read: who waited for it does not read again in turn."""


class CachedRoute:
    """The parameter's value, read anew when it is older than so many seconds.

    Args:
        ssm: a boto3 client.
        name: the parameter's.
        seconds: how long a value is used.
    """

    def __init__(self, ssm: Any, name: str, seconds: float) -> None:
        self._ssm, self._name, self._seconds = ssm, name, seconds
        self._value, self._until = "", 0.0
        self._reading = threading.Lock()

    def value(self) -> str:
        """The value of at most so many seconds ago; '' while it was never read: then the control answers."""
        if time.monotonic() < self._until:
            return self._value
        # One request reads; the others wait for it only where there is no value yet.
        if not self._reading.acquire(blocking=not self._value):
            return self._value
        try:
            if time.monotonic() >= self._until:
                self._read()
        finally:
            self._reading.release()
        return self._value

    def _read(self) -> None:
        began = time.monotonic()
        try:
            self._value = str(self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"])
        except Exception:  # the last value stays true until SSM answers again; a trial ends by its own clock
            self._until = time.monotonic() + _RETRY_SECONDS
            return
        self._until = began + self._seconds
