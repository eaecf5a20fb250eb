"""Point the dashboard at an engine: asked before, watched while it changes, and back by itself when it goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smartroute_runbook.api.routing import CANDIDATE, CONTROL, EngineName, Route
from smartroute_runbook.errors import RunbookError, ServiceError, StaleProposal

from .agreement import Agreement, Proven
from .attempt import AttemptLog, Taken
from .dashboard import Dashboard
from .probe import Probe

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Trouble", "to_candidate", "to_control"]

_PAUSE = 0.02  # seconds between two looks at what the probe saw


class Trouble(ServiceError):
    """The candidate is not to be trusted with the dashboard's requests."""


def to_control(run: Run, queries: Iterable[str], *, before: Route | None = None) -> dict[str, Any]:
    """Send every request to Athena and ask until each query is answered by it; what cannot be recorded stops nothing.

    Args:
        run: the run.
        queries: names.
        before: the route from before, where the parameter is set to Athena already.

    Returns:
        What the journal was told: seconds, requests, failures; ``unrecorded`` where it could not be.

    Raises:
        ServiceError: SSM refused; or Athena does not answer every query in time; the hint says what the
            parameter is then.
    """
    names, patience = tuple(sorted(queries)), run.settings.dashboard
    dashboard = Dashboard(run)
    log = AttemptLog(run, CONTROL, 100, str(before or dashboard.route()), forgiving=True)
    with Probe(dashboard, names, log) as probe:
        if before is None:
            time.sleep(patience.probe_seconds / 2)
        started = time.monotonic()
        version = dashboard.parameter.write(Route(CONTROL))  # before anything is recorded: going back waits for nothing
        log.begin()
        seconds, why = _answered(probe, CONTROL, started, patience.switch_seconds), ""
        if seconds is None:
            why = _unanswered(probe, CONTROL, names, started, patience.switch_seconds)
    more = {"why": why} if why else {}
    facts = log.end("switch-failed" if why else "switched", CONTROL, seconds, version=version, **more)
    if why:
        raise ServiceError(why, hint=_left_at(dashboard))
    return facts | ({"unrecorded": log.unrecorded} if log.unrecorded else {})


def to_candidate(
    run: Run,
    queries: Iterable[str] | Mapping[str, Proven],
    agreement: Agreement,
    shares: Sequence[int] = (100,),
    *,
    stay: bool = True,
    still: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Send the dashboard's requests to Redshift, share by share, as a trial that ends by itself when nobody renews it.

    Args:
        run: the run.
        queries: names.
        agreement: compares the answers, before and at each share.
        shares: percent of the requests, rising.
        stay: whether the last share becomes the dashboard's route; else the trial is left to end by itself.
        still: asked before each share is set: raises where the gate is not signed any more, or rows are others.

    Returns:
        What the journal was told: seconds, requests, failures, and each share.

    Raises:
        Trouble: Redshift did not answer in time, failed, or answered otherwise than Athena. Before the first share
            nothing was changed; later the dashboard is back on Athena.
        Refused: the gate was taken back meanwhile, or rows were loaded again; the dashboard is back on Athena.
    """
    return _Cutting(run, tuple(sorted(queries)), agreement, tuple(shares), stay=stay, still=still).run()


class _Cutting:
    """One attempt to give the candidate the dashboard's requests."""

    def __init__(
        self, run: Run, names: Sequence[str], agreement: Agreement, shares: Sequence[int], *, stay: bool,
        still: Callable[[], None],
    ) -> None:  # fmt: skip
        self._settings, self._names, self._agreement = run.settings.dashboard, names, agreement
        self._dashboard = Dashboard(run)
        self._shares, self._stay, self._still = shares, stay, still
        self._parameter = self._dashboard.parameter
        (self._before, self._version) = self._parameter.versioned()
        self._set = self._before
        self._log = AttemptLog(run, CANDIDATE, 100 if stay else shares[-1], str(self._before))
        self._renew_at = 0.0

    def run(self) -> dict[str, Any]:
        self._log.begin()
        with Probe(self._dashboard, self._names, self._log) as probe:
            try:
                self._ask_first(probe)
            except BaseException as error:
                raise self._given_up(probe, error, str(self._before), begun=False) from error
            try:
                stages, seconds = self._raise_shares(probe)
                self._still()
                self._own()  # last: nothing that takes time lies between this look and the write
                if self._stay:
                    self._write(Route(CANDIDATE))
                    self._settle(probe)
            except BaseException as error:
                left = self._back(probe, error)
                raise self._given_up(probe, error, left, begun=True) from error
        return self._log.end("switched", str(self._set), seconds, shares=stages, version=self._version)

    def _ask_first(self, probe: Probe) -> None:
        """Every query on both sides, before a single user is moved."""
        probe.candidate_too = True
        began = time.monotonic()
        self._compare(probe)
        while not probe.candidate_answered(began):
            self._look(probe, began)
            time.sleep(_PAUSE)

    def _raise_shares(self, probe: Probe) -> tuple[list[dict[str, Any]], float]:
        stages, first = [], time.monotonic()
        seconds = 0.0
        for share in self._shares:
            probe.every, began = 0.0, time.monotonic()
            self._still()
            self._own()
            self._renew(share)
            hold = self._settings.canary_seconds if len(self._shares) > 1 else self._settings.cache_seconds
            self._hold(probe, share, began, hold)
            self._compare(probe, share)
            since = probe.since(began)
            stages.append({"share": share, "seconds": round(time.monotonic() - began, 3), "requests": len(since)})
            if share == 100:
                seconds = (probe.answered_by(CANDIDATE, began) or 0.0) + (began - first)
        return stages, seconds or time.monotonic() - first

    def _hold(self, probe: Probe, share: int, began: float, seconds: float) -> None:
        """Stay at a share for so long, and until the candidate has answered every query, renewing the trial."""
        while True:
            self._look(probe, began)
            everybody = share < 100 or probe.answered_by(CANDIDATE, began) is not None
            if everybody and probe.candidate_answered(began):
                if time.monotonic() - began >= seconds:
                    return
                probe.every = min(self._settings.probe_every, seconds / 5)
            if time.monotonic() - began > seconds + self._settings.switch_seconds:
                raise Trouble(_unanswered(probe, CANDIDATE, self._names, began, self._settings.switch_seconds))
            if time.monotonic() >= self._renew_at:
                self._own()
                self._renew(share)
            time.sleep(_PAUSE)

    def _settle(self, probe: Probe) -> None:
        """Every query once more as users have it from now on: without a trial nobody answers in the engine's place."""
        probe.every, began = 0.0, time.monotonic()
        while probe.answered_by(CANDIDATE, began) is None or not probe.candidate_answered(began):
            self._look(probe, began)
            if time.monotonic() - began > self._settings.switch_seconds:
                raise Trouble(_unanswered(probe, CANDIDATE, self._names, began, self._settings.switch_seconds))
            time.sleep(_PAUSE)

    def _compare(self, probe: Probe, share: int | None = None) -> None:
        """The candidate's answers against the control's; the trial is renewed meanwhile."""
        for name in self._names:
            for last in (False, True):
                found = self._agreement.compare(self._dashboard, name)
                probe.add(found.taken)
                if found.wrong:
                    raise Trouble(f"{name}: another answer than {CONTROL.title()}'s: {found.wrong}")
                if not found.failed:
                    break
                if last:
                    raise Trouble(f"{name}: {found.failed}")
            if share is not None and time.monotonic() >= self._renew_at:
                self._own()
                self._renew(share)

    def _look(self, probe: Probe, since: float) -> None:
        if why := probe.trouble(since):
            raise Trouble(why)

    def _renew(self, share: int) -> None:
        self._write(self._parameter.trial(share, self._settings.trial_seconds))
        self._renew_at = time.monotonic() + self._settings.trial_seconds / 3

    def _own(self) -> None:
        """Go on only while the parameter is as this attempt set it: whoever set it meanwhile knew why."""
        now, version = self._parameter.versioned()
        if (now, version) != (self._set, self._version):
            self._set = now
            raise StaleProposal(f"Somebody set the dashboard's parameter to {now} meanwhile", hint="Ask who, and why")

    def _write(self, route: Route) -> None:
        try:
            self._version = self._parameter.write_after(route, self._version)
        except StaleProposal:
            self._set = Route(CONTROL)
            raise
        self._set = route

    def _back(self, probe: Probe, error: BaseException) -> str:
        """Every request to Athena again, before anybody is told; returns the parameter's value."""
        if isinstance(error, StaleProposal):
            return str(self._set)
        probe.every, began = 0.0, time.monotonic()
        try:
            made = self._parameter.write(Route(CONTROL))
        except RunbookError:
            return str(self._set)  # a trial: it ends by itself
        self._version = made if made == self._version + 1 else 0  # else somebody set one in between, and is told
        _answered(probe, CONTROL, began, self._settings.switch_seconds)
        return CONTROL

    def _given_up(self, probe: Probe, error: BaseException, left: str, *, begun: bool) -> BaseException:
        """Note the attempt with all its requests; the error to raise."""
        self._log.forgiving = True  # a record that cannot be written hides no error
        probe.finish()
        why = str(error) if isinstance(error, RunbookError) else type(error).__name__
        self._log.end("switch-failed", left, why=why, begun=begun, version=self._version if begun else 0)
        if not isinstance(error, ServiceError):
            return error
        if not begun:
            return Trouble(error.what, expected=error.expected, hint="Nothing was switched: no user was moved")
        back = f"The dashboard went back to {CONTROL.title()} by itself"
        trial = f"The parameter is left at {left}, which ends by itself: 'smartroute-runbook switch athena' ends it now"
        return Trouble(error.what, expected=error.expected, hint=back if left == CONTROL else trial)


def _answered(probe: Probe, engine: EngineName, since: float, timeout: float) -> float | None:
    """Seconds until users have every query from an engine; None when that does not come in time."""
    while True:
        seconds = probe.answered_by(engine, since)
        if seconds is not None or time.monotonic() - since > timeout:
            return seconds
        time.sleep(_PAUSE)


def _left_at(dashboard: Dashboard) -> str:
    """What to do where Athena did not answer, by what the parameter is now."""
    try:
        now = dashboard.route()
    except ServiceError as unknown:
        return f"The parameter was set to {CONTROL}, and cannot be read now: {unknown}"
    if now == Route(CONTROL):
        return f"The parameter is set to {CONTROL}: look at Athena's workgroup and the API"
    return f"Somebody set the parameter to {now} meanwhile: 'smartroute-runbook switch athena' sets it again"


def _unanswered(probe: Probe, engine: str, names: Sequence[str], since: float, timeout: float) -> str:
    """Which queries an engine did not answer, and the last reason."""
    taken = probe.since(since)
    good = {one.answer.query for one in taken if one.answer.engine == engine and not one.answer.error}
    missing = ", ".join(sorted(set(names) - good)) or "every query alone"
    last = next((why for one in reversed(taken) if (why := _why(one))), "no answer")
    return f"{engine} did not answer {missing} within {timeout:g} s ({last})"


def _why(one: Taken) -> str:
    return one.answer.error or one.answer.fallback
