"""Everything that must be true before week 1, each as one line: ok, or what to do."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from smartroute_runbook.errors import RunbookError, explained
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Table, View

from . import checks, parameter_checks, promises
from .checks import Said, State
from .permissions import boundary, permissions
from .reach import reach

__all__ = ["Line", "Preflight", "preflight"]


@dataclass(frozen=True)
class Line:
    """One thing looked at: ``note`` does not stop anything, ``fail`` does."""

    name: str
    state: State
    said: str
    hint: str = ""


@dataclass(frozen=True)
class Preflight:
    """All lines."""

    environment: str
    lines: tuple[Line, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stops week 1."""
        return all(line.state != "fail" for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """``ready`` and the lines: name, state (ok, note, fail), said, hint."""
        return {"environment": self.environment, "ready": self.ready, "lines": [vars(line) for line in self.lines]}

    def view(self) -> View:
        """One row a line."""
        tones: Any = tuple({"ok": "good", "note": "plain", "fail": "bad"}[line.state] for line in self.lines)
        rows = tuple((line.state, line.name, "\n".join(filter(None, (line.said, line.hint)))) for line in self.lines)
        failed = sum(line.state == "fail" for line in self.lines)
        title = f"Preflight {self.environment}: " + (f"{failed} to mend" if failed else "ready")
        table = Table(("", "looked at", "found, and what to do"), rows, tones=tones)
        return View(title, (table,), "bad" if failed else "good")


def preflight(run: Run) -> Preflight:
    """Look at everything, at several things at once; one that fails does not keep the others from being looked at.

    Without credentials, or a region that exists, each question to AWS would fail of the same cause, after as many
    attempts as ``aws.attempts`` says: then that cause is told once, and what could not be looked at is counted.
    """
    seen = {name: _looked_at(run, name) for name in _WITHOUT_AWS}
    unseen = [name for name in CHECKS if name not in seen]
    if not any(line.state == "fail" for name in _WAY_TO_AWS for line in seen[name]):
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # nearly all of it is waiting for answers
            seen |= zip(unseen, pool.map(partial(_looked_at, run), unseen), strict=True)
        unseen = []
    lines = [line for name in CHECKS for line in seen.get(name, ())]
    if unseen:
        unseen_text = f"{len(unseen)} more are not looked at: {', '.join(unseen)}"
        lines.append(Line("AWS", "note", unseen_text, "First mend what fails above, then run this again"))
    return Preflight(run.environment, tuple(lines))


def _looked_at(run: Run, name: str) -> list[Line]:
    lines: list[Line] = []
    try:
        with explained(name[0].upper() + name[1:]):
            for state, message, hint in CHECKS[name](run):  # one by one: what was seen before a failure stays
                lines.append(Line(name, state, message, hint))
    except RunbookError as error:
        wanted = f"expected {error.expected}. " if error.expected else ""
        hint = error.hint or "Correct the parameters, or ask for the permission that AWS names"
        lines.append(Line(name, "fail", error.what, wanted + hint))
    return lines


def _lenient(check: Callable[[Run], Said]) -> Callable[[Run], Said]:
    """A check that may be beyond the caller's permissions without stopping anything."""

    def checked(run: Run) -> Said:
        try:
            with explained("Asking"):
                yield from list(check(run))
        except RunbookError as error:
            yield "note", f"cannot be told: {error.what}", ""

    return checked


_WAY_TO_AWS = ("region", "credentials")
_WITHOUT_AWS = ("versions", "region", "names", "node type", "credentials", "files")
"""What is asked of this machine and its files alone."""
_AT_ONCE = 8

CHECKS: dict[str, Callable[[Run], Said]] = {
    "versions": checks.versions,
    "region": promises.region,
    "names": promises.names,
    "node type": checks.node,
    "credentials": checks.credentials,
    "permissions": _lenient(permissions),
    "permissions boundary": _lenient(boundary),
    "tables in Glue": checks.tables,
    "Athena workgroup": checks.workgroup,
    "query history": checks.history,
    "lake bucket": checks.bucket,
    "staging area": parameter_checks.staging,
    "files": parameter_checks.files,
    "record": promises.record,
    "audit": promises.audit,
    "days": promises.days,
    "dashboard": parameter_checks.dashboard,
    "network": checks.network,
    "KMS key": checks.key,
    "node offer": _lenient(checks.offer),
    "quotas": _lenient(checks.quota),
    "cluster": reach,
}
