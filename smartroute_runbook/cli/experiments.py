"""Commands for week 3's A/B week."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import click

from smartroute_runbook.canonical import plain
from smartroute_runbook.quantities import plural

from .options import (
    as_json_option,
    environment_options,
    head_of,
    opened_run,
    out,
    read_run,
    records_option,
    show,
    show_head,
)

if TYPE_CHECKING:
    from smartroute_runbook.measure import ExperimentWeek
    from smartroute_runbook.runs.run import Run


@click.group(short_help="The registered A/B week: run, show, stop, withdraw.")
def experiment() -> None:
    """The registered A/B week: run it, read it, stop it, or withdraw its registration."""


@experiment.command("run", short_help="Ask what is left of the week, each round at its hour.")
@environment_options
@records_option
@click.option("--hours", type=click.FloatRange(min=0, min_open=True), help="At most so long, for a scheduler.")
@as_json_option
def run_command(environment: str, run_id: str, records: str | None, hours: float | None, as_json: bool) -> int:
    """Ask what is left of the week, each round at its hour; killed or stopped, it goes on where it was.

    Ctrl-C or SIGTERM ends it at once; the epoch under way is asked again the next time. Ends with 0 when the week is
    over or its hours are, with 130 where it was stopped.
    """
    from smartroute_runbook.measure.ab import holding, read_week, run_week, stopping

    opened, _ = opened_run(environment, run_id, records)
    registration, stop = holding(opened), threading.Event()
    with stopping(stop):
        result = run_week(opened, registration, hours=hours, stop=stop)
    _show_week(
        opened, read_week(opened, registration), {"stopped": result.stopped, "left": result.left}, as_json=as_json
    )
    if result.left:
        click.echo(
            f"smartroute-runbook: {result.stopped}; {plural(result.left, 'epoch is', 'epochs are')} left: run it again",
            err=True,
        )
    return 130 if stop.is_set() else 0


@experiment.command("show")
@environment_options
@records_option
@as_json_option
def show_command(environment: str, run_id: str, records: str | None, as_json: bool) -> None:
    """Show the stored state of the week; no query is run."""
    from smartroute_runbook.measure.ab import holding, read_week

    opened = read_run(environment, run_id, records)
    _show_week(opened, read_week(opened, holding(opened)), {}, as_json=as_json)


@experiment.command("stop", short_help="Tell the process that runs the week to end.")
@environment_options
@records_option
@click.option("--why", default="", help="Kept in the record.")
@as_json_option
def stop_command(environment: str, run_id: str, records: str | None, why: str, as_json: bool) -> None:
    """Tell the process that runs the week, wherever it is, to end after its epoch."""
    from smartroute_runbook.measure.ab import ask_to_stop, holding

    opened, _ = opened_run(environment, run_id, records)
    registration = holding(opened)
    ask_to_stop(opened, registration, why)
    message = "The week ends after the epoch that is under way. 'smartroute-runbook experiment run' continues it."
    _show(opened, message, {"registration": registration.number}, as_json=as_json)


@experiment.command("withdraw", short_help="End the registration.")
@environment_options
@records_option
@click.option("--why", required=True, help="Kept in the record, and shown by the next registration.")
@as_json_option
def withdraw_command(environment: str, run_id: str, records: str | None, why: str, as_json: bool) -> None:
    """End the registration; its samples stay in the record and count for no other. Week 3 registers anew."""
    from smartroute_runbook.measure.ab import withdraw

    opened, _ = opened_run(environment, run_id, records)
    number = withdraw(opened, why)
    message = f"Registration {number} is withdrawn. Week 3's notebook registers the experiment anew."
    _show(opened, message, {"withdrawn": number}, as_json=as_json)


def _show_week(run: Run, week: ExperimentWeek, values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out({"headline": week.headline, **values, **plain(week), **head_of(run)})
        return
    show(week)
    show_head(run)


def _show(run: Run, message: str, values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out({**values, **head_of(run)})
        return
    click.echo(message)
    show_head(run)


COMMANDS = (experiment,)
