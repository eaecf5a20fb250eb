"""The dashboard's API as its users see it: each query of the dashboard, asked over HTTP."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Answer", "Dashboard"]


@dataclass(frozen=True)
class Answer:
    """One request: which engine answered, how long it took (milliseconds, client side), and the error if it failed."""

    query: str
    engine: str
    milliseconds: float
    error: str = ""


class Dashboard:
    """The dashboard of a run; its address and its engine are SSM parameters."""

    def __init__(self, run: Run) -> None:
        self._ssm = run.clients.boto("ssm")
        self._settings = run.settings.dashboard
        self.url = self._parameter(self._settings.url_parameter).rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise ServiceError(f"The dashboard's address is '{self.url}'", expected="http:// or https://")

    def _parameter(self, name: str) -> str:
        with explained(f"Reading parameter {name}"):
            try:
                return str(self._ssm.get_parameter(Name=name)["Parameter"]["Value"])
            except self._ssm.exceptions.ParameterNotFound:
                raise ServiceError(
                    f"There is no parameter {name}", hint="The dashboard's own deployment makes it"
                ) from None

    def engine(self) -> str:
        """Which engine the switch names."""
        return self._parameter(self._settings.engine_parameter)

    def switch(self, to: str) -> None:
        """Set the switch. Nothing else is changed: no data moves."""
        with explained("Setting the switch"):
            self._ssm.put_parameter(Name=self._settings.engine_parameter, Value=to, Type="String", Overwrite=True)

    def ask(self, query: str, timeout: float = 30) -> Answer:
        """Ask one query; a failure is an answer too."""
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(f"{self.url}/api/{query}", timeout=timeout) as response:  # noqa: S310 - see __init__
                body: dict[str, Any] = json.load(response)
            return Answer(query, str(body["engine"]), (time.perf_counter() - started) * 1000)
        except urllib.error.HTTPError as error:
            body = _body(error)
            said = str(body.get("error") or f"HTTP {error.code}")
            return Answer(query, str(body.get("engine", "?")), (time.perf_counter() - started) * 1000, said)
        except (OSError, ValueError, KeyError) as error:
            return Answer(query, "?", (time.perf_counter() - started) * 1000, str(error) or type(error).__name__)


def _body(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        body = json.load(error)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
