"""Commands that start the stand-ins for AWS on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from smartroute_runbook.errors import RunbookError, UsageError

from .extra import HOW_TO_INSTALL, missing_extra
from .options import as_json_option, out, show, show_cell, show_weeks, warn

_lake = click.option("--lake", type=click.Path(path_type=Path), help="Parquet file or folder of vehicles rows.")
_days = click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="Days of the made lake.")
_trino = click.option(
    "--trino", metavar="URL", help="A Trino that executes Athena's statements instead of DuckDB (make trino)."
)


@click.command(short_help="Run all four weeks and the rollback against stand-ins.")
@_lake
@_days
@_trino
@click.option("--records", type=click.Path(path_type=Path), default=Path("records"), show_default=True)
@click.option("--keep", is_flag=True, help="Leave the stand-ins running and print how to reach them.")
@as_json_option
def rehearse(lake: Path | None, days: int, trino: str | None, records: Path, keep: bool, as_json: bool) -> int:
    """Run all four weeks and the rollback against stand-ins, headless."""
    from smartroute_runbook import rehearse as whole
    from smartroute_runbook.environment.working_folder import home_or_packaged

    if str(records).startswith("s3:"):
        raise UsageError("--records is an S3 address", expected="a folder: the rehearsal's own S3 ends with it")
    stand_ins = _stand_ins()
    if keep and stand_ins.running():
        raise UsageError("Stand-ins run here already", hint="Stop them with 'smartroute-runbook rehearsal down'")
    if not keep:
        os.environ["SMARTROUTE_REHEARSAL_DIR"] = str(whole.scratch())
    click.echo("Starting the stand-ins for AWS ...", err=True)
    try:
        environ = stand_ins.up(lake=lake, days=days, trino=trino)
        with home_or_packaged() as base:
            rehearsal = whole.rehearse(environ, records, base=base, on_cell=show_cell)
    finally:
        if not keep:
            stand_ins.down()
    if as_json:
        out(rehearsal.as_json() | ({"environment": environ} if keep else {}))
    else:
        show_weeks(list(rehearsal.weeks), str(rehearsal.records))
        show(rehearsal.verification)
        for line in whole.export_lines(environ) if keep else ():
            click.echo(line)
    return rehearsal.exit_code


@click.group()
def rehearsal() -> None:
    """The stand-ins for AWS on this machine."""


@rehearsal.command()
@_lake
@_days
@_trino
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the AWS endpoint; default: any free one.")
@click.option("--faults", type=click.Path(path_type=Path), help="YAML: faults to inject, seeded.")
@as_json_option
def up(lake: Path | None, days: int, trino: str | None, port: int, faults: Path | None, as_json: bool) -> None:
    """Start the stand-ins; prints export lines for a shell."""
    from smartroute_runbook.rehearse import export_lines

    environ = _stand_ins().up(lake=lake, days=days, port=port, faults=faults, trino=trino)
    if as_json:
        out({"environment": environ})
        return
    for line in export_lines(environ):
        click.echo(line)


@rehearsal.command()
@as_json_option
def down(as_json: bool) -> int:
    """Stop the stand-ins that were started in this folder."""
    stopped = _stand_ins().down()
    out({"stopped": stopped}) if as_json else click.echo("Stopped." if stopped else "None were running.")
    if stopped:
        return 0
    there = os.environ.get("AWS_ENDPOINT_URL", "")
    if not _answers(there):
        return 0
    warn(f"stand-ins started in another folder answer at {there}: run this there, or set SMARTROUTE_REHEARSAL_DIR")
    return 1


def _answers(endpoint: str) -> bool:
    """Whether stand-ins of this machine answer where this shell was pointed."""
    from smartroute_runbook.environment.detect import where_clients_lead

    try:
        return bool(endpoint) and where_clients_lead({"aws": endpoint}).rehearsal
    except RunbookError:
        return False


@rehearsal.command()
@as_json_option
def limits(as_json: bool) -> None:
    """Print what the stand-ins cannot model."""
    _stand_ins()
    from smartroute_runbook.standins.limits import limits as known

    known_limits = known()
    if as_json:
        from smartroute_runbook.canonical import plain

        out(plain(known_limits))
        return
    for one in known_limits:
        click.echo(f"{one.area}: {one.what}")


def _stand_ins() -> Any:
    """The rehearsal's own part of the package, an optional extra; the stand-ins themselves live in another process."""
    from smartroute_runbook.rehearsal import daemon

    if missing := missing_extra():
        raise UsageError(f"Rehearsals are not installed: {', '.join(missing)} cannot be found", hint=HOW_TO_INSTALL)
    return daemon


@click.command(
    context_settings={"ignore_unknown_options": True}, short_help="Open JupyterLab on the working folder's front page."
)
@click.argument("arguments", nargs=-1)
@click.option(
    "--rehearsal", "with_stand_ins", is_flag=True, help="Start the stand-ins first, and stop them afterwards."
)
def lab(arguments: tuple[str, ...], with_stand_ins: bool) -> None:
    """Open JupyterLab on the working folder's front page: weeks, gates, parameters, records, documents.

    ARGUMENTS are JupyterLab's own, such as --no-browser, --port 8890, or --allow-root in a container.
    """
    from smartroute_runbook.environment.parameters import home
    from smartroute_runbook.environment.working_folder import start_lab
    from smartroute_runbook.runs.front_page import write_front_page

    base = home()

    def start() -> None:
        start_lab(base, arguments, write_front_page(base).name)

    if not with_stand_ins:
        start()
        return
    stand_ins = _stand_ins()
    environ = stand_ins.up()
    os.environ.update({k: v for k, v in environ.items() if not k.startswith("SMARTROUTE_REDSHIFT_")})
    try:
        start()
    finally:
        stand_ins.down()


COMMANDS = (rehearse, rehearsal, lab)
