"""Commands for one action alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from .cutting_over import backlog, proven_queries, went_back
from .options import (
    as_json_option,
    environment_options,
    opened_run,
    out,
    read_run,
    records_option,
    show,
    show_result,
    show_view,
)


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


@click.command(short_help="Translate Athena SQL to Redshift SQL, or refuse and say why.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE_OR_FOLDER...")
@click.option(
    "--schema", required=True, metavar="FILE|glue:DATABASE", help="Columns by database.table (YAML, JSON), or Glue's."
)
@click.option("--improve", multiple=True, metavar="RULE", help="Take the better answer of a rule (recorded).")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), help="Write NAME.sql for Redshift and report.html here."
)
@click.option(
    "--summary", is_flag=True, help="Only how many run, are rewritten, or wait, grouped by reason and effort."
)
@as_json_option
def translate(
    files: tuple[Path, ...], schema: str, improve: tuple[str, ...], folder: Path | None, summary: bool, as_json: bool
) -> int:
    """Translate Athena SQL to Redshift SQL with the same results, or refuse and say why.

    One query a file; of a folder, every .sql file below it; of an export (.json, .yaml of Athena, Glue, Grafana,
    Superset, Metabase or dbt), every query in it. Ends with 0 when every query is translated, else with 1.
    The rules are in docs/translate.md.
    """
    from smartroute_runbook.measure.glue_schema import read_schema
    from smartroute_runbook.record.queries import write_report
    from smartroute_runbook.translate import overview, translate_files, week_of, write_files
    from smartroute_runbook.translate.files import REPORT, check_targets, remember_made

    translations = translate_files(files, read_schema(str(schema)), improve=frozenset(improve))
    if folder is not None:
        check_targets([REPORT], folder)
        written = write_files(translations, folder, files)
        write_report(translations, folder / REPORT)
        remember_made(written, folder)
    if as_json:
        out(week_of(translations).as_json() if summary else [one.as_json() for one in translations])
    else:
        for one in translations if not summary else ():
            show(one)
        if len(translations) > 1 or summary:
            show_view(overview(tuple(translations)))
            show_view(week_of(translations).view())
    if folder is not None:
        click.echo(f"Written to {folder}; read {folder / 'report.html'}", err=True)
    return 0 if all(one.sql is not None for one in translations) else 1


@click.command(short_help="Prove a table equal on both engines.")
@click.argument("table")
@environment_options
@records_option
@as_json_option
def compare(table: str, environment: str, run_id: str, records: str | None, as_json: bool) -> int:
    """Prove TABLE equal on both engines, or name the rows that differ."""
    from smartroute_runbook.load import prove_table

    # Two tables are compared where there is no run, too; in one, what differs is noted: sync loads it anew.
    opened = read_run(environment, run_id, records, aws=True)
    if opened.id:
        opened, _ = opened_run(environment, run_id, records)
    proof = prove_table(opened, table)
    show_result(opened, proof, proof.as_json(), as_json=as_json)
    return 0 if proof.equal else 5


@click.command(short_help="Load late, new and corrected partitions.")
@environment_options
@click.option("--remove", multiple=True, metavar="DAY", help="Delete what vanished from the lake: YYYY-MM-DD.")
@click.option("--mend", is_flag=True, help="Alter Redshift tables whose columns are not the lake's any more.")
@click.option("--scheduled", is_flag=True, help="For schedules: that it was seen to run arms the alarm on freshness.")
@records_option
@as_json_option
def sync(
    environment: str,
    run_id: str,
    records: str | None,
    remove: tuple[str, ...],
    mend: bool,
    scheduled: bool,
    as_json: bool,
) -> None:
    """Load late, new and corrected partitions up to the last closed hour; publish how fresh the tables are."""
    from smartroute_runbook.errors import RunbookError
    from smartroute_runbook.load import MendTables, RemoveDays
    from smartroute_runbook.load import sync as caught_up
    from smartroute_runbook.operate.tune import publish_anew

    opened, _ = opened_run(environment, run_id, records)
    if remove:
        removed = opened.do(RemoveDays(remove))
        click.echo(f"Removed: {dict(removed.outcome.facts)}", err=True)
    if mend:
        step = MendTables()
        opened.require(step)  # before anything is read of Redshift
        proposal = opened.propose(step)
        if not as_json:
            show(proposal)
        mended = opened.do(step)
        click.echo(f"Mended: {dict(mended.outcome.facts)}", err=True)
    result = caught_up(opened, scheduled=scheduled)
    try:
        published = publish_anew(opened)
    except RunbookError:
        click.echo(f"Loaded: {result.partitions:,} partitions, {result.rows:,} rows", err=True)  # that is done
        raise
    show_result(opened, result, result.as_json() | {"published": list(published)}, as_json=as_json)
    if published:
        click.echo(f"Published: {', '.join(published)}", err=True)


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
        click.echo(f"{archive.path}: {archive.size:,} bytes, SHA-256 {archive.sha256}. Handler: {HANDLER}")
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


COMMANDS = (preflight, translate, compare, sync, watch, switch, heard, alarms, month, bedrock, package)
