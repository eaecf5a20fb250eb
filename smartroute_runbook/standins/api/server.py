"""The gateway on a socket of its own, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from .gateway import Gateway

__all__ = ["Server"]

log = logging.getLogger(__name__)


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
