"""The two engines of the week: their sessions, how they are set up, and where they say that the time went."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from smartroute_runbook.engines import Rows, Spent
from smartroute_runbook.engines.result_cache import label_session, quoted, set_result_cache
from smartroute_runbook.engines.tries import count_tries
from smartroute_runbook.errors import RunbookError, ServiceError, Unreachable

from .generator import Sent, Side
from .registration import Registration
from .samples import done

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Arms", "Engines"]

_AT_ONCE = 8  # sessions labelled side by side


class Arms(Protocol):
    """What a week needs of its two engines."""

    def sides(self) -> tuple[Side, Side]:
        """Control and candidate, ready."""
        ...

    def begin(self, label: str) -> None:
        """An epoch begins: the candidate's history will know it by this label."""
        ...

    def spent(self, label: str, asked: Sequence[Sent]) -> list[Spent | None]:
        """Where the candidate says that the time of each request of an epoch went; None where it does not."""
        ...

    def renew(self, control: set[int], candidate: set[int]) -> None:
        """Replace sessions that are still busy with what nobody waits for."""
        ...

    def close(self) -> None:
        """End all sessions."""
        ...


class Engines:
    """The run's own engines.

    Athena is one client that many threads use; Redshift is a session each, with its result cache as registered and a
    ``statement_timeout``, so that the cluster does not go on with what nobody waits for.

    Args:
        run: the run.
        registration: how many sessions, and what they are asked.

    Raises:
        Unreachable: the cluster does not answer, and nothing is kept yet. Later that is an outage, which is counted.
    """

    def __init__(self, run: Run, registration: Registration) -> None:
        self._run, self._registration = run, registration
        count = registration.sessions
        self._athena = run.athena(connections=count + 2)
        count_tries(self._athena.client)
        if run.settings.redshift.transport == "data-api":
            count_tries(run.clients.boto("redshift-data"))
        # One after another: a user's temporary password may be replaced by the next one that is asked for.
        self._sessions: list[Any] = self._opened_all(count)
        self._pids = [_pid(session) for session in self._sessions]
        if isinstance(self._sessions[0], _Unopened) and not done(run.store, run.id, registration):
            raise self._sessions[0].error

    def _opened_all(self, count: int) -> list[Any]:
        """So many sessions; once the cluster is out of reach the rest is not tried, each would wait as long."""
        opened: list[Any] = []
        while len(opened) < count:
            try:
                opened.append(self._opened())
            except (Unreachable, OSError) as error:
                opened += [_Unopened(error)] * (count - len(opened))
        return opened

    def _opened(self) -> Any:
        session, wanted = self._run.redshift(), self._registration
        set_result_cache(session, on=wanted.result_cache)
        with contextlib.suppress(ServiceError):  # an engine without one is bounded by its driver alone
            session.execute(f"SET statement_timeout TO {max(1, round(1000 * wanted.answer_seconds))}")
        return session

    def sides(self) -> tuple[Side, Side]:
        """Control and candidate."""
        questions = self._registration.questions
        control = Side([self._athena] * len(self._sessions), [one.control for one in questions], self._athena.stop)
        return control, Side(list(self._sessions), [one.candidate for one in questions])

    def begin(self, label: str) -> None:
        """Label every session; one that broke meanwhile (a night, a patch of the cluster) is replaced."""
        with ThreadPoolExecutor(_AT_ONCE, "sessions") as pool:
            labelled = list(pool.map(lambda session: label_session(session, label), self._sessions))
        broken = {number for number, done in enumerate(labelled) if not done}
        self.renew(set(), broken)
        for number in broken:
            label_session(self._sessions[number], label)

    def spent(self, label: str, asked: Sequence[Sent]) -> list[Spent | None]:
        """By SYS_QUERY_HISTORY: within a session, statements stand in the order in which they were asked."""
        costs: list[Spent | None] = [None] * len(asked)
        history = _history(self._sessions, label)
        for number, pid in enumerate(self._pids):
            mine = sorted((a.started, place) for place, a in enumerate(asked) if a.session == number)
            reported = history.get(pid, [])
            if len(reported) == len(mine):
                for (_, place), spent in zip(mine, reported, strict=True):
                    costs[place] = spent
        return costs

    def renew(self, control: set[int], candidate: set[int]) -> None:  # noqa: ARG002 - Athena's calls are each their own
        """Close the candidate's busy sessions, which ends their statements, and open others.

        Where none can be opened the candidate is out of reach: what is asked next fails, and is counted.
        """
        for number in candidate:
            with contextlib.suppress(RunbookError, OSError):
                self._sessions[number].close()
        try:
            opened = self._opened_all(len(candidate))
        except RunbookError as error:  # a password that was changed meanwhile
            opened = [_Unopened(error)] * len(candidate)
        for number, session in zip(candidate, opened, strict=True):
            self._sessions[number], self._pids[number] = session, _pid(session)

    def close(self) -> None:
        """Close the sessions."""
        for session in self._sessions:
            session.close()


class _Unopened:
    """In place of a session that could not be opened: whatever is asked of it fails as opening it did."""

    name = "redshift"

    def __init__(self, error: RunbookError | OSError) -> None:
        self.error = error if isinstance(error, RunbookError) else Unreachable(str(error))

    def query(self, _sql: str, _parameters: Sequence[Any] = ()) -> Rows:
        """Fails."""
        raise type(self.error)(self.error.what, expected=self.error.expected, hint=self.error.hint)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Fails."""
        self.query(sql, parameters)
        return -1

    def close(self) -> None:
        """Nothing to end."""


def _pid(session: Any) -> int:
    """The session's number in SYS_QUERY_HISTORY; -1 where the engine does not say."""
    try:
        return int(session.query("SELECT pg_backend_pid()").scalar())
    except (ServiceError, IndexError, ValueError):
        return -1


def _history(sessions: Sequence[Any], label: str) -> dict[int, list[Spent]]:
    """Per session, what SYS_QUERY_HISTORY says of the statements with a label; times are microseconds there."""
    if not sessions:
        return {}
    try:
        rows = (
            sessions[0]
            .query(
                "SELECT session_id, queue_time, planning_time, compile_time, execution_time, result_cache_hit "  # noqa: S608  (quoted label)
                f"FROM sys_query_history WHERE query_label = {quoted(label)} AND query_type = 'SELECT' "
                "ORDER BY session_id, start_time, query_id"
            )
            .rows
        )
    except ServiceError:
        return {}
    by_session: dict[int, list[Spent]] = {}
    for session, *times, hit in rows:
        queue, planning, compilation, execution = (float(value or 0) / 1000 for value in times)
        by_session.setdefault(int(session), []).append(Spent(queue, planning, compilation, execution, bool(hit)))
    return by_session
