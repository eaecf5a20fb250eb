"""The console script. Every command calls one function; errors are one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting for a signature, 4 refused by a gate or a stale proposal,
5 verification failed, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import RunbookError, UsageError

if TYPE_CHECKING:
    from .run import Run
    from .runner import WeekRun

__all__ = ["main"]

Command = Callable[..., Any]


def main() -> None:
    """Run a command line; never a traceback for what a person can cause."""
    try:
        code = cli.main(standalone_mode=False)
    except RunbookError as error:
        click.echo(f"smartroute-runbook: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        click.echo(f"smartroute-runbook: {error.format_message()}", err=True)
        code = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("smartroute-runbook: stopped. Nothing is lost: the same command continues.", err=True)
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smartroute-runbook")
def cli() -> None:
    """Carry SmartRoute from Amazon Athena to Amazon Redshift in four weeks."""


def _environment(command: Command) -> Command:
    run_id = click.option("--run-id", default="", help="The run; default: the newest that is not finished.")
    said = "The name of a parameters file; default: SMARTROUTE_ENVIRONMENT, or rehearsal where stand-ins are exported."
    name = click.option("--environment", callback=_named, metavar="NAME", help=said)
    return name(run_id(command))


def _named(_context: click.Context, _option: click.Parameter, given: str | None) -> str:
    from .settings import is_rehearsal

    name = given or os.environ.get("SMARTROUTE_ENVIRONMENT") or ("rehearsal" if is_rehearsal() else "")
    if not name:
        raise UsageError("No environment is named", hint="Say --environment NAME, or set SMARTROUTE_ENVIRONMENT")
    return name


_as_json = click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout.")
_records = click.option("--records", type=click.Path(path_type=Path), help="Folder for records; default: record.store.")


def _out(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print(thing: Any) -> None:
    from .present.text import print_view

    print_view(thing.view())


def _open(
    environment: str, run_id: str, records: Path | None = None, *, finished_too: bool = True
) -> tuple[Run, dict[str, Any]]:
    from .present.progress import Progress
    from .runner import open_run

    run, parameters = open_run(environment, run_id, records=records, finished_too=finished_too)
    run.progress = Progress
    return run, parameters


def _tell(week: str, done: int, of: int, cell: str) -> None:
    end = "\n" if done >= of or not sys.stderr.isatty() else ""
    name = f"week {week}" if week != "rollback" else week
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{name}: {done} of {of} cells  {cell}{end}", err=True, nl=False)
    elif done in (0, of):
        click.echo(f"{name}: {done} of {of} cells", err=True)


# ---- runs --------------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Copy runbooks and parameters into a working folder."""
    from .working_folder import copy_to

    copy_to(directory)
    click.echo(f"{directory} is ready. Next: cd {directory}, edit parameters/, then smartroute-runbook preflight.")


@cli.command()
@click.argument("week", metavar="WEEK")
@_environment
@_records
@click.option("--again", is_flag=True, help="Execute weeks that are finished too.")
@_as_json
def run(week: str, environment: str, run_id: str, records: Path | None, again: bool, as_json: bool) -> int:
    """Execute WEEK (1 to 4, rollback, or all); continue an interrupted run; stop at an unsigned gate."""
    from .runner import run_weeks, weeks_of

    weeks = weeks_of(week)
    opened, parameters = _open(environment, run_id, records, finished_too=week == "rollback")
    done = run_weeks(opened, weeks, parameters, again=again or week == "rollback", tell=_tell)
    where = f"{opened.store.where}/{opened.id}"
    if as_json:
        _out({"records": where, "run_id": opened.id, "weeks": [one.as_json() for one in done]})
    else:
        _say_weeks(done, where)
    return done[-1].exit_code if done else 0


def _say_weeks(weeks: list[WeekRun], where: str) -> None:
    for one in weeks:
        name = f"Week {one.week}" if one.week != "rollback" else "Rollback"
        click.echo(f"{name}: {one.status} in {one.seconds:.1f} s")
        if one.failure:
            click.echo(f"  {one.failure.message}", err=True)
    if not weeks:
        click.echo("Nothing to do: these weeks are finished. Use --again to execute them once more.")
    click.echo(f"Record: {where}")


@cli.command()
@_environment
@_records
@_as_json
def status(environment: str, run_id: str, records: Path | None, as_json: bool) -> None:
    """Show where a run stands, and its next action."""
    from .status import status_of

    opened, _ = _open(environment, run_id, records)
    found = status_of(opened)
    _out(found.as_json()) if as_json else _print(found)


@cli.command()
@click.argument("gate")
@_environment
@_records
@click.option("--signer", default="", help="Who signs; default: SMARTROUTE_OPERATOR or user@host.")
@click.option("--note", default="", help="Kept with the signature.")
def sign(gate: str, environment: str, run_id: str, records: Path | None, signer: str, note: str) -> None:
    """Sign GATE over the evidence that the run has shown."""
    from .journal import whoami
    from .status import gate_of

    opened, _ = _open(environment, run_id, records)
    found = gate_of(opened, gate)
    found.sign(signer or whoami(), note)
    _print(found)


@cli.command()
@click.argument("gate")
@_environment
@_records
@click.option("--signer", default="", help="Who revokes; default: SMARTROUTE_OPERATOR or user@host.")
@click.option("--note", default="", help="Why.")
def revoke(gate: str, environment: str, run_id: str, records: Path | None, signer: str, note: str) -> None:
    """Take the signatures of GATE back."""
    from .status import gate_of

    opened, _ = _open(environment, run_id, records)
    found = gate_of(opened, gate)
    found.revoke(signer, note)
    _print(found)


# ---- single actions ----------------------------------------------------------------------------------------------


@cli.command()
@_environment
@_as_json
def preflight(environment: str, run_id: str, as_json: bool) -> int:
    """Check everything that must be true before week 1."""
    from .prepare.preflight import preflight as check

    opened, _ = _open(environment, run_id)
    found = check(opened)
    _out(found.as_json()) if as_json else _print(found)
    return 0 if found.ready else 1


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--schema", required=True, type=click.Path(path_type=Path), help="YAML: columns by database.table.")
@click.option("--improve", multiple=True, metavar="RULE", help="Take the better answer of a rule (recorded).")
@_as_json
def translate(files: tuple[Path, ...], schema: Path, improve: tuple[str, ...], as_json: bool) -> int:
    """Translate Athena SQL files to Redshift SQL, or refuse and say why."""
    from .translate import run_files

    found = run_files(files, schema, improve)
    if as_json:
        _out([one.as_json() for one in found])
    else:
        for one in found:
            _print(one)
    return 0 if all(one.sql is not None for one in found) else 1


@cli.command()
@click.argument("table")
@_environment
@_as_json
def compare(table: str, environment: str, run_id: str, as_json: bool) -> int:
    """Prove TABLE equal on both engines, or name the rows that differ."""
    from .load import prove_table

    opened, _ = _open(environment, run_id)
    found = prove_table(opened, table)
    _out(found.as_json()) if as_json else _print(found)
    return 0 if found.equal else 5


@cli.command()
@_environment
@_as_json
def sync(environment: str, run_id: str, as_json: bool) -> None:
    """Load late, new and corrected days."""
    from .load import LoadDays

    opened, _ = _open(environment, run_id)
    done = opened.do(LoadDays())
    _out({"status": done.outcome.status, **done.outcome.facts}) if as_json else _print(done)


@cli.command()
@_environment
@click.option("--hours", type=float, default=None, help="Default: dashboard.watch_hours.")
@click.option("--every", type=float, default=30.0, show_default=True, help="Seconds between two rounds.")
def watch(environment: str, run_id: str, hours: float | None, every: float) -> None:
    """Sample the dashboard after a switch; samples are kept as they are taken."""
    from .operate import sample
    from .operate import watch as watched

    opened, _ = _open(environment, run_id)
    seconds = 3600 * (opened.settings.dashboard.watch_hours if hours is None else hours)
    sample(opened, list(opened.queries), seconds=seconds, every=every)
    _print(watched(opened, list(opened.queries), opened.switches()))


@cli.command()
@click.argument("engine", type=click.Choice(["athena", "redshift"]))
@_environment
@_as_json
def switch(engine: str, environment: str, run_id: str, as_json: bool) -> None:
    """Point the dashboard at ENGINE, while it is asked all the time."""
    from .operate import Switch

    opened, _ = _open(environment, run_id)
    done = opened.do(Switch("redshift" if engine == "redshift" else "athena", opened.queries))
    unchanged = {"to": engine, "seconds": 0.0, "requests": 0, "failed_requests": 0}
    _out({**unchanged, **done.outcome.facts}) if as_json else _print(done)


@cli.command()
@_environment
@_as_json
@click.pass_context
def rollback(context: click.Context, environment: str, run_id: str, as_json: bool) -> int:
    """Go back to Athena: executes and records the rollback notebook."""
    code: int = context.invoke(run, week="rollback", environment=environment, run_id=run_id, as_json=as_json)
    return code


# ---- records -----------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The public key that must have signed.")
@_as_json
def verify(directory: Path, key: Path | None, as_json: bool) -> int:
    """Check journal, signatures, attestations and hashes of a records folder, offline."""
    from .record.verify import verify as check

    found = check(directory, key)
    _out(found.as_json()) if as_json else _print(found)
    return 0 if found.valid else 5


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
def report(directory: Path) -> None:
    """Build the auditor's page over a run."""
    from .record.report import report as build

    click.echo(build(directory))


# ---- rehearsals --------------------------------------------------------------------------------------------------


_lake = click.option("--lake", type=click.Path(path_type=Path), help="Parquet file or folder of vehicles rows.")
_days = click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="Days of the made lake.")


@cli.command()
@_lake
@_days
@click.option("--records", type=click.Path(path_type=Path), default=Path("records"), show_default=True)
@click.option("--keep", is_flag=True, help="Leave the stand-ins running and print how to reach them.")
@_as_json
def rehearse(lake: Path | None, days: int, records: Path, keep: bool, as_json: bool) -> int:
    """Run all four weeks and the rollback against stand-ins, headless."""
    from . import rehearse as whole
    from .working_folder import home_or_packaged

    stand_ins = _stand_ins()
    if keep and stand_ins.running():
        raise UsageError("Stand-ins run here already", hint="Stop them with 'smartroute-runbook rehearsal down'")
    if not keep:
        os.environ["SMARTROUTE_REHEARSAL_DIR"] = str(whole.scratch())
    click.echo("Starting the stand-ins for AWS ...", err=True)
    try:
        environ = stand_ins.up(lake=lake, days=days)
        with home_or_packaged() as base:
            done = whole.rehearse(environ, records, base=base, tell=_tell)
    finally:
        if not keep:
            stand_ins.down()
    if as_json:
        _out(done.as_json() | ({"environment": environ} if keep else {}))
    else:
        _say_weeks(list(done.weeks), str(done.records))
        _print(done.verification)
        for line in whole.export_lines(environ) if keep else ():
            click.echo(line)
    return done.exit_code


@cli.group()
def rehearsal() -> None:
    """The stand-ins for AWS on this machine."""


@rehearsal.command()
@_lake
@_days
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the AWS endpoint; default: any free one.")
@click.option("--faults", type=click.Path(path_type=Path), help="YAML: faults to inject, seeded.")
def up(lake: Path | None, days: int, port: int, faults: Path | None) -> None:
    """Start the stand-ins; prints export lines for a shell."""
    from .rehearse import export_lines

    for line in export_lines(_stand_ins().up(lake=lake, days=days, port=port, faults=faults)):
        click.echo(line)


@rehearsal.command()
def down() -> None:
    """Stop the stand-ins."""
    click.echo("Stopped." if _stand_ins().down() else "None were running.")


@rehearsal.command()
@_as_json
def limits(as_json: bool) -> None:
    """Print what the stand-ins cannot model."""
    _stand_ins()
    from .rehearsal.limits import limits as known

    found = known()
    if as_json:
        from .canonical import plain

        _out(plain(found))
        return
    for one in found:
        click.echo(f"{one.area}: {one.what}")


def _stand_ins() -> Any:
    """The rehearsal's own part of the package, an optional extra."""
    try:
        from .rehearsal import daemon, stack  # noqa: F401 - the stack is what needs the extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Rehearsals are not installed ({error.name} is missing)",
            hint="pip install 'smartroute-runbook[rehearsal]'",
        ) from None
    return daemon


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1)
@click.option(
    "--rehearsal", "with_stand_ins", is_flag=True, help="Start the stand-ins first, and stop them afterwards."
)
def lab(arguments: tuple[str, ...], with_stand_ins: bool) -> None:
    """Open JupyterLab on the runbooks."""
    from .working_folder import start_lab

    if not with_stand_ins:
        start_lab(arguments)
        return
    stand_ins = _stand_ins()
    environ = stand_ins.up()
    os.environ.update({k: v for k, v in environ.items() if not k.startswith("SMARTROUTE_REDSHIFT_")})
    try:
        start_lab(arguments)
    finally:
        stand_ins.down()
