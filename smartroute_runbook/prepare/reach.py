"""Which way to the cluster works from here, and why the other does not."""

from __future__ import annotations

import ipaddress
import os
import socket
from typing import Any

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.errors import RunbookError, explained
from smartroute_runbook.runs.run import Run

from .checks import Said
from .cluster_state import describe

__all__ = ["reach"]

TRANSPORTS = ("driver", "data-api")
SECONDS = 5.0


def reach(run: Run) -> Said:
    """Before there is a cluster: what can be known already. With one: each transport tried with ``SELECT 1``."""
    name, chosen = run.settings.redshift.cluster, run.settings.redshift.transport
    cluster = describe(run)
    if cluster is None:
        yield "note", f"there is no cluster '{name}' yet", "Week 1 proposes it"
        yield from _beforehand(run)
        return
    yield "ok", f"{name} is {cluster['ClusterStatus']}, {cluster['NumberOfNodes']} x {cluster['NodeType']}", ""
    works = {transport: _problem(run, cluster, transport) for transport in TRANSPORTS}
    for transport, problem in works.items():
        if not problem:
            yield "ok", f"reached by {transport}{' (redshift.transport)' if transport == chosen else ''}", ""
        else:
            other = "data-api" if transport == "driver" else "driver"
            hint = f"Set redshift.transport to {other}" if transport == chosen and not works[other] else ""
            yield ("fail" if transport == chosen else "note"), f"{transport}: {problem}", hint or "See the reason"


def _beforehand(run: Run) -> Said:
    """The Data API needs permission alone; the driver a way into the VPC, which only a cluster's port can show."""
    chosen = run.settings.redshift.transport
    try:
        with explained("Asking the Redshift Data API"):
            run.clients.boto("redshift-data").list_statements(MaxResults=1)
        yield "ok", f"data-api answers from here{' (redshift.transport)' if chosen == 'data-api' else ''}", ""
    except RunbookError as error:
        state: Any = "fail" if chosen == "data-api" else "note"
        yield state, f"data-api: {error.what}", "Ask for redshift-data:*, or set redshift.transport to driver"
    if chosen == "driver":
        hint = "A private cluster's port opens inside its VPC only: run there, or by VPN or tunnel; else take data-api"
        yield "note", "driver: can be told only once there is a cluster", hint


def _problem(run: Run, cluster: dict[str, Any], transport: str) -> str:
    """Why the cluster cannot be reached by a transport from here; empty when it can."""
    if transport == "driver":
        closed = _closed(cluster)
        if closed:
            return closed
    chosen: Settings = run.settings.model_copy(
        update={"redshift": run.settings.redshift.model_copy(update={"transport": transport, "timeout_seconds": 15})}
    )
    try:
        with explained(f"Connecting by {transport}"):
            session = Clients(chosen).redshift()
            session.query("SELECT 1")
            session.close()
    except (TimeoutError, RunbookError) as error:
        return getattr(error, "what", "") or "no answer within 15 s"
    return ""


def _closed(cluster: dict[str, Any]) -> str:
    """What keeps a connection from the cluster's port, layer by layer: name, route, port; empty when it opens."""
    endpoint = cluster.get("Endpoint", {})
    host = os.environ.get("SMARTROUTE_REDSHIFT_HOST") or endpoint.get("Address", "")
    port = int(os.environ.get("SMARTROUTE_REDSHIFT_PORT") or endpoint.get("Port") or 5439)
    if not host:
        return f"the cluster has no endpoint yet, it is {cluster['ClusterStatus']}"
    try:
        address = str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        return f"{host} has no address here ({error.strerror or error}): a private name, or no network"
    private = ipaddress.ip_address(address).is_private and not ipaddress.ip_address(address).is_loopback
    where = f"{host} is {address}, {'a private address of the VPC' if private else 'a public address'}"
    try:
        socket.create_connection((address, port), SECONDS).close()
    except TimeoutError:
        why = "this machine has no way into the VPC" if private else "a security group or firewall drops it"
        return f"{where}; port {port} does not answer within {SECONDS:g} s: {why}"
    except OSError as error:
        return f"{where}; port {port}: {error.strerror or error}"
    return ""
