"""Commands that run weeks: a folder to work in, what must be so before, the weeks, and how they went afterwards."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from .cutting_over import went_back
from .extra import HOW_TO_INSTALL, missing_extra
from .options import (
    as_json_option,
    environment_options,
    head_of,
    opened_run,
    out,
    read_run,
    records_option,
    show,
    show_cell,
    show_head,
    show_result,
    show_weeks,
    warn,
)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@as_json_option
def init(directory: Path, as_json: bool) -> None:
    """Copy runbooks, parameters and docs into a working folder."""
    from smartroute_runbook.environment.working_folder import copy_to
    from smartroute_runbook.runs.front_page import write_front_page

    copy_to(directory)
    front = write_front_page(directory)
    if as_json:
        out({"directory": str(directory.resolve()), "front_page": str(front.resolve())})
        return
    click.echo(f"{directory} is ready. Next, a rehearsal or production:")
    if directory.resolve() != Path.cwd():
        click.echo(f"  cd {shlex.quote(str(directory))}")
    if missing_extra():
        click.echo(f"  # for a rehearsal first: {HOW_TO_INSTALL}")
    click.echo("  smartroute-runbook lab --rehearsal    # step through all weeks against stand-ins")
    click.echo("  smartroute-runbook preflight --environment production    # after editing parameters/production.yaml")


@click.command()
@environment_options
@records_option
@as_json_option
def preflight(environment: str, run_id: str, records: str | None, as_json: bool) -> int:
    """Check everything that must be true before week 1."""
    from smartroute_runbook.prepare.preflight import preflight as check
    from smartroute_runbook.runs.known_runs import UnknownRun, finished

    try:
        opened = read_run(environment, run_id, records, aws=True)
    except UnknownRun:  # week 1 will begin it under the name that was chosen; beside an open run it is a slip
        opened = read_run(environment, "", records, aws=True)
        if opened.journal.entries() and not finished(opened.journal):
            raise
    result = check(opened)
    out(result.as_json()) if as_json else show(result)
    return 0 if result.ready else 1


@click.command(short_help="Execute a week; continue where it stopped.")
@click.argument("week", metavar="WEEK")
@environment_options
@records_option
@click.option("--again", is_flag=True, help="Execute weeks that are finished too.")
@as_json_option
def run(week: str, environment: str, run_id: str, records: str | None, again: bool, as_json: bool) -> int:
    """Execute WEEK (1 to 4, rollback, or all); continue an interrupted run; stop at an unsigned gate."""
    from smartroute_runbook.runner import run_weeks, weeks_of

    weeks = weeks_of(week)
    back = week == "rollback"
    opened, parameters = opened_run(environment, run_id, records, finished_too=back, way_back=back, new=True)
    results = run_weeks(opened, weeks, parameters, again=again or back, on_cell=show_cell)
    where = f"{opened.store.where}/{opened.id}"
    if as_json:
        weeks_done = [one.as_json() for one in results]
        out({"records": where, "run_id": opened.id, "weeks": weeks_done, **head_of(opened)})
    else:
        show_weeks(results, where)
        show_head(opened)
    for one in results:
        warn(one.sealed.anchor)
    return results[-1].exit_code if results else 0


@click.command()
@environment_options
@records_option
@as_json_option
def status(environment: str, run_id: str, records: str | None, as_json: bool) -> None:
    """Show where a run stands, and its next action."""
    from smartroute_runbook.runs.status import status_of

    opened = read_run(environment, run_id, records)
    result = status_of(opened)
    show_result(opened, result, result.as_json(), as_json=as_json)


@click.command(short_help="Go back to Athena at once, and record it.")
@environment_options
@records_option
@as_json_option
@click.pass_context
def rollback(context: click.Context, environment: str, run_id: str, records: str | None, as_json: bool) -> int:
    """Go back to Athena, then execute and record the rollback notebook. Waits for no signature and no record.

    The parameter is set before anything else: whatever becomes of the notebook, the dashboard reads Athena.
    """
    back = went_back(environment, run_id, records, cause=False)
    for why in back.unrecorded:
        warn(f"not recorded: {why}")
    where = {"run_id": back.run_id or run_id, "records": back.records or records}
    options = {"environment": environment, "as_json": as_json, **where}
    code: int = context.invoke(run, week="rollback", **options)
    return code


@click.command(short_help="A month afterwards: forecast against bill.")
@environment_options
@records_option
@click.option("--of", "name", default="", metavar="YYYY-MM", help="Default: the last whole month.")
@as_json_option
def month(environment: str, run_id: str, records: str | None, name: str, as_json: bool) -> None:
    """A month afterwards: forecast against bill, the triggers again, and whether Redshift still pays."""
    from smartroute_runbook.decide import month as look_back

    result = look_back(read_run(environment, run_id, records, aws=True), name)
    out(result.as_json()) if as_json else show(result)


COMMANDS = (init, preflight, run, status, rollback, month)
