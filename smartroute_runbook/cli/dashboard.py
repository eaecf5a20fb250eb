"""Commands for the dashboard: watch, switch, its alarms, its API."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from smartroute_runbook.quantities import plural

from .cutting_over import proven_queries, went_back
from .options import as_json_option, environment_options, opened_run, out, read_run, records_option, show, show_result


@click.command(short_help="Watch the dashboard after the cut-over.")
@environment_options
@records_option
@click.option("--hours", type=float, default=None, help="Default: dashboard.watch_hours.")
@click.option("--every", type=float, default=None, help="Seconds between two rounds; default: dashboard.watch_every.")
@as_json_option
def watch(
    environment: str, run_id: str, records: str | None, hours: float | None, every: float | None, as_json: bool
) -> int:
    """Watch the dashboard after the cut-over, and go back where a rule says so.

    Hours that were watched before count; samples are kept as they are taken. Ends with 1 where a rule tripped.
    """
    from smartroute_runbook.canonical import plain
    from smartroute_runbook.load import backlog
    from smartroute_runbook.operate import Agreement, observe

    opened, _ = opened_run(environment, run_id, records)
    queries = proven_queries(opened)
    result = observe(opened, queries, Agreement(opened, queries, backlog), hours=hours, every=every)
    show_result(opened, result, plain(result) | {"went_back": result.went_back}, as_json=as_json)
    if result.findings:
        click.echo(f"smartroute-runbook: {result.findings[0]}. {result.went_back}", err=True)
    return 1 if result.findings else 0


@click.command()
@click.argument("engine", type=click.Choice(["athena", "redshift"]))
@environment_options
@records_option
@as_json_option
def switch(engine: str, environment: str, run_id: str, records: str | None, as_json: bool) -> int:
    """Point the dashboard at ENGINE, while it is asked all the time.

    To redshift only when the gate before it is signed, and back by itself when Redshift does not answer as Athena does.
    To athena always: it needs SSM alone, and says what it could not record. Ends with 1 where nobody saw that the
    dashboard's queries are answered by Athena: the parameter is set, and somebody should look.
    """
    if engine == "athena":
        back = went_back(environment, run_id, records)
        out(back.as_json()) if as_json else show(back)
        return 0 if back.seen else 1
    from smartroute_runbook.load import backlog
    from smartroute_runbook.operate import Agreement, Switch

    opened, _ = opened_run(environment, run_id, records)
    opened.require(Switch("redshift", opened.queries))
    queries = proven_queries(opened)
    result = opened.do(Switch("redshift", queries, agreement=Agreement(opened, queries, backlog)))
    unchanged = {"to": engine, "seconds": 0.0, "requests": 0, "failed_requests": 0}
    show_result(opened, result, {**unchanged, **result.outcome.facts}, as_json=as_json)
    return 0


@click.command()
@click.argument("code")
@environment_options
@records_option
@as_json_option
def heard(code: str, environment: str, run_id: str, records: str | None, as_json: bool) -> None:
    """Acknowledge the alarms' test message: CODE is in it."""
    from smartroute_runbook.canonical import plain
    from smartroute_runbook.operate.receivers import acknowledge

    opened, _ = opened_run(environment, run_id, records)
    result = acknowledge(opened, code)
    show_result(opened, result, plain(result), as_json=as_json)


@click.command(short_help="Compare the alarms with what they shall be.")
@environment_options
@records_option
@click.option("--apply", "apply_", is_flag=True, help="Make what differs; without it the proposal is shown.")
@as_json_option
def alarms(environment: str, run_id: str, records: str | None, apply_: bool, as_json: bool) -> None:
    """Compare the alarms with what they shall be; set them again, as to arm the one on freshness once sync runs."""
    from smartroute_runbook.operate import SetAlarms
    from smartroute_runbook.runs.steps import Step

    opened, _ = opened_run(environment, run_id, records)
    step = cast(Step[Any], SetAlarms())
    proposal = opened.propose(step)
    changed = [change.resource for change in proposal.changes if change.action != "none"]
    if not as_json:
        show(proposal)
    if apply_ and changed:
        opened.do(step)
    if as_json:
        out({"changes": changed, "applied": bool(apply_ and changed)})


@click.group()
def package() -> None:
    """Build what is deployed."""


@package.command()
@click.option("--out", "path", type=click.Path(path_type=Path, dir_okay=False), default=Path("dashboard-api.zip"))
@as_json_option
def api(path: Path, as_json: bool) -> int:
    """The dashboard's API as a zip for AWS Lambda.

    docs/dashboard-api.md says how it is set up.
    """
    from smartroute_runbook.api.package import HANDLER
    from smartroute_runbook.api.package import package as build

    archive = build(path)
    if as_json:
        out({"file": str(archive.path), "bytes": archive.size, "sha256": archive.sha256, "handler": HANDLER})
    else:
        click.echo(f"{archive.path}: {plural(archive.size, 'byte')}, SHA-256 {archive.sha256}. Handler: {HANDLER}")
    return 0


@click.command(short_help="Measure the API as Bedrock waits for it.")
@environment_options
@records_option
@click.option("--requests", type=click.IntRange(1), default=None, help="Of each query; default: 80, enough to tell.")
@click.option("--every", type=click.FloatRange(0.01), default=0.5, show_default=True, help="Seconds between requests.")
@as_json_option
def bedrock(
    environment: str, run_id: str, records: str | None, requests: int | None, every: float, as_json: bool
) -> int:
    """Measure the API as Bedrock waits for it, against decision.bedrock_seconds; ends with 5 where it is not kept."""
    from smartroute_runbook.operate.bedrock import ENOUGH, bedrock_path

    opened = read_run(environment, run_id, records, aws=True)
    result = bedrock_path(opened, requests=requests or ENOUGH, every=every)
    show_result(opened, result, result.as_json(), as_json=as_json)
    return 0 if result.outcome == "kept" else 5


COMMANDS = (watch, switch, heard, alarms, package, bedrock)
