"""Deeply nested queries: generated ones hold hundreds of terms, each a level of the tree."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

__all__ = ["with_deep_stack"]

T = TypeVar("T")
FRAMES: Final = 60_000
STACK: Final = 512 * 1024 * 1024  # bytes, reserved and not used until they are
_ONE_AT_A_TIME = threading.Lock()


def with_deep_stack(work: Callable[[], T]) -> T:
    """The result of some work; when the stack is too small for it, of doing it again on a larger one.

    Raises:
        RecursionError: the larger one is too small as well.
    """
    try:
        return work()
    except RecursionError:
        pass
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # handed to whoever waits
            answer.set_exception(error)

    with _ONE_AT_A_TIME:
        frames, size = sys.getrecursionlimit(), threading.stack_size(STACK)
        sys.setrecursionlimit(max(frames, FRAMES))
        try:
            thread = threading.Thread(target=run, name="deep")
            thread.start()
            thread.join()
        finally:
            threading.stack_size(size)
            sys.setrecursionlimit(frames)
    return answer.result()
