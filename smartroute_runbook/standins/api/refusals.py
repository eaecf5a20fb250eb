"""Errors as the called service would serialise them."""

from __future__ import annotations

import io

from botocore.session import get_session
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.wrappers import Response

from .calls import ApiCall, Environ
from .operations import ApiError

__all__ = ["not_rehearsable", "refuse"]


def not_rehearsable(call: ApiCall, detail: str = "") -> ApiError:
    """The error for what the stand-in cannot do."""
    known = detail and "has not been implemented" not in detail and detail != "None"
    message = f"not rehearsable: {call.service}:{call.operation or call.method + ' ' + call.path}"
    return ApiError("NotRehearsable", f"{message} ({detail})" if known else message)


def refuse(environ: Environ, call: ApiCall, error: ApiError) -> Response:
    """The response for an error, by the protocol of the service."""
    request = Request({**environ, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"})
    status = error.status
    answer = _Answer(call.service)
    answer.setup_class(request)
    answer._get_action = lambda: call.operation
    if call.service == "s3" or call.service not in get_session().get_available_services():
        body = f"<Error><Code>{error.code}</Code><Message>{error.message}</Message></Error>"
        return Response(body, status, mimetype="application/xml")
    model_status, headers, text = answer.serialized(ActionResult(error))
    passed_on = {k: v for k, v in headers.items() if k.lower() not in {"status", "content-length"}}
    return Response(text, status if status != 400 else max(int(model_status), 400), passed_on)


class _Answer(BaseResponse):  # type: ignore[misc]
    """Serialises an error the way the called service would."""

    def __init__(self, service: str) -> None:
        super().__init__(service_name=service)
