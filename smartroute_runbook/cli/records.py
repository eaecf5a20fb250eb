"""Commands for the auditor: they open no run, and use AWS only for a record that is in S3."""

from __future__ import annotations

from pathlib import Path

import click

from .options import as_json_option, out, show

_record = click.argument("record", metavar="RECORD")
_keys = click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A public key that may have signed; repeatable.",
)
_heads = click.option(
    "--head", "heads", multiple=True, metavar="N:DIGEST", help="A journal head that a command printed; repeatable."
)
_anchor = click.option("--anchor", metavar="WHERE", help="What record.anchor got: a folder or s3://BUCKET/PREFIX.")
_open = click.option("--open", "under_way", is_flag=True, help="The run is under way: what is to come is not a fault.")


@click.command(short_help="Check a record: bytes, signatures, seals, story.")
@_record
@_keys
@_heads
@_anchor
@_open
@click.option("--secrets", is_flag=True, help="Look for secrets in every file too.")
@as_json_option
def verify(
    record: str,
    keys: tuple[Path, ...],
    heads: tuple[str, ...],
    anchor: str | None,
    under_way: bool,
    secrets: bool,
    as_json: bool,
) -> int:
    """Check a record: bytes, signatures, seals, and whether its story holds.

    RECORD is a folder or s3://BUCKET/PREFIX, of one run or of several. Ends with 5 when bytes were changed, when a
    week is not signed as the plan says, or when entries are attested by nobody.
    """
    from smartroute_runbook.record.fetch import local
    from smartroute_runbook.record.verify import verify as check

    with local(record) as folder:
        result = check(folder, keys, heads=heads, anchor=anchor, under_way=under_way, secrets=secrets)
    out(result.as_json()) if as_json else show(result)
    return result.exit_code


@click.command(short_help="Build the auditor's pages over a record.")
@_record
@_keys
@_heads
@_anchor
@_open
@click.option("--out", "target", type=click.Path(path_type=Path), help="Where a record of S3 is copied to first.")
@as_json_option
def report(
    record: str,
    keys: tuple[Path, ...],
    heads: tuple[str, ...],
    anchor: str | None,
    under_way: bool,
    target: Path | None,
    as_json: bool,
) -> None:
    """Build the auditor's pages over a record, and print which one to open."""
    from smartroute_runbook.errors import UsageError
    from smartroute_runbook.record.fetch import fetch
    from smartroute_runbook.record.report import report as build

    if record.startswith("s3://"):
        if target is None:
            raise UsageError("A record in S3 is copied before its pages are built", expected="--out FOLDER")
        folder = fetch(record, target)
    else:
        folder = Path(record)
    page = build(folder, keys, heads=heads, anchor=anchor, under_way=under_way)
    out({"page": str(page)}) if as_json else click.echo(page)


COMMANDS = (verify, report)
