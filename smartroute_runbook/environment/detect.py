"""Where this process runs: against AWS or its stand-ins, interactive or headless.

Whether a run is a rehearsal is asked of the endpoints that its clients really use, one by one: a variable may be
ignored, overridden for one service, or name a host that only looks local.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from smartroute_runbook.errors import Unreachable, UsageError

__all__ = ["Kind", "Where", "headless", "in_notebook", "stand_ins_exported", "where_clients_lead"]

Kind = Literal["aws", "stand-in", "silent", "elsewhere"]
"""Of an endpoint: AWS; a stand-in on this machine; this machine, but no stand-in answers; neither AWS nor here."""

#: What AWS's own hosts end with, by partition (botocore's endpoints.json; VPC endpoints end likewise).
_AWS = (
    ".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn", ".amazonaws.eu", ".c2s.ic.gov",
    ".sc2s.sgov.gov",
)  # fmt: skip


@dataclass(frozen=True)
class Where:
    """Where a run's clients lead.

    Attributes:
        rehearsal: all of them reach stand-ins on this machine.
        endpoints: scheme, host and port by service.
        limits: what the stand-ins say that they cannot model, each with ``area``, ``what``, ``so``.
    """

    rehearsal: bool
    endpoints: Mapping[str, str]
    limits: tuple[Mapping[str, str], ...] = ()


def where_clients_lead(endpoints: Mapping[str, str]) -> Where:
    """Judge endpoints (URLs; ``tcp://host:port`` for a database) by service.

    Raises:
        UsageError: some lead to AWS and others do not, or somewhere that is neither AWS nor this machine.
        Unreachable: they lead to this machine, and nothing answers as a stand-in.
    """
    origins = {service: _origin(url) for service, url in endpoints.items()}
    answers = {origin: _judge(origin) for origin in dict.fromkeys(origins.values())}
    kinds = {service: answers[origin][0] for service, origin in origins.items()}
    met = set(kinds.values())
    if met <= {"aws"}:
        return Where(False, origins)
    if met == {"stand-in"}:
        limits = next((listed for _, listed in answers.values() if listed), ())
        return Where(True, origins, limits)
    listed = ", ".join(f"{service} {origins[service]} ({_WORDS[kind]})" for service, kind in sorted(kinds.items()))
    if met <= {"silent", "stand-in"}:
        silent = sorted({origins[service] for service, kind in kinds.items() if kind == "silent"})
        raise Unreachable(
            f"No stand-ins answer at {', '.join(silent)}",
            hint="Run 'eval \"$(smartroute-runbook rehearsal up)\"', or unset the AWS_ENDPOINT_URL variables",
        )
    raise UsageError(
        f"The clients do not lead to one place: {listed}",
        expected="all of them to AWS, or all of them to the stand-ins on this machine",
        hint="Look at the AWS_ENDPOINT_URL variables, the profile's services and SMARTROUTE_REDSHIFT_HOST",
    )


_WORDS: dict[Kind, str] = {
    "aws": "AWS", "stand-in": "a stand-in", "silent": "this machine, no stand-in answers",
    "elsewhere": "neither AWS nor this machine",
}  # fmt: skip


def _origin(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{host}" + (f":{parts.port}" if parts.port else "")


def _judge(origin: str) -> tuple[Kind, tuple[Mapping[str, str], ...]]:
    host = urlsplit(origin).hostname or ""
    here = _here(host)
    if origin.startswith("tcp:"):
        return ("stand-in" if here else "aws"), ()
    if not here:
        return ("aws" if origin.startswith("https:") and f".{host}".endswith(_AWS) else "elsewhere"), ()
    limits = _limits(origin)
    return ("stand-in" if limits else "silent"), limits


def _here(host: str) -> bool:
    """Whether all addresses of a host are this machine's loopback (or the unspecified one, which leads there)."""
    if not host:
        return False
    try:
        texts = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(text).partition("%")[0]) for text in texts]
    plain = [getattr(address, "ipv4_mapped", None) or address for address in addresses]
    return bool(plain) and all(address.is_loopback or address.is_unspecified for address in plain)


def _limits(origin: str) -> tuple[Mapping[str, str], ...]:
    """The stand-ins' own list; empty where no stand-in answers."""
    from http.client import HTTPException
    from urllib.request import ProxyHandler, build_opener

    from pydantic import TypeAdapter

    try:
        with build_opener(ProxyHandler({})).open(f"{origin}/_rehearsal/limits", timeout=5) as answer:
            return tuple(TypeAdapter(list[dict[str, str]]).validate_json(answer.read()))
    except (OSError, HTTPException, ValueError):
        return ()


def stand_ins_exported() -> bool:
    """Whether this shell was pointed at stand-ins on this machine: a default for ``--environment``, no more."""
    return _here(urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or "")


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def headless() -> bool:
    """Nobody is watching: SMARTROUTE_HEADLESS=1, or (unless it is 0) no Jupyter server started this process."""
    setting = os.environ.get("SMARTROUTE_HEADLESS")
    return setting == "1" if setting in ("0", "1") else "JPY_SESSION_NAME" not in os.environ
