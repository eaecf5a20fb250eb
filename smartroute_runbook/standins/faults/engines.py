"""Faults inside the engines: queries that fail, connections that break, objects cut short, listings that lag."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smartroute_runbook.standins.api.gateway import ApiCall, Effect, Gateway
from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.s3 import ObjectInfo, Objects

__all__ = ["arm"]

_Ask = Callable[[str, str, str], Effect]


def arm(gateway: Gateway, objects: Objects, athena: Any, redshift: Any) -> None:
    """Lets the faults of a gateway reach into Athena, Redshift and their reading of S3.

    The methods of these very instances are wrapped; without a fault each costs one test.
    """

    def ask(service: str, operation: str, what: str) -> Effect:
        fault = gateway.fault
        return (fault and fault(ApiCall(service, operation, "", what))) or Effect()

    _arm_athena(athena, ask)
    _arm_redshift(redshift, ask)
    _arm_objects(objects, ask)


def _arm_athena(athena: Any, ask: _Ask) -> None:
    execute = athena._execute

    def faulty(execution: Any) -> Any:
        try:
            error = ask("athena-query", "Query", execution.sql).error
        except ConnectionAbortedError as dropped:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", str(dropped), 1) from None
        if error is not None:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", error.message, 1)
        return execute(execution)

    athena._execute = faulty


def _arm_redshift(redshift: Any, ask: _Ask) -> None:
    redshift.admit, redshift.session = (_faulty(make, ask) for make in (redshift.admit, redshift.session))


def _faulty(make: Callable[..., Any], ask: _Ask) -> Callable[..., Any]:
    """Sessions of the wire, or of the Data API."""

    def made(*arguments: Any) -> Any:
        session = make(*arguments)
        run = session.run

        def faulty(prepared: Any, values: Any = ()) -> Any:
            error = ask("redshift-query", "Query", prepared.text).error
            if error is not None:
                raise SqlError("XX000", error.message)
            return run(prepared, values)

        session.run = faulty
        return session

    return made


def _arm_objects(objects: Objects, ask: _Ask) -> None:
    local, listing = objects.local, objects.list

    def read(bucket: str, key: str) -> Path:
        path = local(bucket, key)
        if not ask("s3-read", "GetObject", f"/{bucket}/{key}").cut:
            return path
        short = path.with_name(f".short-{time.monotonic_ns()}-{path.name}")
        short.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return short

    def listed(bucket: str, prefix: str = "") -> list[ObjectInfo]:
        found = listing(bucket, prefix)
        hidden = ask("s3-list", "ListObjectsV2", f"/{bucket}/{prefix}").hidden_seconds
        if not hidden:
            return found
        since = time.time() - hidden
        return [info for info in found if objects._key(bucket, info.key).last_modified.timestamp() < since]

    objects.local, objects.list = read, listed  # type: ignore[method-assign]
