"""The dashboard's engine parameter: the one thing that is changed to cut over and to go back. Needs SSM alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from smartroute_runbook.api.routing import CANDIDATE, Route
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError

__all__ = ["EngineParameter"]

#: What SSM answers when it is asked too often or is out of order: asked again. Source: Systems Manager API reference,
#: "Common Errors" and PutParameter ("TooManyUpdates").
_AGAIN = {
    "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "TooManyUpdates", "InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException",
}  # fmt: skip
_PAUSE = 0.2  # seconds before SSM is asked again, doubled each time up to _LONGEST
_LONGEST = 1.0


class EngineParameter:
    """Reads and sets the route.

    Args:
        ssm: a boto3 client.
        name: of the parameter.
        patience: seconds within which SSM is asked again when it throttles or does not answer.
    """

    def __init__(self, ssm: Any, name: str, patience: float) -> None:
        self._ssm, self.name, self._patience = ssm, name, patience

    def read(self) -> Route:
        """The route as SSM has it.

        Raises:
            ServiceError: there is no such parameter, its value is none, or SSM did not answer in time.
        """
        value = self.value(self.name)
        try:
            return Route.parse(value)
        except ValueError as error:
            hint = "'smartroute-runbook switch athena' sets it anew"
            raise ServiceError(f"Parameter {self.name} is {error}", hint=hint) from None

    def value(self, name: str) -> str:
        """Any parameter's text.

        Raises:
            ServiceError: there is none, or SSM did not answer in time.
        """
        with explained(f"Reading parameter {name}"):
            try:
                return str(self._patiently(self._ssm.get_parameter, Name=name)["Parameter"]["Value"])
            except self._ssm.exceptions.ParameterNotFound:
                hint = "The dashboard's own deployment makes it"
                raise ServiceError(f"There is no parameter {name}", hint=hint) from None

    def write(self, route: Route) -> None:
        """Set the route. Nothing else is changed: no data moves.

        Raises:
            ServiceError: SSM refused, or did not answer in time.
        """
        with explained(f"Setting parameter {self.name} to {route}"):
            self._patiently(self._ssm.put_parameter, Name=self.name, Value=str(route), Type="String", Overwrite=True)

    def trial(self, share: int, seconds: float) -> Route:
        """Give the candidate a share of the requests for so long; returns the route that was set."""
        until = (datetime.now(UTC) + timedelta(seconds=seconds + 1)).replace(microsecond=0)
        route = Route(CANDIDATE, share, until)
        self.write(route)
        return route

    def _patiently(self, call: Any, **arguments: Any) -> Any:
        """Ask until SSM answers or the patience is over; what asking again cannot mend is raised at once."""
        until, pause = time.monotonic() + self._patience, _PAUSE
        while True:
            try:
                return call(**arguments)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _AGAIN or time.monotonic() + pause > until:
                    raise
            except BotoCoreError:
                if time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(_LONGEST, pause * 2)
