"""Shared by the commands: options, opening a run, printing a result."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.quantities import plural

if TYPE_CHECKING:
    from smartroute_runbook.runner import WeekRun
    from smartroute_runbook.runs.run import Run
    from smartroute_runbook.views import View

Command = Callable[..., Any]


def environment_options(command: Command) -> Command:
    """``--environment`` and ``--run-id``."""
    run_id = click.option("--run-id", default="", help="The run; default: the newest that is not finished.")
    text = "The name of a parameters file; default: SMARTROUTE_ENVIRONMENT, or rehearsal where stand-ins are exported."
    name = click.option("--environment", callback=_environment_name, metavar="NAME", help=text)
    return name(run_id(command))


def _environment_name(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    from smartroute_runbook.environment.detect import stand_ins_exported
    from smartroute_runbook.environment.parameters import home

    name = value or os.environ.get("SMARTROUTE_ENVIRONMENT") or ("rehearsal" if stand_ins_exported() else "")
    if not name:
        known = sorted(path.stem for path in (home() / "parameters").glob("*.yaml"))
        raise UsageError(
            "No environment is named",
            hint=f"Say --environment {' or --environment '.join(known) or 'NAME'}, or set SMARTROUTE_ENVIRONMENT",
        )
    return name


as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")


def _place(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    """Where records lie: an S3 prefix as it is, a folder from the root."""
    return given if given is None or given.startswith("s3://") else str(Path(given).resolve())


records_option = click.option(
    "--records", callback=_place, metavar="PLACE", help="Folder or S3 prefix of records; default: record.store."
)


def out(value: Any) -> None:
    """A value as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def show(thing: Any) -> None:
    """A result as text."""
    show_view(thing.view())


def show_view(view: View) -> None:
    """A view as text."""
    from smartroute_runbook.present.text import print_view

    print_view(view)


def opened_run(
    environment: str, run_id: str, records: str | None = None, *, finished_too: bool = True, way_back: bool = False,
    new: bool = False,
) -> tuple[Run, dict[str, Any]]:  # fmt: skip
    """The run that the options name, to work in it, with its parameters; ``new``: it may be one that is not there yet.

    Raises:
        Refused: there is no such run.
    """
    from smartroute_runbook.present.progress import Progress
    from smartroute_runbook.runs.from_shell import open_run
    from smartroute_runbook.runs.known_runs import UnknownRun

    if not (new or way_back):
        try:
            known = read_run(environment, run_id, records)
        except UnknownRun as error:
            raise Refused(error.what, hint=error.hint) from None
        if not known.id:  # of no name, in a folder where none was begun
            hint = f"Start one: smartroute-runbook run 1 --environment {environment}; or name its folder with --records"
            raise Refused(f"There is no run of '{environment}' in {known.store.where}", hint=hint)

    run, parameters = open_run(environment, run_id, records=records, finished_too=finished_too, way_back=way_back)
    run.progress = Progress
    for line in (*([run.reading] if run.reading else []), *run.unrecorded):
        click.echo(line, err=True)
    return run, parameters


def read_run(environment: str, run_id: str, records: str | None = None, *, aws: bool = False) -> Run:
    """The run that the options name, to look at it: nothing is made. ``aws``: its clients are used as well."""
    from smartroute_runbook.runs.from_shell import open_run

    run, _ = open_run(environment, run_id, records=records, finished_too=True, create=False, aws=aws)
    if aws:
        from smartroute_runbook.present.progress import Progress

        run.progress = Progress
    return run


def head_of(run: Run) -> dict[str, str]:
    """The journal's head, ``N:DIGEST``: written down elsewhere, it shows later that nothing was cut off."""
    n, digest = run.journal.head()
    return {"head": f"{n}:{digest}"}


def show_head(run: Run) -> None:
    """The journal's head on stderr, beside a result that is not JSON."""
    click.echo(f"Journal head: {head_of(run)['head']}", err=True)


def show_result(run: Run, result: Any, values: Any, *, as_json: bool) -> None:
    """A result of a run, with the journal's head: as JSON, or as text."""
    if as_json:
        out({**values, **head_of(run)})
        return
    show(result)
    show_head(run)


def warn(text: str) -> None:
    """Something that stops nothing, on stderr."""
    if text:
        click.echo(f"smartroute-runbook: {text}", err=True)


def show_cell(week: str, done: int, of: int, cell: str) -> None:
    """How far a week's notebook is: one line that moves on a terminal, first and last elsewhere."""
    end = "\n" if done >= of or not sys.stderr.isatty() else ""
    name = f"week {week}" if week != "rollback" else week
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{name}: {done} of {plural(of, 'cell')}  {cell}{end}", err=True, nl=False)
    elif done in (0, of):
        click.echo(f"{name}: {done} of {plural(of, 'cell')}", err=True)


def show_weeks(weeks: list[WeekRun], where: str) -> None:
    """What became of each week, and where its record is."""
    for one in weeks:
        name = f"Week {one.week}" if one.week != "rollback" else "Rollback"
        click.echo(f"{name}: {one.status} in {one.seconds:.1f} s")
        if one.failure:
            click.echo(f"  {one.failure.message}", err=True)
    if not weeks:
        click.echo("Nothing to do: these weeks are finished. Use --again to execute them once more.")
    click.echo(f"Record: {where}")
