"""Commands that run weeks and sign gates."""

from __future__ import annotations

from pathlib import Path

import click

from .options import (
    Command,
    as_json_option,
    environment_options,
    opened_run,
    out,
    records_option,
    say_weeks,
    show,
    tell,
)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Copy runbooks and parameters into a working folder."""
    from smartroute_runbook.environment.working_folder import copy_to

    copy_to(directory)
    click.echo(f"{directory} is ready. Next: cd {directory}, edit parameters/, then smartroute-runbook preflight.")


@click.command()
@click.argument("week", metavar="WEEK")
@environment_options
@records_option
@click.option("--again", is_flag=True, help="Execute weeks that are finished too.")
@as_json_option
def run(week: str, environment: str, run_id: str, records: Path | None, again: bool, as_json: bool) -> int:
    """Execute WEEK (1 to 4, rollback, or all); continue an interrupted run; stop at an unsigned gate."""
    from smartroute_runbook.runner import run_weeks, weeks_of

    weeks = weeks_of(week)
    opened, parameters = opened_run(environment, run_id, records, finished_too=week == "rollback")
    done = run_weeks(opened, weeks, parameters, again=again or week == "rollback", tell=tell)
    where = f"{opened.store.where}/{opened.id}"
    if as_json:
        out({"records": where, "run_id": opened.id, "weeks": [one.as_json() for one in done]})
    else:
        say_weeks(done, where)
    return done[-1].exit_code if done else 0


@click.command()
@environment_options
@records_option
@as_json_option
def status(environment: str, run_id: str, records: Path | None, as_json: bool) -> None:
    """Show where a run stands, and its next action."""
    from smartroute_runbook.runs.status import status_of

    opened, _ = opened_run(environment, run_id, records)
    found = status_of(opened)
    out(found.as_json()) if as_json else show(found)


def _gate_command(verb: str, said: str, note: str) -> Command:
    """``sign`` and ``revoke``: the same options, the gate's method of that name."""

    def command(gate: str, environment: str, run_id: str, records: Path | None, signer: str, note: str) -> None:
        from smartroute_runbook.runs.journal import whoami
        from smartroute_runbook.runs.status import gate_of

        opened, _ = opened_run(environment, run_id, records)
        found = gate_of(opened, gate)
        getattr(found, verb)(signer or whoami(), note)
        show(found)

    who = f"Who {verb}s; default: SMARTROUTE_OPERATOR or user@host."
    for option in (
        click.option("--note", default="", help=note), click.option("--signer", default="", help=who), records_option,
        environment_options, click.argument("gate"),
    ):  # fmt: skip
        command = option(command)
    return click.command(verb, help=said)(command)


sign = _gate_command("sign", "Sign GATE over the evidence that the run has shown.", "Kept with the signature.")
revoke = _gate_command("revoke", "Take the signatures of GATE back.", "Why.")


@click.command()
@environment_options
@as_json_option
@click.pass_context
def rollback(context: click.Context, environment: str, run_id: str, as_json: bool) -> int:
    """Go back to Athena: executes and records the rollback notebook."""
    code: int = context.invoke(run, week="rollback", environment=environment, run_id=run_id, as_json=as_json)
    return code


COMMANDS = (init, run, status, sign, revoke, rollback)
