"""What every Athena operation needs: the stand-in of this process, and errors in AWS's shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.core.exceptions import JsonRESTError

if TYPE_CHECKING:
    from .engine import AthenaStandIn

__all__ = ["answer_with", "current", "not_found", "refuse", "stand_in"]

_current: dict[str, AthenaStandIn] = {}


def answer_with(instance: AthenaStandIn) -> None:
    """Makes ``instance`` the one of this process, as moto's own state is."""
    _current["athena"] = instance


def current() -> AthenaStandIn | None:
    """The one that is installed, or None."""
    return _current.get("athena")


def stand_in() -> AthenaStandIn:
    """The one that is installed."""
    return _current["athena"]


def refuse(message: str, code: str = "InvalidRequestException", **more: str) -> JsonRESTError:
    """The error that an operation answers with; ``more`` are further members of it."""
    error = JsonRESTError(code, message)
    error.description = json.dumps({"__type": code, "message": message, "Message": message, **more})
    return error


def not_found(execution_id: str) -> JsonRESTError:
    """The error for an execution that is not there."""
    return refuse(f"QueryExecution {execution_id} was not found", AthenaErrorCode="INVALID_QUERY_EXECUTION_ID")
