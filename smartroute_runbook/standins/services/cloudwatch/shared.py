"""Shared by CloudWatch's operations: moto's state, this process's alarms, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, plane

from .alarms import AlarmEvaluator
from .datapoints import MathError

__all__ = ["alarm_evaluator", "backend", "computed", "invalid"]


P = ParamSpec("P")
T = TypeVar("T")


def alarm_evaluator() -> AlarmEvaluator:
    """The evaluator of this process."""
    alarms: AlarmEvaluator = plane().alarms
    return alarms


def backend(call: Call) -> Any:
    """Moto's CloudWatch of the caller's account and region."""
    return cloudwatch_backends[call.account][call.region]


def invalid(message: str) -> ApiError:
    """A ValidationError."""
    return ApiError("ValidationError", message)


def computed(calculation: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a calculation; a MathError is refused as a ValidationError."""
    try:
        return calculation(*args, **kwargs)
    except MathError as error:
        raise invalid(str(error)) from None
