"""Publishes the Redshift stand-in's metrics to CloudWatch, and evaluates the alarms periodically.

Names, dimensions and units as AWS has them (management guide, metrics-listing): durations in microseconds, queues in
milliseconds, CPU in per cent (of this machine, by this process), disks in per cent (the database's file, of this disk).
"""

from __future__ import annotations

import logging
import os
import queue
import shutil
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import cloudwatch_backends
from moto.redshift import redshift_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION
from smartroute_runbook.standins.redshift.catalog.history import QueryRecord

from .alarms import AlarmEvaluator

__all__ = ["Observer"]

log = logging.getLogger(__name__)

_SHORT, _MEDIUM = 10_000_000, 600_000_000  # microseconds


class Observer:
    """Publishes the cluster's metrics and evaluates the alarms, each second, in a thread of its own.

    Args:
        server: the Redshift wire server.
        cluster: the cluster whose metrics these are; nothing is published while it is not available.
        alarms: what to evaluate; its clock stamps the metrics.

    Attributes:
        readings: figures by metric that are published instead of what is measured: a full disk, an unhealthy cluster.
    """

    def __init__(self, server: Any, cluster: str, alarms: AlarmEvaluator, interval: float = 1.0) -> None:
        self._server, self._cluster, self._alarms, self._interval = server, cluster, alarms, interval
        self.readings: dict[str, float] = {}
        self._stop = threading.Event()
        self._queries: queue.SimpleQueue[QueryRecord] = queue.SimpleQueue()
        server.engine.history.listeners.append(self._queries.put)
        self._cpu, self._wall = time.process_time(), time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)

    def start(self) -> None:
        """Starts to observe."""
        self._thread.start()

    def stop(self) -> None:
        """Stops."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.publish()
                self._alarms.evaluate()
            except Exception:  # an alarm that cannot be evaluated must not silence the others for good
                log.exception("observing failed")

    def publish(self) -> None:
        """Publishes what happened since the last time."""
        cluster = redshift_backends[ACCOUNT][REGION].clusters.get(self._cluster)
        queries = self._new_queries()
        cpu, wall = time.process_time(), time.monotonic()
        share = 100 * (cpu - self._cpu) / max(wall - self._wall, 1e-6) / (os.cpu_count() or 1)
        self._cpu, self._wall = cpu, wall
        if cluster is None or cluster.status != "available":
            return
        file = self._server.engine.path
        full = 100 * file.stat().st_size / shutil.disk_usage(file.parent).total
        data = [
            self._datum("CPUUtilization", "Percent", [self.readings.get("CPUUtilization", min(share, 100.0))]),
            self._datum("DatabaseConnections", "Count", [float(self._server.connections)]),
            self._datum("HealthStatus", "Count", [self.readings.get("HealthStatus", 1.0)]),
            self._datum(
                "PercentageDiskSpaceUsed",
                "Percent",
                [self.readings.get("PercentageDiskSpaceUsed", full)],
            ),
        ]
        data += [*self._waits(queries), *self._durations(queries)]
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data("AWS/Redshift", data)

    def _new_queries(self) -> list[QueryRecord]:
        return [self._queries.get() for _ in range(self._queries.qsize())]

    def _waits(self, queries: list[QueryRecord]) -> list[dict[str, Any]]:
        """What queries waited, by priority: milliseconds; nothing waits here unless a reading says so."""
        waited: dict[str, float] = defaultdict(float)
        for query in queries:
            waited[query.query_priority.upper()] += query.queue_time / 1000
        if (reading := self.readings.get("WLMQueueWaitTime")) is not None:
            waited["HIGH"] = reading
        return [
            self._datum("WLMQueueWaitTime", "Milliseconds", [value], {"Name": "QueryPriority", "Value": priority})
            for priority, value in waited.items()
        ]

    def _durations(self, queries: list[QueryRecord]) -> list[dict[str, Any]]:
        groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        for query in queries:
            elapsed = float(query.elapsed_time)
            latency = "short" if elapsed < _SHORT else "medium" if elapsed < _MEDIUM else "long"
            label = query.query_label
            groups["QueryDuration", "latency", latency].append(elapsed)
            groups["QueriesCompletedPerSecond", "latency", latency].append(1.0)
            queue = label if label not in ("", "default") else query.service_class_name
            groups["WLMQueryDuration", "QueueName", queue].append(elapsed)
        units = {"QueriesCompletedPerSecond": "Count/Second"}
        return [
            self._datum(name, units.get(name, "Microseconds"), values, {"Name": dimension, "Value": value})
            for (name, dimension, value), values in groups.items()
        ]

    def _datum(self, name: str, unit: str, values: list[float], *more: dict[str, str]) -> dict[str, Any]:
        dimensions = [{"Name": "ClusterIdentifier", "Value": self._cluster}, *more]
        now = datetime.fromtimestamp(self._alarms.clock(), UTC).replace(tzinfo=None)  # as moto keeps its own
        return {"MetricName": name, "Unit": unit, "Values": values, "Dimensions": dimensions, "Timestamp": now}
