"""Answers that are given again for a while, and asked for once however many want them at the same moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["KeptAnswers", "within"]

T = TypeVar("T")
Answer = dict[str, Any]
_MOST_KEPT = 200


class KeptAnswers:
    """Answers by key.

    Without it, every user whose panel is refreshed in the moment in which an answer is too old asks the engine anew.

    Args:
        seconds: how long an answer is given again; 0: every request asks for itself.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._asked: dict[Hashable, Future[Answer]] = {}

    def of(self, key: Hashable, ask: Callable[[], Answer], patience: float) -> tuple[Answer, float]:
        """The answer that is kept, or the one that is being asked for, or a new one; and for how many seconds it is.

        Args:
            key: of what is asked.
            ask: asks the engine; what it raises, all who wait for it get. An answer with ``fallback`` is not kept.
            patience: seconds to wait for another request's answer.

        Raises:
            TimeoutError: the other request's answer did not come.
        """
        if not self._seconds:
            return ask(), 0.0
        with self._lock:
            until, answer = self._kept.get(key, (0.0, {}))
            left = until - time.monotonic()
            if left > 0:
                return answer, left
            waiting = self._asked.get(key)
            if waiting is None:
                mine = self._asked[key] = Future()
        if waiting is not None:
            return _result(waiting, patience), self._seconds
        try:
            answer = ask()
        except BaseException as error:
            self._ended(key)
            mine.set_exception(error)
            raise
        self._ended(key, answer)
        mine.set_result(answer)
        return answer, self._seconds

    def _ended(self, key: Hashable, answer: Answer | None = None) -> None:
        with self._lock:
            del self._asked[key]
            if answer is None or "fallback" in answer:
                return
            self._kept[key] = time.monotonic() + self._seconds, answer
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns, if it does so in time: a call that hangs in a socket holds no user.

    It goes on in a thread of its own, where the engine cancels its statement; what it returns then is dropped.

    Raises:
        TimeoutError: it took longer.
    """
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return _result(done, seconds)


def _result(future: Future[T], seconds: float) -> T:
    try:
        return future.result(timeout=max(0.0, seconds))
    except TimeoutError:
        if future.done():
            raise  # the work's own
        raise TimeoutError(f"no answer within {seconds:g} s") from None
