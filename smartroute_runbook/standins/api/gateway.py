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
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.backends import list_of_moto_modules
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from smartroute_runbook.standins.limits import limits

from .calls import ApiCall, Environ, describe
from .door import Known, access_key, foreign, without_permissions
from .operations import ApiError, own_answers
from .refusals import not_rehearsable, refuse

__all__ = ["IDENTITY", "KNOWN_LIMITS", "Effect", "Fault", "Gateway"]

log = logging.getLogger(__name__)

_HTML = "text/html"
IDENTITY = "/_rehearsal"
"""Path at which a stand-in answers with its name."""
KNOWN_LIMITS = "/_rehearsal/limits"
"""Path at which it lists what it cannot model, so that a record holds what is true of the one that ran."""


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

    Attributes:
        limits: what the engines behind it cannot model.
    """

    def __init__(self, fault: Fault | None = None, name: str = "", known: Known | None = None) -> None:
        self.fault, self.name, self.known = fault, name, known
        self.limits = limits()
        self._moto = _Moto(create_backend_app)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        if why := foreign(environ):
            return Response(f"Refused: {why}.", 403, mimetype="text/plain")(environ, start_response)
        if environ.get("PATH_INFO") == IDENTITY:
            return Response(self.name, 200, mimetype="text/plain")(environ, start_response)
        if environ.get("PATH_INFO") == KNOWN_LIMITS:
            listing = json.dumps([asdict(limit) for limit in self.limits])
            return Response(listing, 200, mimetype="application/json")(environ, start_response)
        call = describe(environ)
        if self.known is not None and not self.known(access_key(environ)):
            refusal = ApiError("InvalidClientTokenId", "The access key is not one of this rehearsal's.", 403)
            return refuse(environ, call, refusal)(environ, start_response)
        effect = self._effect(environ, call)
        if effect.error is not None:
            return refuse(environ, call, effect.error)(environ, start_response)
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
            return refuse(environ, call, not_rehearsable(call, str(error)))
        except Exception as error:
            log.exception("%s:%s failed in the stand-in", call.service, call.operation)
            detail = f"the stand-in failed: {type(error).__name__}: {error}"
            return refuse(environ, call, not_rehearsable(call, detail))
        if call.service and answer.status_code >= 400 and answer.mimetype == _HTML and call.method != "HEAD":
            return refuse(environ, call, not_rehearsable(call))
        return answer

    def _answer(self, environ: Environ, call: ApiCall) -> Response:
        own = own_answers(call.service, call.operation)
        if own is not None:
            status, headers, body = own.dispatch(Request(environ))
            return Response(body, status, {k: v for k, v in headers.items() if k != "status"})
        app = self._moto.get_application(environ)
        with app.request_context(environ):
            return app.full_dispatch_request()


def _without_new(listing: bytes, seconds: float) -> bytes:
    """A bucket listing without the objects of the last seconds."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)

    def if_old(match: re.Match[bytes]) -> bytes:
        moment = re.search(rb"<LastModified>([^<]+)<", match[0])
        return match[0] if moment and datetime.fromisoformat(moment[1].decode()) < since else b""

    return re.sub(rb"<Contents>.*?</Contents>", if_old, listing, flags=re.DOTALL)
