"""Shared by the commands around the cut-over: going back with SSM alone, and the queries as week 3 proved them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from smartroute_runbook.errors import UsageError

from .options import opened_run

if TYPE_CHECKING:
    from smartroute_runbook.environment.settings import Settings
    from smartroute_runbook.operate.agreement import Proven
    from smartroute_runbook.operate.back import WentBack
    from smartroute_runbook.runs.run import Run

__all__ = ["proven_queries", "went_back"]


def went_back(environment: str, run_id: str, records: str | None = None, *, cause: bool = True) -> WentBack:
    """The dashboard on Athena again, before any run is opened."""
    from smartroute_runbook.engines.clients import Clients
    from smartroute_runbook.environment.detect import where_clients_lead
    from smartroute_runbook.operate.back import go_back

    settings = _settings(environment, run_id, records)
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


def _settings(environment: str, run_id: str, records: str | None) -> Settings:
    """The parameters as far as they are right; where their file cannot be read, those that a run went by last.

    Raises:
        UsageError: neither can be read; the hint is a command that needs neither.
    """
    from smartroute_runbook.environment.parameters import home
    from smartroute_runbook.environment.settings import Settings
    from smartroute_runbook.environment.way_back import as_far_as_right, parameters_of_way_back
    from smartroute_runbook.runs.changed_settings import settings_on_record
    from smartroute_runbook.runs.store import FolderStore

    try:
        values = parameters_of_way_back(environment)["settings"]
        return as_far_as_right(values, f"parameters/{environment}.yaml")[1]
    except UsageError as error:
        usual, known = Settings(), None
        where = records or usual.record.store
        if not where.startswith("s3://"):
            with contextlib.suppress(UsageError, OSError):
                known = settings_on_record(FolderStore(home() / where), environment, run_id)
        if known is None:
            command = f"aws ssm put-parameter --name {usual.dashboard.engine_parameter} --value athena --overwrite"
            hint = "Without them, and at once, with the dashboard's own parameter's name and region"
            raise UsageError(error.what, expected=error.expected, hint=f"{hint}: {command}") from None
        click.echo(f"{error.what}. Going back by what run {known[0]} went by.", err=True)
        return known[1]


def proven_queries(run: Run) -> dict[str, Proven]:
    """The dashboard's queries, compared over the rows that both engines hold."""
    from smartroute_runbook import load, measure
    from smartroute_runbook.operate.agreement import proven

    queries = measure.dashboard(run, load.as_of(run))
    return proven(queries, measure.dashboard_texts(run, queries))
