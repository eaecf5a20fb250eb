"""Commands for the tables: compare, sync."""

from __future__ import annotations

import click

from smartroute_runbook.quantities import plural

from .options import as_json_option, environment_options, opened_run, read_run, records_option, show, show_result


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
        loaded = f"Loaded: {plural(result.partitions, 'partition')}, {plural(result.rows, 'row')}"
        click.echo(loaded, err=True)  # that is done
        raise
    show_result(opened, result, result.as_json() | {"published": list(published)}, as_json=as_json)
    if published:
        click.echo(f"Published: {', '.join(published)}", err=True)


COMMANDS = (compare, sync)
