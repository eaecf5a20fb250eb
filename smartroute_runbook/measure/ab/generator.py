"""The load generator: every request has its moment on both engines, whether or not they are ready for it.

Each session is a thread that takes the next request of its side, sleeps until its moment, and asks. Latency counts from
that moment: who waits for a session waits. What the generator itself is late by (a session was free, and the thread was
not awake in time) is told apart, because then the sample says nothing of the engine.

Everything ends: when the last request is due, answers have ``answer_seconds`` to come in; then what is out is stopped
and counts as late, and sessions that are still busy are given up.
"""

from __future__ import annotations

import contextlib
import heapq
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from smartroute_runbook.engines import Engine, Rows
from smartroute_runbook.engines.tries import counting

__all__ = ["PairRequest", "Sent", "Side", "Stopped", "fire"]

_SECOND_AFTER = 0.001  # seconds between the two sides of a pair: the order is drawn, and kept
_SWITCH = 0.0005  # seconds that a thread may hold the interpreter while another one is due


class Stopped(Exception):
    """Somebody asked to stop: what was under way counts for nothing."""


@dataclass(frozen=True)
class PairRequest:
    """One pair: seconds after the epoch's begin, what is asked, and of which side first (0 control, 1 candidate)."""

    at: float
    question: int
    first: int = 0


@dataclass
class Sent:
    """What became of a request on one side; times in seconds after the epoch's begin.

    Attributes:
        finished: None as long as there is no answer.
        own_lag: seconds by which the generator was late although a session was free.
        session: the place of its session.
        tries: that failed before the answer.
    """

    scheduled: float
    started: float = 0.0
    finished: float | None = None
    answer: Rows | None = None
    error: BaseException | None = None
    own_lag: float = 0.0
    session: int = -1
    tries: int = 0

    def latency(self, ended: float) -> float:
        """Seconds from the scheduled start; until ``ended`` where there is no answer."""
        return max(0.0, (ended if self.finished is None else self.finished) - self.scheduled)


@dataclass(frozen=True)
class Side:
    """One engine: its sessions, and its text of each question.

    Attributes:
        give_up: stops what is under way, for whoever will not wait any longer.
    """

    sessions: Sequence[Engine]
    texts: Sequence[str]
    give_up: Callable[[], None] = lambda: None


def fire(
    sides: tuple[Side, Side], requests: Sequence[PairRequest], *, answer_seconds: float, stop: threading.Event
) -> tuple[list[Sent], list[Sent], float]:
    """Ask every request of both sides at its moment.

    Args:
        sides: control and candidate.
        requests: in the order of their moments.
        answer_seconds: how long answers have to come in after the last moment.
        stop: set by whoever wants it to end now.

    Returns:
        What became of each request on the control and on the candidate, and when it was over (seconds).

    Raises:
        Stopped: ``stop`` was set.
    """
    queues = [_Queue(requests, number) for number in (0, 1)]
    left = threading.Semaphore(0)
    with _responsive():
        begin = time.perf_counter() + 0.02  # so that every thread sleeps when the first moment comes
        for side, waiting in zip(sides, queues, strict=True):
            for number, engine in enumerate(side.sessions):
                ask = _Worker(engine, number, side.texts, waiting, begin, stop, left)
                threading.Thread(target=ask, daemon=True).start()
        deadline = begin + (requests[-1].at if requests else 0.0) + _SECOND_AFTER + answer_seconds
        _wait(left, 2 * len(requests), deadline, stop)
    ended = time.perf_counter() - begin
    for side, waiting in zip(sides, queues, strict=True):
        if waiting.close():
            side.give_up()
    if stop.is_set():
        raise Stopped
    for side, waiting in zip(sides, queues, strict=True):
        _own_lags(waiting.asked, len(side.sessions))
    return queues[0].asked, queues[1].asked, ended


def _wait(left: threading.Semaphore, count: int, deadline: float, stop: threading.Event) -> None:
    """Until so many requests are answered, the deadline has come, or somebody stops."""
    for _ in range(count):
        while not left.acquire(timeout=max(0.0, min(0.2, deadline - time.perf_counter()))):
            if stop.is_set() or time.perf_counter() >= deadline:
                return


class _Queue:
    """The requests of one side, handed out in the order of their moments."""

    def __init__(self, requests: Sequence[PairRequest], side: int) -> None:
        self._lock, self._next, self._open = threading.Lock(), 0, True
        moments = [(r.at + (0.0 if r.first == side else _SECOND_AFTER), n) for n, r in enumerate(requests)]
        self._order = [n for _, n in sorted(moments)]
        self._requests = requests
        self.asked = [Sent(at) for at, _ in moments]

    def take(self) -> tuple[Sent, int] | None:
        """The next request and its question; None where there is none left."""
        with self._lock:
            if not self._open or self._next >= len(self._order):
                return None
            number = self._order[self._next]
            self._next += 1
        return self.asked[number], self._requests[number].question

    def settle(self, asked: Sent, **found: object) -> bool:
        """Note what became of a request, unless it is over; whether it was noted."""
        with self._lock:
            if self._open:
                for name, value in found.items():
                    setattr(asked, name, value)
            return self._open

    def close(self) -> bool:
        """Nothing is noted any more; whether a request is still out."""
        with self._lock:
            self._open = False
            return any(one.finished is None for one in self.asked)


@dataclass(frozen=True)
class _Worker:
    """One session's thread."""

    engine: Engine
    number: int
    texts: Sequence[str]
    waiting: _Queue
    begin: float
    stop: threading.Event
    left: threading.Semaphore

    def __call__(self) -> None:
        while (taken := self.waiting.take()) is not None:
            asked, question = taken
            pause = self.begin + asked.scheduled - time.perf_counter()
            if pause > 0 and self.stop.wait(pause):
                return
            started = time.perf_counter() - self.begin
            self.waiting.settle(asked, started=started, session=self.number)
            tries, answer, error = counting(), None, None
            try:
                answer = self.engine.query(self.texts[question])
            except Exception as problem:
                error = problem
            finished = time.perf_counter() - self.begin
            found = {"finished": finished, "answer": answer, "error": error, "tries": tries.failed}
            if not self.waiting.settle(asked, **found):
                return
            self.left.release()


def _own_lags(asked: Sequence[Sent], sessions: int) -> None:
    """How late each request began although a session was free: the generator's own part of its latency."""
    free = [0.0] * sessions  # when each session is free again
    for one in sorted((one for one in asked if one.session >= 0), key=lambda one: one.started):
        one.own_lag = max(0.0, one.started - max(one.scheduled, free[0]))
        heapq.heapreplace(free, max(free[0], one.finished if one.finished is not None else float("inf")))


@contextlib.contextmanager
def _responsive() -> Iterator[None]:
    """While requests have their moments, no thread may keep the interpreter for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
