"""Commands for the record of a run on this machine: seal, the signing key, releasing an abandoned lease."""

from __future__ import annotations

from pathlib import Path

import click

from .options import as_json_option, environment_options, head_of, opened_run, out, records_option, warn


@click.command(short_help="Seal a notebook that was executed elsewhere.")
@click.argument("week", required=False)
@click.argument("notebook", required=False, type=click.Path(path_type=Path))
@environment_options
@records_option
@click.option("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait until the notebook is saved.")
@as_json_option
def seal(
    week: str | None,
    notebook: Path | None,
    environment: str,
    run_id: str,
    records: str | None,
    wait: float,
    as_json: bool,
) -> int:
    """Seal NOTEBOOK, executed elsewhere (JupyterLab, plain papermill), as WEEK of its run.

    Without WEEK and NOTEBOOK: attest what the journal got since the last seal.
    """
    from smartroute_runbook.errors import UsageError
    from smartroute_runbook.record.attempts import seal_left_alone
    from smartroute_runbook.record.seal import attest
    from smartroute_runbook.record.stepped import seal_notebook, wait_until_saved
    from smartroute_runbook.runs.front_page import renew_front_page
    from smartroute_runbook.runs.plan import week_of

    if week is not None:
        week_of(week)
        if notebook is None:
            raise UsageError("Which notebook is to be sealed?", expected="seal WEEK NOTEBOOK")
    opened, _ = opened_run(environment, run_id, records, finished_too=True)
    if week is None or notebook is None:
        seal_left_alone(opened)
        sealed = attest(opened)
    else:
        if wait and not wait_until_saved(opened, week, notebook, wait):
            raise UsageError(f"{notebook} was not saved within {wait:g} s", hint="Save it, then seal it")
        seal_left_alone(opened)
        sealed = seal_notebook(opened, week, notebook)
    renew_front_page(opened.base)
    warn(sealed.anchor)
    written = {"record": f"{opened.store.where}/{opened.id}", "attestation": sealed.attestation, **head_of(opened)}
    names = {"week": week, "notebook": sealed.notebook, "page": sealed.html} if week else {}
    if as_json:
        out({**names, **written})
    else:
        click.echo(f"Sealed: {sealed.notebook or sealed.attestation} in {written['record']}")
    return 0


@click.command()
@environment_options
@records_option
@click.option("--note", required=True, help="Why; kept in the record.")
@as_json_option
def release(environment: str, run_id: str, records: str | None, note: str, as_json: bool) -> None:
    """Free a run whose lease is held by a process that has ended."""
    from smartroute_runbook.runs.lease import release as free

    opened, _ = opened_run(environment, run_id, records)
    who = free(opened.store, f"{opened.id}/lease", note)
    opened.journal.append("released", {"lease": who, "note": note})
    out({"released": who, **head_of(opened)}) if as_json else click.echo(f"Released: {who}")


@click.command(short_help="Print the public key that seals records.")
@environment_options
@as_json_option
def key(environment: str, run_id: str, as_json: bool) -> None:
    """Print the public key that seals records: keep it elsewhere, for verify --key."""
    del run_id
    from smartroute_runbook.environment.parameters import load_parameters
    from smartroute_runbook.environment.settings import parse_settings
    from smartroute_runbook.record.signing import key_id, open_key, public_pem

    settings = parse_settings(load_parameters(environment)["settings"])
    pem = public_pem(open_key(settings.record.signing_key))
    if as_json:
        out({"key": key_id(pem), "pem": pem.decode()})
    else:
        click.echo(pem.decode(), nl=False)
        click.echo(f"Key {key_id(pem)}", err=True)


COMMANDS = (seal, release, key)
