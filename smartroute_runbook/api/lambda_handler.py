"""The API as a Lambda function, behind an HTTP API or a function URL (payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from .app import Api, Request
from .request_metrics import metric_line

__all__ = ["handle"]


def handle(event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
    """Answer one invocation."""
    del context  # nothing of it is needed
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    method = str(event["requestContext"]["http"]["method"])
    request = Request(method, str(event.get("rawPath") or "/"), str(event.get("rawQueryString") or ""), headers)
    began = time.perf_counter()
    response = _api().respond(request)
    if line := metric_line(os.environ.get("SMARTROUTE_ENGINE", ""), response, (time.perf_counter() - began) * 1000):
        sys.stdout.write(f"{line}\n")  # CloudWatch takes the metrics out of the function's log
        sys.stdout.flush()
    body = response.body.decode() if method != "HEAD" else ""
    return {"statusCode": response.status, "headers": response.headers, "body": body, "isBase64Encoded": False}


@functools.cache
def _api() -> Api:
    """Made by the first invocation and used by all that this environment serves."""
    from .configuration import api_of, client_of

    return api_of(os.environ, client_of)
