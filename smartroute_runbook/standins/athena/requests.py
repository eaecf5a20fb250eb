"""Shared by all Athena operations: the engine of this process, moto's own state, and errors in AWS's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from smartroute_runbook.standins.api.operations import ApiError, Call, plane

if TYPE_CHECKING:
    from .engine import AthenaStandIn

__all__ = ["backend", "not_found", "refuse", "stand_in"]


def stand_in() -> AthenaStandIn:
    """The engine of the control plane that is installed."""
    engine: AthenaStandIn | None = plane().athena
    if engine is None:
        raise NotImplementedError("Athena without an engine")
    return engine


def backend(call: Call) -> Any:
    """What moto keeps of Athena: workgroups, data catalogs, prepared statements."""
    return get_backend("athena")[call.account][call.region]


def refuse(message: str, code: str = "InvalidRequestException", **members: str) -> ApiError:
    """The error that an operation answers with; ``members`` are further members of it."""
    return ApiError(code, message, members=members)


def not_found(execution_id: str) -> ApiError:
    """The error for an execution that is not there."""
    return refuse(f"QueryExecution {execution_id} was not found", AthenaErrorCode="INVALID_QUERY_EXECUTION_ID")
