"""The AWS control plane of a rehearsal: moto, with what it lacks or gets wrong put right.

moto keeps its state in the process, so there is one control plane per process. Operations of our own are plain
functions marked with :func:`operation`; :func:`install` hangs them on moto's response classes, where moto's own
routing, parsing and serialisation (driven by botocore's service models) find them.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core import errors as moto_errors
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import camelcase_to_underscores

__all__ = ["ACCOUNT", "REGION", "Call", "ControlPlane", "Refusal", "install", "operation", "own_answers", "plane"]

ACCOUNT = "123456789012"
REGION = "us-east-1"

_SERVICES = "smartroute_runbook.standins.services"
_MODULES = (
    "redshift.clusters",
    "redshift.parameter_groups",
    "redshift.schedules",
    "redshift.snapshots",
    "redshift.data_api_operations",
    "cloudwatch.operations",
    "pricing",
    "lambda_",
    "cloudfront_s3",
    "quotas",
    "iam_secrets",
)


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
        data_api: the statements of the Redshift Data API; None while there is no engine.
        alarms: what evaluates the alarms.
        disconnect: ends every connection to the cluster.
        athena_days: bytes scanned by Athena per day (``2026-09-21``), for Cost Explorer.
        temporary: database users made by the GetClusterCredentials calls: password and expiry.
    """

    redshift_host: str = "localhost"
    redshift_port: int = 0
    settle_seconds: float = 1.5
    data_api: Any = None
    alarms: Any = None
    disconnect: Callable[[], None] = lambda: None
    athena_days: Callable[[], Mapping[str, float]] = dict
    temporary: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Refusal(ServiceException):  # type: ignore[misc]
    """An AWS error: what the service answers when it does not do what was asked.

    Args:
        code: the error's code, as ``ClientError`` shows it.
        message: its message.
        status: its HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status
        # moto warns of codes that are not in the service's model; AWS's own models lack many that AWS answers with.
        moto_errors.COMMON_ERROR_CODES = {*moto_errors.COMMON_ERROR_CODES, code}


_Operation = Callable[[Call], Any]
_operations: list[tuple[str, str, _Operation]] = []
_installed: set[tuple[str, str]] = set()
_own: dict[str, type[BaseResponse]] = {}
_current = ControlPlane()


def plane() -> ControlPlane:
    """The control plane of this process."""
    return _current


def operation(service: str) -> Callable[[_Operation], _Operation]:
    """Marks a function as the answer to the API operation of its name, such as ``create_cluster``.

    Args:
        service: moto's package of the service, such as ``redshift`` or ``awslambda``; or ``own:`` and botocore's name
            of the service, for operations to which moto has no route.
    """

    def mark(function: _Operation) -> _Operation:
        _operations.append((service, function.__name__, function))
        return function

    return mark


def own_answers(service: str, name: str) -> type[BaseResponse] | None:
    """Our own response class of a service if it answers an operation to which moto has no route."""
    found = _own.get(service)
    return found if found is not None and name and hasattr(found, camelcase_to_underscores(name)) else None


def install(control_plane: ControlPlane) -> None:
    """Makes ``control_plane`` the one of this process and hangs our operations on moto. May be called again."""
    global _current  # noqa: PLW0603  moto's own state is global to the process; this follows it
    _current = control_plane
    for module in _MODULES:
        importlib.import_module(f"{_SERVICES}.{module}")
    for service, name, function in _operations:
        if (service, name) not in _installed:
            _installed.add((service, name))
            _hang(_response_class(service), name, function)


def _response_class(service: str) -> type[BaseResponse]:
    if service.startswith("own:"):
        name = service.removeprefix("own:")
        return _own.setdefault(name, _own_class(name))
    module = importlib.import_module(f"moto.{service}.responses")
    classes = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, BaseResponse) and item.__module__ == module.__name__
    ]
    (found,) = classes
    return found


def _own_class(service: str) -> type[BaseResponse]:
    def prepare(self: Any) -> None:
        BaseResponse.__init__(self, service_name=service)
        self.automated_parameter_parsing = True

    return type(f"Own{service.title()}Response", (BaseResponse,), {"__init__": prepare})


def _hang(owner: type[BaseResponse], name: str, function: _Operation) -> None:
    before = getattr(owner, name, None)

    def answer(self: Any) -> Any:
        def original() -> Any:
            if before is None:
                raise NotImplementedError(name)
            return before(self)

        if not self.automated_parameter_parsing:
            self.parse_parameters(self.normalized_request)
        params = self.params
        params = params.original_dict() if hasattr(params, "original_dict") else params
        merged = {**getattr(self, "uri_match", {}), **(params or {})}
        result = function(Call(merged, self.current_account, self.region, original))
        if isinstance(result, ActionResult | tuple | str):
            return result
        return EmptyResult() if result is None else ActionResult(result)

    answer.__name__ = name
    setattr(owner, name, answer)
