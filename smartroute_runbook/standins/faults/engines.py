"""Faults inside the engines: failing queries, broken connections, truncated objects, stale listings."""

from __future__ import annotations

import time
from pathlib import Path

from smartroute_runbook.standins.api.calls import ApiCall
from smartroute_runbook.standins.api.gateway import Effect, Gateway
from smartroute_runbook.standins.athena.engine import AthenaStandIn
from smartroute_runbook.standins.athena.errors import QueryFailed
from smartroute_runbook.standins.athena.execution import QueryExecution
from smartroute_runbook.standins.redshift.database import Database
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.s3 import ObjectInfo, Objects

from .schedule import Faults

__all__ = ["EngineFaults"]


class EngineFaults:
    """Lets the faults of a gateway reach into Athena, Redshift and their reading of S3, by their hooks."""

    def __init__(self, gateway: Gateway, objects: Objects) -> None:
        self._gateway, self._objects = gateway, objects

    def install(self, athena: AthenaStandIn) -> None:
        """Joins the hooks of Athena and of S3."""
        self._objects.after_read.append(self._read)
        self._objects.after_list.append(self._listed)
        self._objects.quiet = self._quiet
        athena.before_query.append(self._athena_query)

    def install_redshift(self, engine: Database) -> None:
        """Joins the hook of a Redshift engine; each engine is a new one."""
        engine.before_statement.append(self._redshift_query)

    def _quiet(self) -> bool:
        fault = self._gateway.fault
        return fault is None or (isinstance(fault, Faults) and not fault.rules)

    def _effect(self, service: str, operation: str, what: str) -> Effect:
        fault = self._gateway.fault
        return (fault and fault(ApiCall(service, operation, "", what))) or Effect()

    def _athena_query(self, execution: QueryExecution) -> None:
        try:
            error = self._effect("athena-query", "Query", execution.sql).error
        except ConnectionAbortedError as dropped:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", str(dropped), 1) from None
        if error is not None:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", error.message, 1)

    def _redshift_query(self, text: str) -> None:
        error = self._effect("redshift-query", "Query", text).error
        if error is not None:
            raise SqlError("XX000", error.message)

    def _read(self, bucket: str, key: str, path: Path) -> Path:
        if not self._effect("s3-read", "GetObject", f"/{bucket}/{key}").cut:
            return path
        short = path.with_name(f".short-{time.monotonic_ns()}-{path.name}")
        short.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return short

    def _listed(self, bucket: str, prefix: str, objects: list[ObjectInfo]) -> list[ObjectInfo]:
        hidden = self._effect("s3-list", "ListObjectsV2", f"/{bucket}/{prefix}").hidden_seconds
        if not hidden:
            return objects
        since = time.time() - hidden
        return [info for info in objects if self._objects.modified(bucket, info.key) < since]
