"""Process-wide state that a stack changes while it runs: logging, trusted certificates, environment variables."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import trustme

__all__ = ["authority", "exported", "logged_to"]

_SPEAKERS = ("smartroute_runbook.standins", "smartroute_runbook.rehearsal", "werkzeug", "moto")


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """The stand-ins speak to a file; the terminal is the product's."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in _SPEAKERS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate
        handler.close()


@contextmanager
def exported(environ: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with these values; what was there comes back."""
    before = {name: os.environ.get(name) for name in environ}
    os.environ.update(environ)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def authority(trusted: Path) -> ssl.SSLContext:
    """A certificate for this machine, by an authority of its own.

    Args:
        trusted: where to write what clients must trust: that authority, and the system's.
    """
    issuer = trustme.CA(organization_name="SmartRoute rehearsal")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    system = Path(ssl.get_default_verify_paths().openssl_cafile)
    trusted.write_bytes(issuer.cert_pem.bytes() + (system.read_bytes() if system.is_file() else b""))
    return context
