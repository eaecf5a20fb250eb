"""The dashboard's engine parameter: the one thing that is changed to cut over and to go back. Needs SSM alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from smartroute_runbook.api.routing import CANDIDATE, CONTROL, Route
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, StaleProposal

__all__ = ["EngineParameter"]

#: What SSM answers when it is asked too often or is out of order: asked again. Source: Systems Manager API reference,
#: "Common Errors" and PutParameter ("TooManyUpdates").
_AGAIN = {
    "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "TooManyUpdates", "InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException",
}  # fmt: skip
_NEVER = (NoCredentialsError, PartialCredentialsError, SSOError, TokenRetrievalError, ParamValidationError)
"""What asking again cannot mend: a client keeps the credentials that it was made with, or none."""
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
        return self.versioned()[0]

    def versioned(self) -> tuple[Route, int]:
        """The route, and how many values the parameter has had with this one: SSM counts them; raises as ``read``."""
        found = self._parameter(self.name)
        try:
            return Route.parse(str(found["Value"])), int(found.get("Version", 0))
        except ValueError as error:
            hint = "'smartroute-runbook switch athena' sets it anew"
            raise ServiceError(f"Parameter {self.name} is {error}", hint=hint) from None

    def value(self, name: str) -> str:
        """Any parameter's text.

        Raises:
            ServiceError: there is none, or SSM did not answer in time.
        """
        return str(self._parameter(name)["Value"])

    def _parameter(self, name: str) -> dict[str, Any]:
        with explained(f"Reading parameter {name}"):
            try:
                return dict(self._patiently(self._ssm.get_parameter, Name=name)["Parameter"])
            except self._ssm.exceptions.ParameterNotFound:
                hint = "The dashboard's own deployment makes it"
                raise ServiceError(f"There is no parameter {name}", hint=hint) from None

    def write(self, route: Route) -> int:
        """Set the route. Nothing else is changed: no data moves. Returns the value's version.

        Raises:
            ServiceError: SSM refused, or did not answer in time.
        """
        with explained(f"Setting parameter {self.name} to {route}"):
            put = self._ssm.put_parameter
            set_ = self._patiently(put, Name=self.name, Value=str(route), Type="String", Overwrite=True)
            return int(set_.get("Version", 0))

    def write_after(self, route: Route, version: int) -> int:
        """Set the route after the value of this version; whoever set another one in between is not overruled.

        SSM has no conditional write: it is found by the versions, and every request goes to the control then.

        Raises:
            StaleProposal: somebody did; the parameter is set to the control.
        """
        made = self.write(route)
        for between in range(version + 1, made) if version else ():
            other = self.value(f"{self.name}:{between}")
            if other != str(route):  # else it is our own, that SSM took twice
                self.write(Route(CONTROL))
                raise StaleProposal(
                    f"Somebody set the dashboard's parameter to {other} meanwhile: it is set to {CONTROL}",
                    hint="Ask who, and why",
                )
        return made

    @staticmethod
    def trial(share: int, seconds: float) -> Route:
        """The candidate with a share of the requests for so long from now."""
        until = (datetime.now(UTC) + timedelta(seconds=seconds + 1)).replace(microsecond=0)
        return Route(CANDIDATE, share, until)

    def _patiently(self, call: Any, **arguments: Any) -> Any:
        """Ask until SSM answers or the patience is over; what asking again cannot mend is raised at once."""
        until, pause = time.monotonic() + self._patience, _PAUSE
        while True:
            try:
                return call(**arguments)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in _AGAIN or time.monotonic() + pause > until:
                    raise
            except BotoCoreError as error:
                if isinstance(error, _NEVER) or time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(_LONGEST, pause * 2)
