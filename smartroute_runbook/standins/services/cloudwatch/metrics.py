"""Published data points by metric and time, and the series of metric queries over them."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from moto.cloudwatch import cloudwatch_backends

from smartroute_runbook.standins.account import ACCOUNT, REGION

from .datapoints import DataPoint, EvaluationWindow, Series
from .metric_math import calculate

__all__ = ["Metrics", "series_of"]

_Dimensions = Sequence[Mapping[str, str]]


class Metrics:
    """Moto's data points by metric and time; moto itself keeps one long list."""

    def __init__(self) -> None:
        self._read = 0
        self._points: dict[tuple[Any, ...], list[DataPoint]] = {}
        self._times: dict[tuple[Any, ...], list[float]] = {}  # of the points that are sorted by time
        self._lock = threading.Lock()

    def points(self, metric: Mapping[str, Any], start: float, end: float, unit: str | None = None) -> list[DataPoint]:
        """The points of exactly this namespace, name and set of dimensions in [start, end), by time."""
        with self._lock:
            self._take_in()
            key = _key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))
            key = (*key, unit) if unit else key
            points = self._points.get(key, [])
            if key not in self._times:
                points.sort(key=lambda point: point.time)
                self._times[key] = [point.time for point in points]
            times = self._times[key]
            return points[bisect_left(times, start) : bisect_left(times, end)]

    def _take_in(self) -> None:
        published = cloudwatch_backends[ACCOUNT][REGION].metric_data
        if len(published) < self._read:  # moto was reset
            self._read = 0
            self._points.clear()
            self._times.clear()
        fresh = published[self._read :]  # others append meanwhile: count what was taken, not what is there
        self._read += len(fresh)
        for datum in fresh:
            key = _key(datum.namespace, datum.name, [{"Name": d.name, "Value": d.value} for d in datum.dimensions])
            point = _point(datum)
            self._points.setdefault(key, []).append(point)
            self._points.setdefault((*key, datum.unit), []).append(point)
            self._times.pop(key, None)
            self._times.pop((*key, datum.unit), None)


def _key(namespace: str, name: str, dimensions: _Dimensions) -> tuple[Any, ...]:
    return namespace, name, tuple(sorted((d["Name"], d["Value"]) for d in dimensions))


def _point(datum: Any) -> DataPoint:
    moment = datum.timestamp if datum.timestamp.tzinfo else datum.timestamp.replace(tzinfo=UTC)
    if hasattr(datum, "value"):
        return DataPoint(moment.timestamp(), datum.value, 1, datum.value, datum.value)
    return DataPoint(moment.timestamp(), datum.sum, datum.sample_count, datum.min, datum.max, single=False)


def series_of(queries: Sequence[Mapping[str, Any]], metrics: Metrics, window: EvaluationWindow) -> dict[str, Series]:
    """Every query of a GetMetricData or an alarm, by id; expressions may use those of other expressions."""
    series: dict[str, Series] = {}
    for query in queries:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            own = EvaluationWindow(
                window.start, int(stat["Period"]), window.count * window.period // int(stat["Period"])
            )
            end = own.start + own.count * own.period
            points = metrics.points(stat["Metric"], own.start, end, stat.get("Unit"))
            series[query["Id"]] = own.split(points, stat["Stat"])
    waiting = [query for query in queries if "Expression" in query]
    while waiting:
        ready = [q for q in waiting if not any(_uses(q, other["Id"]) for other in waiting if other is not q)]
        for query in ready or waiting[:1]:
            series[query["Id"]] = calculate(query["Expression"], series, window)
            waiting.remove(query)
    return series


def _uses(query: Mapping[str, Any], name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", query["Expression"]) is not None
