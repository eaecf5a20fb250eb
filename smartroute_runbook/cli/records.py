"""Commands for the auditor: no AWS, no stand-ins."""

from __future__ import annotations

from pathlib import Path

import click

from .options import as_json_option, out, show


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The public key that must have signed.")
@as_json_option
def verify(directory: Path, key: Path | None, as_json: bool) -> int:
    """Check journal, signatures, attestations and hashes of a records folder, offline."""
    from smartroute_runbook.record.verify import verify as check

    found = check(directory, key)
    out(found.as_json()) if as_json else show(found)
    return 0 if found.valid else 5


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def report(directory: Path) -> None:
    """Build the auditor's page over a run."""
    from smartroute_runbook.record.report import report as build

    click.echo(build(directory))


COMMANDS = (verify, report)
