"""Lambda's optimistic lock: every change of a function makes a new RevisionId, and a stale one is refused."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.awslambda import lambda_backends

from smartroute_runbook.standins.api.operations import ApiError, Call, operation

__all__: list[str] = []


def _revisions(call: Call) -> dict[str, str]:
    revisions: dict[str, str] = lambda_backends[call.account][call.region].__dict__.setdefault("revisions", {})
    return revisions


def _name(call: Call) -> str:
    return str(call.params["FunctionName"]).rpartition(":function:")[2].partition(":")[0]


def _with_revision(call: Call, answer: Any) -> Any:
    """Moto's answer with the revision in it."""
    *head, body = answer if isinstance(answer, tuple) else (answer,)
    content = json.loads(body)
    revision = _revisions(call).setdefault(_name(call), str(uuid.uuid4()))
    content.get("Configuration", content)["RevisionId"] = revision
    text = json.dumps(content)
    return (*head, text) if head else text


def _changed(call: Call) -> Any:
    current = _revisions(call).get(_name(call))
    requested = call.params.get("RevisionId")
    if requested and requested != current:
        message = (
            "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
            "retrieve the latest RevisionId"
        )
        raise ApiError("PreconditionFailedException", message, 412)
    answer = call.original()
    _revisions(call)[_name(call)] = str(uuid.uuid4())
    return _with_revision(call, answer)


@operation("awslambda")
def create_function(call: Call) -> Any:
    """CreateFunction."""
    answer = call.original()
    _revisions(call)[_name(call)] = str(uuid.uuid4())
    return _with_revision(call, answer)


@operation("awslambda")
def get_function(call: Call) -> Any:
    """GetFunction."""
    return _with_revision(call, call.original())


@operation("awslambda")
def get_function_configuration(call: Call) -> Any:
    """GetFunctionConfiguration."""
    return _with_revision(call, call.original())


@operation("awslambda")
def update_function_configuration(call: Call) -> Any:
    """UpdateFunctionConfiguration."""
    return _changed(call)


@operation("awslambda")
def update_function_code(call: Call) -> Any:
    """UpdateFunctionCode."""
    return _changed(call)


@operation("awslambda")
def publish_version(call: Call) -> Any:
    """PublishVersion."""
    return _changed(call)
