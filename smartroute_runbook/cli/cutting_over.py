"""Shared by the commands around the cut-over: going back with SSM alone, and the queries as week 3 proved them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smartroute_runbook.errors import UsageError

from .options import opened_run

if TYPE_CHECKING:
    from smartroute_runbook.operate.agreement import Proven
    from smartroute_runbook.operate.back import WentBack
    from smartroute_runbook.runs.run import Run

__all__ = ["proven_queries", "went_back"]


def went_back(environment: str, run_id: str, records: str | None = None, *, cause: bool = True) -> WentBack:
    """The dashboard on Athena again, before any run is opened."""
    from smartroute_runbook.engines.clients import Clients
    from smartroute_runbook.environment.detect import where_clients_lead
    from smartroute_runbook.environment.way_back import as_far_as_right, parameters_of_way_back
    from smartroute_runbook.operate.back import go_back

    values = parameters_of_way_back(environment)["settings"]
    _, settings = as_far_as_right(values, f"parameters/{environment}.yaml")
    url = Clients(settings).boto("ssm").meta.endpoint_url
    if environment == "rehearsal" and not where_clients_lead({"ssm": url}).rehearsal:
        raise UsageError("A rehearsal needs the stand-ins", expected="SSM on this machine", hint="Name the environment")
    back = go_back(
        settings,
        lambda: opened_run(environment, run_id, records, way_back=True)[0],
        lambda run: run.queries,
        cause=cause,
    )
    click.echo("The dashboard's parameter is set to athena.", err=True)
    return back


def proven_queries(run: Run) -> dict[str, Proven]:
    """The dashboard's queries, compared over the rows that both engines hold."""
    from smartroute_runbook import load, measure
    from smartroute_runbook.operate.agreement import proven

    queries = measure.dashboard(run, load.as_of(run))
    return proven(queries, measure.dashboard_texts(run, queries))
