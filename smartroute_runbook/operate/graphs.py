"""A CloudWatch dashboard for whoever hears an alarm: every alarm's state, its graph, and both engines side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.api.request_metrics import LATENCY, NAMESPACE
from smartroute_runbook.api.routing import CANDIDATE, CONTROL
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.prices import price_book
from smartroute_runbook.runs.reconcile import Reconciled, Resource

from .alarms import alarms

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["Graphs", "graphs_of"]

_WIDE, _HIGH, _ACROSS = 8, 6, 3  # of a graph, in CloudWatch's grid of 24 columns; graphs in a row


class Graphs(Reconciled):
    """The dashboard of the cluster's name."""

    id: ClassVar[str] = "week4.graphs"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "delete the CloudWatch dashboard"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """One command."""
        return (f"aws cloudwatch delete-dashboards --dashboard-names {run.settings.redshift.cluster}",)

    def resources(self, run: Run) -> Iterator[Resource]:
        """The dashboard, by its whole body."""
        cloudwatch, name, body = run.clients.boto("cloudwatch"), run.settings.redshift.cluster, graphs_of(run)
        try:
            before = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        except cloudwatch.exceptions.ResourceNotFound:
            before = None

        def make() -> None:
            answer = cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps(body))
            if wrong := answer.get("DashboardValidationMessages"):  # AWS keeps it all the same
                raise ServiceError(f"CloudWatch doubts the dashboard {name}: {wrong[0].get('Message', wrong[0])}")

        why = f"https://console.aws.amazon.com/cloudwatch/home#dashboards:name={name}; the first three are free"
        usd = price_book()["cloudwatch-dashboard"].usd
        yield Resource(f"CloudWatch dashboard {name}", before, body, make, why, usd)


def graphs_of(run: Run) -> dict[str, Any]:
    """The dashboard's body (CloudWatch API reference, "Dashboard Body Structure and Syntax")."""
    region, prefix = run.settings.aws.region, f"{run.settings.redshift.cluster}-"
    place = f"arn:aws:cloudwatch:{region}:{run.clients.caller().account}:alarm:{prefix}"
    all_ = alarms(run.settings)
    words = (
        f"Made by smartroute-runbook: a change by hand is undone by week 4's step. What to do at each alarm: "
        f"{run.settings.alarms.runbook}. Back to Athena: `smartroute-runbook switch athena`."
    )
    states = {"title": "Alarms", "alarms": [place + alarm.name for alarm in all_]}
    widgets = [
        _widget("text", 0, 0, 24, 2, {"markdown": words}),
        _widget("alarm", 0, 2, 24, 3, states),
        _widget("metric", 0, 5, 24, _HIGH, _by_engine(run, region)),
    ]
    for n, alarm in enumerate(all_):
        shown = {
            "title": alarm.title,
            "region": region,
            "view": "timeSeries",
            "annotations": {"alarms": [place + alarm.name]},
        }
        x, y = n % _ACROSS * _WIDE, 5 + _HIGH + n // _ACROSS * _HIGH
        widgets.append(_widget("metric", x, y, _WIDE, _HIGH, shown))
    return {"widgets": widgets}


def _by_engine(run: Run, region: str) -> dict[str, Any]:
    """What users wait, by engine: while shares rise, both have requests."""
    dashboard = run.settings.dashboard.engine_parameter
    return {
        "title": "What users of the dashboard wait, 95th percentile, by engine",
        "region": region,
        "view": "timeSeries",
        "stat": "p95",
        "period": 300,
        "metrics": [
            [NAMESPACE, LATENCY, "Dashboard", dashboard, "Engine", engine, {"label": engine}]
            for engine in (CONTROL, CANDIDATE)
        ],
    }


def _widget(kind: str, x: int, y: int, width: int, height: int, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties}
