"""The AWS control plane: moto, with its gaps and errors corrected.

moto keeps its state in the process, so there is one control plane per process. Each operation of our own is a function
of a :class:`Call`, registered by :func:`operation`; :func:`install` puts it on moto's response class, where moto's own
routing, parsing and serialisation (driven by botocore's service models) find it. There is no other way to add one.
"""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core import errors as moto_errors
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores

__all__ = ["ApiError", "Call", "ControlPlane", "install", "operation", "own_answers", "plane"]

_STANDINS = "smartroute_runbook.standins"
_MODULES = (
    "athena.api",
    "athena.admin_api",
    "services.redshift.clusters",
    "services.redshift.parameter_groups",
    "services.redshift.snapshot_schedules",
    "services.redshift.scheduled_actions",
    "services.redshift.usage_limits",
    "services.redshift.node_options",
    "services.redshift.subnet_groups",
    "services.redshift.snapshots",
    "services.redshift.data_api_operations",
    "services.cloudwatch.metric_operations",
    "services.cloudwatch.alarm_operations",
    "services.pricing",
    "services.lambda_",
    "services.cloudfront_s3",
    "services.glue",
    "services.s3_listing",
    "services.quotas",
    "services.budgets",
    "services.iam_secrets",
)
"""Where operations are registered."""


@dataclass(frozen=True)
class Call:
    """One API call as an operation of ours sees it.

    Args:
        params: the request, parsed by botocore's model of the service: AWS's names, typed values.
        account: the caller's account.
        region: the region called.
        original: what moto itself would answer (absent operations raise ``NotImplementedError``).
    """

    params: Mapping[str, Any]
    account: str
    region: str
    original: Callable[[], Any]


@dataclass
class ControlPlane:
    """What the operations need to know of the rest of the stack.

    Args:
        redshift_host: host of the Redshift wire server.
        redshift_port: its port; 0 while there is none.
        settle_seconds: how long a cluster is ``creating``, ``modifying`` or ``rebooting`` before it is ``available``.
        athena: the engine of Athena's queries; None while there is none.
        data_api: the statements of the Redshift Data API; None while there is no engine.
        alarms: what evaluates the alarms.
        disconnect: ends every connection to the cluster.
        athena_days: bytes scanned by Athena per day (``2026-09-21``), for Cost Explorer.
        redshift_days: node-hours of Redshift per day, for Cost Explorer; none unless a test makes some.
        temporary: database users made by the GetClusterCredentials calls: password and expiry.
    """

    redshift_host: str = "localhost"
    redshift_port: int = 0
    settle_seconds: float = 1.5
    athena: Any = None
    data_api: Any = None
    alarms: Any = None
    disconnect: Callable[[], None] = lambda: None
    athena_days: Callable[[], Mapping[str, float]] = dict
    redshift_days: Callable[[], Mapping[str, float]] = dict
    temporary: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


class ApiError(ServiceException):  # type: ignore[misc]
    """An AWS error: what the service answers when it does not do what was asked.

    Args:
        code: the error's code, as ``ClientError`` shows it.
        message: its message.
        status: its HTTP status.
        members: further members of the error, as the service's model names them.
    """

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.status = status
        for name, value in (members or {}).items():
            setattr(self, name, value)


class _AnyCode(list[str]):
    """Every code is known: AWS's own models lack many that AWS answers with, and moto warns of each."""

    def __contains__(self, code: object) -> bool:
        return True


_Function = Callable[[Call], Any]


@dataclass(frozen=True)
class _Operation:
    service: str
    name: str
    function: _Function
    routed: bool
    as_json: bool


_operations: list[_Operation] = []
_installed: set[tuple[str, str]] = set()
_own: dict[str, type[BaseResponse]] = {}
_current = ControlPlane()


def plane() -> ControlPlane:
    """The control plane of this process."""
    return _current


def operation(service: str, *, routed: bool = True, as_json: bool = False) -> Callable[[_Function], _Function]:
    """Registers a function as the answer to the API operation of its name, such as ``create_cluster``.

    Args:
        service: moto's package of the service, such as ``redshift`` or ``awslambda``.
        routed: False for an operation to which moto has no route; ``service`` is then botocore's name.
        as_json: the result is written as it is, without being held against the service's model: for answers of
            thousands of members in a service that speaks JSON; moments are written in seconds.
    """

    def register(function: _Function) -> _Function:
        _operations.append(_Operation(service, function.__name__, function, routed, as_json))
        return function

    return register


def own_answers(service: str, name: str) -> type[BaseResponse] | None:
    """Our own response class of a service if it answers an operation to which moto has no route."""
    responses = _own.get(service)
    return responses if responses is not None and name and hasattr(responses, camelcase_to_underscores(name)) else None


def install(control_plane: ControlPlane) -> None:
    """Makes ``control_plane`` the one of this process and moto answer with our operations. May be called again."""
    global _current  # noqa: PLW0603  moto's own state is global to the process; this follows it
    _current = control_plane
    moto_errors.COMMON_ERROR_CODES = _AnyCode()
    for module in _MODULES:
        importlib.import_module(f"{_STANDINS}.{module}")
    for one in _operations:
        if (one.service, one.name) not in _installed:
            _installed.add((one.service, one.name))
            _install(_response_class(one), one)


def _seconds(moment: datetime) -> float:
    """A moment as AWS's JSON has it, to the millisecond as moto writes it elsewhere."""
    return int(moment.timestamp() * 1000) / 1000


def _response_class(one: _Operation) -> type[BaseResponse]:
    if not one.routed:
        return _own.setdefault(one.service, _own_class(one.service))
    module = importlib.import_module(f"moto.{one.service}.responses")
    classes = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, BaseResponse) and item.__module__ == module.__name__
    ]
    (response_class,) = classes
    return response_class


def _own_class(service: str) -> type[BaseResponse]:
    def prepare(self: Any) -> None:
        BaseResponse.__init__(self, service_name=service)
        self.automated_parameter_parsing = True

    return type(f"Own{service.title()}Response", (BaseResponse,), {"__init__": prepare})


def _install(owner: type[BaseResponse], one: _Operation) -> None:
    before = getattr(owner, one.name, None)

    def answer(self: Any) -> Any:
        def original() -> Any:
            if before is None:
                raise NotImplementedError(one.name)
            return before(self)

        if not self.automated_parameter_parsing:
            self.parse_parameters(self.normalized_request)
        params = self.params
        params = params.original_dict() if hasattr(params, "original_dict") else params
        merged = {**getattr(self, "uri_match", {}), **(params or {})}
        result = one.function(Call(merged, self.current_account, self.region, original))
        if isinstance(result, ActionResult | tuple | str):
            return result
        if one.as_json:
            return json.dumps(result or {}, default=_seconds)
        return EmptyResult() if result is None else ActionResult(result)

    answer.__name__ = one.name
    setattr(owner, one.name, answer)
