"""The HTTP front of the control plane: names each call, applies faults to it, and never answers 500.

Whatever moto cannot answer (an operation it lacks, a service it lacks, a failure of its own) becomes a client error
with the code ``NotRehearsable``, in the protocol of the called service, so that boto3 raises a ``ClientError``.
"""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from botocore.session import get_session
from moto.backends import list_of_moto_modules
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from smartroute_runbook.standins.limits import limits

from .door import Known, access_key, foreign, without_permissions
from .operations import ApiError, own_answers

__all__ = ["IDENTITY", "KNOWN_LIMITS", "ApiCall", "Effect", "Gateway", "Server"]

log = logging.getLogger(__name__)

Environ = dict[str, Any]
# Signing names that differ from botocore's service names, of the services that a migration may call.
_SIGNING = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}
_HTML = "text/html"
IDENTITY = "/_rehearsal"
"""Path at which a stand-in answers with its name."""
KNOWN_LIMITS = "/_rehearsal/limits"
"""Path at which it lists what it cannot model, so that a record holds what is true of the one that ran."""


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


@dataclass(frozen=True)
class Effect:
    """What a fault does: an error instead of the answer, the call twice, or an answer that lacks something."""

    error: ApiError | None = None
    twice: bool = False
    cut: bool = False
    hidden_seconds: float = 0.0


Fault = Callable[[ApiCall], Effect | None]


class _Moto(DomainDispatcherApplication):  # type: ignore[misc]
    """Moto's dispatcher, silent about services it lacks and without a directory listing for each request."""

    def __init__(self, create_app: Any) -> None:
        super().__init__(create_app)
        self._modules = frozenset(list_of_moto_modules())

    def get_backend_for_host(self, host: str | None) -> str | None:
        """Moto's package for a host name."""
        if host is None or host == "moto_api" or host in self._modules:
            return host
        for name, pattern in self.backend_url_patterns:
            if pattern.match(f"http://{host}"):
                return str(name)
        raise NotImplementedError


class Gateway:
    """A WSGI application over moto's.

    Args:
        fault: called before every call; may sleep, may raise ``ConnectionAbortedError`` to drop the connection, may
            return an effect.
        name: distinguishes this stand-in from others on the machine; answered at ``IDENTITY``.
        known: whether an access key is one of this stand-in's; without it every caller of this machine is answered.
    """

    def __init__(self, fault: Fault | None = None, name: str = "", known: Known | None = None) -> None:
        self.fault, self.name, self.known = fault, name, known
        self._moto = _Moto(create_backend_app)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        if why := foreign(environ):
            return Response(f"Refused: {why}.", 403, mimetype="text/plain")(environ, start_response)
        if environ.get("PATH_INFO") == IDENTITY:
            return Response(self.name, 200, mimetype="text/plain")(environ, start_response)
        if environ.get("PATH_INFO") == KNOWN_LIMITS:
            listing = json.dumps([asdict(limit) for limit in limits()])
            return Response(listing, 200, mimetype="application/json")(environ, start_response)
        call = describe(environ)
        if self.known is not None and not self.known(access_key(environ)):
            refusal = ApiError("InvalidClientTokenId", "The access key is not one of this rehearsal's.", 403)
            return _refuse(environ, call, refusal)(environ, start_response)
        effect = self._effect(environ, call)
        if effect.error is not None:
            return _refuse(environ, call, effect.error)(environ, start_response)
        if effect.twice:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            self._respond({**environ, "wsgi.input": io.BytesIO(body)}, call)
            environ["wsgi.input"] = io.BytesIO(body)
        answer = self._respond(environ, call)
        if effect.cut:
            answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
        if effect.hidden_seconds:
            answer.set_data(_without_new(answer.get_data(), effect.hidden_seconds))
        return without_permissions(answer)(environ, start_response)

    def _effect(self, environ: Environ, call: ApiCall) -> Effect:
        if self.fault is None or not call.service:
            return Effect()
        try:
            return self.fault(call) or Effect()
        except ConnectionAbortedError:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise

    def _respond(self, environ: Environ, call: ApiCall) -> Response:
        """Moto's answer, or why there is none."""
        try:
            answer = self._answer(environ, call)
        except HTTPException as error:
            return error.get_response(environ)
        except NotImplementedError as error:
            return _refuse(environ, call, not_rehearsable(call, str(error)))
        except Exception as error:
            log.exception("%s:%s failed in the stand-in", call.service, call.operation)
            detail = f"the stand-in failed: {type(error).__name__}: {error}"
            return _refuse(environ, call, not_rehearsable(call, detail))
        if call.service and answer.status_code >= 400 and answer.mimetype == _HTML and call.method != "HEAD":
            return _refuse(environ, call, not_rehearsable(call))
        return answer

    def _answer(self, environ: Environ, call: ApiCall) -> Response:
        own = own_answers(call.service, call.operation)
        if own is not None:
            status, headers, body = own.dispatch(Request(environ))
            return Response(body, status, {k: v for k, v in headers.items() if k != "status"})
        app = self._moto.get_application(environ)
        with app.request_context(environ):
            return app.full_dispatch_request()


def not_rehearsable(call: ApiCall, detail: str = "") -> ApiError:
    """The error for what the stand-in cannot do."""
    known = detail and "has not been implemented" not in detail and detail != "None"
    message = f"not rehearsable: {call.service}:{call.operation or call.method + ' ' + call.path}"
    return ApiError("NotRehearsable", f"{message} ({detail})" if known else message)


def describe(environ: Environ) -> ApiCall:
    """Which service and operation a request asks for, from its signature, target header, form or path."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    signing = scope[3].lower() if len(scope) > 3 else ""
    service = _SIGNING.get(signing, signing)
    method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
    return ApiCall(service, _operation_name(environ, service), method, path, environ.get("HTTP_USER_AGENT", ""))


def _without_new(listing: bytes, seconds: float) -> bytes:
    """A bucket listing without the objects of the last seconds."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)

    def if_old(match: re.Match[bytes]) -> bytes:
        moment = re.search(rb"<LastModified>([^<]+)<", match[0])
        return match[0] if moment and datetime.fromisoformat(moment[1].decode()) < since else b""

    return re.sub(rb"<Contents>.*?</Contents>", if_old, listing, flags=re.DOTALL)


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


class _Answer(BaseResponse):  # type: ignore[misc]
    """Serialises an error the way the called service would."""

    def __init__(self, service: str) -> None:
        super().__init__(service_name=service)


def _refuse(environ: Environ, call: ApiCall, error: ApiError) -> Response:
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


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    def log(self, _type: str, message: str, *args: Any) -> None:
        """Requests go to the rehearsal's log, not to the terminal."""
        log.debug(message, *args)


class Server:
    """The gateway on a socket of its own, in a thread of its own."""

    def __init__(self, gateway: Gateway, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, gateway, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="control-plane", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """What ``AWS_ENDPOINT_URL`` must be."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stops and closes the socket."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
