"""The certificate of a server, read before any password is sent to it.

Behind a tunnel the cluster answers as ``localhost`` while its certificate carries the cluster's own name. The driver
can check the name that it connects to, or none; so the cluster's name is checked here first, over a connection that
carries nothing else, and the driver is then asked to check the chain alone.
"""

from __future__ import annotations

import socket
import ssl
import struct
from importlib.resources import files

from smartroute_runbook.errors import Unreachable

__all__ = ["require_name"]

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL frontend protocol: length, code of SSLRequest


def require_name(host: str, port: int, name: str, *, seconds: float = 10) -> None:
    """Go on only when the server at ``host:port`` shows a trusted certificate for ``name``.

    Raises:
        Unreachable: it does not answer, speaks no TLS, or shows a certificate of another name or authority.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(str(files("redshift_connector") / "files" / "redshift-ca-bundle.crt"))
    where = f"Redshift at {host}:{port}"
    try:
        with socket.create_connection((host, port), seconds) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != b"S":
                raise Unreachable(f"{where} speaks no TLS", hint="Check where the tunnel leads")
            with context.wrap_socket(plain, server_hostname=name):
                return
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"{where} does not show the certificate of {name}: {error.verify_message}",
            hint="Check where the tunnel leads; nothing was sent",
        ) from error
    except OSError as error:
        raise Unreachable(
            f"{where} does not answer: {error}", hint="Check the tunnel and the cluster's state"
        ) from error
