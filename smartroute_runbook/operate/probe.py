"""Ask the dashboard while it is switched: as its users do, and the candidate by itself, one query after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType

from smartroute_runbook.api.routing import CANDIDATE, CONTROL

from .attempt import AttemptLog, Taken
from .dashboard import Answer, Dashboard

__all__ = ["Probe"]

_KEEP_EVERY = 0.5  # seconds between two writes of the requests to the store: what a kill may lose
_IN_A_ROW = 2  # failures of one query until it counts as failing: one lost packet moves no dashboard
_PAUSE = 0.02  # seconds between two rounds while somebody waits for the first answers


class Probe:
    """Requests in a thread, as a context manager; the last of them are kept when it ends.

    Args:
        dashboard: what is asked.
        queries: names, in turn.
        log: where each request is kept.

    Attributes:
        candidate_too: whether the candidate is asked by itself, too.
        every: seconds between two rounds. Athena bills each request, so nobody is asked without need.
    """

    def __init__(self, dashboard: Dashboard, queries: Sequence[str], log: AttemptLog) -> None:
        self._dashboard, self._queries, self._log = dashboard, tuple(queries), log
        self.candidate_too = False
        self.every = self._began = 0.0
        self._taken: list[Taken] = []
        self._unkept: list[Taken] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)

    def __enter__(self) -> Probe:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.finish()

    def finish(self) -> None:
        """End the requests, and keep the last of them."""
        self._stop.set()
        self._thread.join(timeout=60)
        self._keep()

    def add(self, taken: Sequence[Taken]) -> None:
        """Requests that somebody else made for the same attempt."""
        with self._lock:
            self._taken += taken
            self._unkept += taken

    def since(self, moment: float) -> list[Taken]:
        """The requests asked at this moment (monotonic) or later."""
        with self._lock:
            return [one for one in self._taken if one.at >= moment]

    def trouble(self, moment: float) -> str:
        """Why the candidate is not to be trusted with requests since a moment; '' for no reason."""
        if self._error is not None:
            return f"the requests can no longer be kept: {self._error}"
        row: dict[tuple[str, str], int] = {}
        for one in self.since(moment):
            answer = one.answer
            if one.asked == CONTROL or (not one.asked and answer.engine == CONTROL and not answer.fallback):
                continue  # the control's own failures are nothing that going back could mend
            why = one.wrong and f"another answer than {CONTROL.title()}'s: {one.wrong}"
            why = why or answer.error or answer.fallback
            if one.wrong:
                return f"{answer.query}: {why}"
            key = (answer.query, one.asked)
            row[key] = row.get(key, 0) + 1 if why else 0
            if row[key] >= _IN_A_ROW:
                return f"{answer.query}: {why}"
        return ""

    def answered_by(self, engine: str, moment: float) -> float | None:
        """Seconds from a moment until users had every query from this engine, and from no other since; None: not yet.

        A dashboard of many containers may go on answering from the old engine here and there: its last such answer
        counts.
        """
        first: dict[str, float] = {}
        for one in self.since(moment):
            if one.asked:
                continue
            if one.answer.engine == engine and not one.answer.error and _follows(one.answer, engine):
                first.setdefault(one.answer.query, one.at)
            else:
                first.pop(one.answer.query, None)
        return max(first.values()) - moment if set(first) == set(self._queries) and first else None

    def candidate_answered(self, moment: float) -> bool:
        """Whether the candidate itself answered every query since a moment."""
        found = {one.answer.query for one in self.since(moment) if one.asked == CANDIDATE and not one.answer.error}
        return found >= set(self._queries)

    def _run(self) -> None:
        due = time.monotonic() + _KEEP_EVERY
        try:
            while not self._stop.is_set():
                self._began = time.monotonic()
                for query in self._queries:
                    if self._stop.is_set():
                        return
                    self._ask(query, "")
                    if self.candidate_too:
                        self._ask(query, CANDIDATE)
                    if time.monotonic() >= due:
                        self._keep()
                        due = time.monotonic() + _KEEP_EVERY
                self._rest()
        except BaseException as error:  # told by ``trouble``: a probe that ended is no green one
            self._error = error

    def _rest(self) -> None:
        """Until the next round is due; that may become sooner meanwhile."""
        self._stop.wait(_PAUSE)
        if time.monotonic() - self._began < self.every:
            self._keep()
        while time.monotonic() - self._began < self.every and not self._stop.is_set():
            self._stop.wait(_PAUSE)

    def _ask(self, query: str, engine: str) -> None:
        for _ in range(_IN_A_ROW):  # what failed is asked again at once
            at = time.monotonic()
            taken = Taken(at, self._dashboard.ask(query, engine), engine)
            self.add([taken])
            if not taken.answer.error:
                return

    def _keep(self) -> None:
        with self._lock:
            rows, self._unkept = self._unkept, []
        self._log.keep(rows)


def _follows(answer: Answer, engine: str) -> bool:
    """Whether an API that says its route has seen that everything goes to the control; one that says none has.

    What the control answers in place of the candidate was asked of the candidate first.
    """
    return engine != CONTROL or (answer.route in ("", CONTROL) and not answer.fallback)
