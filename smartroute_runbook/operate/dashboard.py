"""The dashboard's API as its users see it: each query of the dashboard, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from smartroute_runbook.api.routing import CANDIDATE, Route
from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.runs.secrets.scanning import without_secrets

from .parameter import EngineParameter

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Answer", "Dashboard", "engine_parameter"]

USERS_PATIENCE = 30.0
"""Seconds that a user's request may take, and the control: from it there is nothing to go back to."""


@dataclass(frozen=True)
class Answer:
    """One request.

    Attributes:
        engine: which engine answered; ``?`` when that is not known.
        milliseconds: on the client's side.
        error: why it failed; '' when it did not.
        fallback: why the control answered in place of the candidate; '' when it did not.
        route: the parameter's value that the API followed, where it says so.
    """

    query: str
    engine: str
    milliseconds: float
    error: str = ""
    fallback: str = ""
    route: str = ""
    columns: tuple[str, ...] = field(default=(), metadata=VOLATILE, repr=False)
    rows: tuple[Sequence[Any], ...] = field(default=(), metadata=VOLATILE, repr=False)


def engine_parameter(run: Run) -> EngineParameter:
    """The engine parameter of a run."""
    settings = run.settings.dashboard
    return EngineParameter(run.clients.at_once("ssm"), settings.engine_parameter, settings.switch_seconds)


class Dashboard:
    """The dashboard of a run; its address and its engine are SSM parameters.

    Raises:
        ServiceError: SSM does not tell its address.
    """

    def __init__(self, run: Run) -> None:
        self.parameter = engine_parameter(run)
        self._deadline = run.settings.dashboard.answer_seconds
        self.url = self.parameter.value(run.settings.dashboard.url_parameter).rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise ServiceError(f"The dashboard's address is '{self.url}'", expected="http:// or https://")

    def route(self) -> Route:
        """Where the requests go, by the parameter."""
        return self.parameter.read()

    def engine(self) -> str:
        """Which engine the parameter names."""
        return self.route().engine

    def ask(self, query: str, engine: str = "", timeout: float = 0) -> Answer:
        """Ask one query; a failure is an answer too.

        Args:
            query: its name.
            engine: ask this one, whatever the parameter says; '' asks as users do.
            timeout: seconds; by default ``dashboard.answer_seconds`` for the candidate, else what a user waits.
        """
        patience = self._deadline if engine == CANDIDATE else max(self._deadline, USERS_PATIENCE)
        where = f"{self.url}/api/{quote(query, safe='')}" + (f"?engine={engine}" if engine else "")
        return self._asked(query, engine, where, timeout or patience)

    def _asked(self, query: str, engine: str, where: str, timeout: float) -> Answer:
        started = time.perf_counter()
        body: dict[str, Any] = {}
        error = route = ""
        try:
            with urllib.request.urlopen(where, timeout=timeout) as response:  # noqa: S310 - see __init__
                route, body = response.headers.get("Engine-Route") or "", _body(response)
            if "engine" not in body:
                error = "the answer names no engine"
            elif engine and body["engine"] != engine:
                error = f"{engine} was asked, {body['engine']} answered: the API does not take ?engine="
        except urllib.error.HTTPError as refused:
            with refused:
                route, body = refused.headers.get("Engine-Route") or "", _body(refused)
            error = str(body.get("error") or f"HTTP {refused.code}")
        except TimeoutError:
            error = f"no answer within {timeout:g} s"
        except (OSError, http.client.HTTPException) as broken:
            late = isinstance(getattr(broken, "reason", None), TimeoutError)
            error = f"no answer within {timeout:g} s" if late else str(broken) or type(broken).__name__
        milliseconds = (time.perf_counter() - started) * 1000
        error, fallback = without_secrets(error), without_secrets(str(body.get("fallback") or ""))
        by = str(body.get("engine") or engine or "?")
        columns, rows = tuple(map(str, body.get("columns") or ())), tuple(body.get("rows") or ())
        return Answer(query, by, milliseconds, error, fallback, route, columns, rows)


def _body(response: Any) -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none."""
    try:
        body = json.load(response)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
