"""The week as a process: epoch by epoch at its hour, each kept as soon as its answers are in.

Killed anywhere, it goes on with the first epoch that is not kept. An epoch whose hour has gone by is made up for at the
same time of a following day, so that the hours of the week stay what they were registered as.
"""

from __future__ import annotations

import contextlib
import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines import Spent
from smartroute_runbook.errors import UsageError
from smartroute_runbook.runs.lease import hold
from smartroute_runbook.runs.secrets.scanning import without_secrets

from .arms import Arms, Engines
from .comparing import Comparer, Comparison
from .generator import PairRequest, Sent, Stopped, fire
from .kept import Noting
from .outcomes import outcome_of
from .registration import Registration, current
from .rounds import Arrivals
from .samples import append, arrivals_key, done

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["WeekProgress", "ask_to_stop", "holding", "left_epochs", "run_week", "stopping"]

_GRACE = 0.25  # of an epoch: so late it may still begin in its own hour
_POLL = 20.0  # seconds between two looks for somebody who asks to stop
_SHOWN = 300  # characters of an error


@dataclass(frozen=True)
class WeekProgress:
    """How far a process came.

    Attributes:
        kept: epochs that it added; ``left`` is how many are missing now.
        stopped: why it ended before the last one; '' for nothing.
    """

    kept: int
    left: int
    stopped: str = ""


def left_epochs(run: Run, registration: Registration) -> list[tuple[int, int]]:
    """The epochs that are not kept yet; one without arrivals is never asked."""
    kept = done(run.store, run.id, registration)
    planned = ((r, e, size) for r, one in enumerate(registration.rounds) for e, size in enumerate(one.epochs))
    return [(r, e) for r, e, size in planned if size and (r, e) not in kept]


def run_week(
    run: Run,
    registration: Registration,
    *,
    hours: float | None = None,
    stop: threading.Event | None = None,
    arms: Callable[[Run, Registration], Arms] = Engines,
) -> WeekProgress:
    """Ask what is left of the week; returns when nothing is, when ``hours`` are over, or when somebody stops it.

    Args:
        run: the run.
        registration: the one that holds.
        hours: at most so long; for a scheduler that starts it again.
        stop: set by whoever wants it to end now: what is under way is asked again the next time.
        arms: opens the two engines.

    Raises:
        LeaseHeld: another process is at it.
        UsageError: the registration does not hold (any more).
    """
    stop = stop or threading.Event()
    until = None if hours is None else time.monotonic() + 3600 * hours
    left, total = left_epochs(run, registration), sum(bool(size) for one in registration.rounds for size in one.epochs)
    if left and _asked_to_stop(run):  # whoever starts it again means it
        run.record("experiment-continued", {"registration": registration.id})
    with hold(run.store, f"{run.id}/lease/experiment", "the A/B week"):
        noting = Noting(run, registration)  # what a kill left out, though nothing is left to ask
        if not left:
            return WeekProgress(0, 0)
        try:
            return _run_left(run, registration, _Asking(left, total, until, stop, arms, noting))
        finally:
            noting.flush()


@dataclass(frozen=True)
class _Asking:
    """How a process asks what is left; see ``run_week``."""

    left: list[tuple[int, int]]
    total: int
    until: float | None
    stop: threading.Event
    arms: Callable[[Run, Registration], Arms]
    noting: Noting


def _run_left(run: Run, registration: Registration, how: _Asking) -> WeekProgress:
    left, total, until, stop = how.left, how.total, how.until, how.stop
    with (
        run.progress("A/B week", total, "epochs") as line,
        contextlib.closing(how.arms(run, registration)) as opened,
    ):
        asker, kept = _Asker(run, registration, opened, stop), 0
        while left:
            line.update(total - len(left))
            epoch, due = _next(registration, left, datetime.now(UTC))
            why = _wait(run, due, until, stop)
            if why:
                return WeekProgress(kept, len(left), why)
            try:
                sha256 = asker.ask(epoch)
            except Stopped:
                return WeekProgress(kept, len(left), "stopped")
            if sha256:
                kept += 1
                how.noting.add(epoch, sha256)
            left.remove(epoch)
        line.update(total)
    return WeekProgress(kept, 0)


def _next(
    registration: Registration, left: Sequence[tuple[int, int]], now: datetime
) -> tuple[tuple[int, int], datetime]:
    """The epoch that comes next and when; one that was missed comes at the same time of a following day."""
    if not registration.paced:
        return left[0], now
    late = timedelta(seconds=_GRACE * registration.epoch_seconds)
    moments = {}
    for epoch in left:
        due = registration.due(*epoch)
        days = max(0, ceil((now - due - late) / timedelta(days=1)))
        moments[epoch] = due + timedelta(days=days)
    epoch = min(left, key=lambda one: (moments[one], one))
    return epoch, moments[epoch]


def _wait(run: Run, due: datetime, until: float | None, stop: threading.Event) -> str:
    """Sleep until an epoch is due; why it is not asked, or ''."""
    while True:
        if stop.is_set():
            return "stopped"
        if _asked_to_stop(run):
            return "somebody asked it to stop"
        seconds = (due - datetime.now(UTC)).total_seconds()
        if until is not None and time.monotonic() + max(0.0, seconds) >= until:
            return "its hours are over"
        if seconds <= 0:
            return ""
        stop.wait(min(seconds, _POLL))


def ask_to_stop(run: Run, registration: Registration, why: str) -> None:
    """Tell whatever process is at the week to end after the epoch that is under way."""
    run.record("experiment-stopped", {"registration": registration.id, "why": why, "at": datetime.now(UTC).isoformat()})


def _asked_to_stop(run: Run) -> bool:
    """Whether the newest word on the week is that it stops, or that its registration is withdrawn."""
    stops = ("experiment-withdrawn", "experiment-stopped")
    words = [e.kind for e in run.journal.of("experiment-registered", "experiment-continued", *stops)]
    return bool(words) and words[-1] in stops


@contextlib.contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """While this lasts, SIGINT and SIGTERM stop the week; a second one ends the process as ever."""
    before: dict[int, Any] = {}

    def on_signal(number: int, _frame: Any) -> None:
        stop.set()
        signal.signal(number, before[number])

    for one in (signal.SIGINT, signal.SIGTERM):
        before[one] = signal.signal(one, on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Asker:
    """Asks one epoch after the other, and keeps its pairs."""

    def __init__(self, run: Run, registration: Registration, arms: Arms, stop: threading.Event) -> None:
        self._run, self._registration, self._arms, self._stop = run, registration, arms, stop
        data = run.store.get(arrivals_key(run.id, registration))
        self._arrivals = Arrivals.read(_same(data, registration))
        self._comparer = Comparer(registration.questions)

    def ask(self, place: tuple[int, int]) -> str:
        """Ask an epoch and keep it: its file's SHA-256; '' where another process kept it."""
        registration, wanted = self._registration, self._arrivals.of(*place)
        label = f"{registration.label}-{registration.id[:8]}-{place[0]}-{place[1]}"
        self._arms.begin(label)
        requests = [
            PairRequest(float(at), int(question), int(first))
            for at, question, first in zip(wanted.at, wanted.question, wanted.first, strict=True)
        ]
        began = datetime.now(UTC).isoformat(timespec="milliseconds")
        control, candidate, ended = fire(
            self._arms.sides(), requests, answer_seconds=registration.answer_seconds, stop=self._stop
        )
        self._arms.renew(_busy(control), _busy(candidate))
        spent = self._arms.spent(label, candidate)
        rows = [
            self._row(number, request, pair, used, ended)
            for number, (request, *pair, used) in enumerate(zip(requests, control, candidate, spent, strict=True))
        ]
        return append(self._run.store, self._run.id, registration, place, rows, began)

    def _row(
        self, number: int, request: PairRequest, pair: Sequence[Sent], used: Spent | None, ended: float
    ) -> dict[str, Any]:
        control, candidate = pair
        question = self._registration.questions[request.question]
        comparison = None
        if control.answer is not None and candidate.answer is not None:
            comparison = self._comparer.compare(request.question, control.answer, candidate.answer)
        spent = (control.answer.spent if control.answer else None, used)
        late = max(control.own_lag, candidate.own_lag) > self._registration.lag_seconds
        cached = not self._registration.result_cache and any(one is not None and one.cached for one in spent)
        row: dict[str, Any] = {
            "arrival": number, "question": request.question, "query": question.query, "at": request.at,
            "first": request.first, "void": late or cached,
            "answers": comparison.verdict if comparison else None,
            "why": without_secrets(comparison.why) if comparison and comparison.why else None,
        }  # fmt: skip
        for side, (name, asked) in enumerate(zip(("control", "candidate"), pair, strict=True)):
            row |= {f"{name}_{key}": value for key, value in self._of_side(asked, spent[side], ended).items()}
            row |= {f"{name}_{key}": value for key, value in _kept_answer(comparison, side).items()}
        return row

    def _of_side(self, asked: Sent, spent: Spent | None, ended: float) -> dict[str, Any]:
        latency, answer = asked.latency(ended), asked.answer
        outcome = outcome_of(asked.error)
        if asked.finished is None or (outcome == "answered" and latency > self._registration.answer_seconds):
            outcome = "late"
        service = None if asked.finished is None else round(1000 * (asked.finished - asked.started), 3)
        return {
            "ms": round(1000 * latency, 3), "service_ms": service, "own_lag_ms": round(1000 * asked.own_lag, 3),
            "outcome": outcome, "error": without_secrets(str(asked.error))[:_SHOWN] if asked.error else None,
            "tries": asked.tries, "bytes": answer.bytes_scanned if answer else 0,
            "queue_ms": spent.queue if spent else None, "planning_ms": spent.planning if spent else None,
            "compile_ms": spent.compilation if spent else None, "execution_ms": spent.execution if spent else None,
            "cached": spent.cached if spent else None,
        }  # fmt: skip


def _kept_answer(comparison: Comparison | None, side: int) -> dict[str, str | None]:
    if comparison is None or comparison.verdict != "different":
        return {"digest": None, "rows": None}
    return {"digest": comparison.digests[side], "rows": without_secrets(comparison.rows[side])[: 10 * _SHOWN]}


def _busy(asked: Sequence[Sent]) -> set[int]:
    return {one.session for one in asked if one.finished is None and one.session >= 0}


def _same(data: bytes, registration: Registration) -> bytes:
    if hashlib.sha256(data).hexdigest() != registration.arrivals:
        raise UsageError("The arrivals are not those that were registered", hint="Restore the record from a backup")
    return data


def holding(run: Run) -> Registration:
    """The registration that holds.

    Raises:
        UsageError: there is none.
    """
    held = current(run)
    if held is None:
        raise UsageError(
            "No experiment is registered", hint="The notebook of week 3 registers it, before its first sample"
        )
    return held
