"""Names the service and operation of a request."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import get_service_router

__all__ = ["ApiCall", "Environ", "describe"]

Environ = dict[str, Any]

# Signing names that differ from botocore's service names, of the services that a migration may call.
_SIGNING = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}


@dataclass(frozen=True)
class ApiCall:
    """One call on its way in: ``service`` in botocore's spelling, ``operation`` as AWS names it ('' if unknown).

    ``agent`` is the caller's user agent.
    """

    service: str
    operation: str
    method: str
    path: str
    agent: str = ""


def describe(environ: Environ) -> ApiCall:
    """Which service and operation a request asks for, from its signature, target header, form or path."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    signing = scope[3].lower() if len(scope) > 3 else ""
    service = _SIGNING.get(signing, signing)
    method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
    return ApiCall(service, _operation_name(environ, service), method, path, environ.get("HTTP_USER_AGENT", ""))


def _operation_name(environ: Environ, service: str) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target.rpartition(".")[2])
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    if not service:
        return ""
    try:
        return str(get_service_router(service).match(Request(environ.copy()))[0].name)
    except Exception:  # routing of a path that no model knows: there is no name to give
        return ""
