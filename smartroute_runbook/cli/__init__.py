"""The console script. Every command calls one function; errors are one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting for a signature, 4 refused by a gate or a stale proposal,
5 verification failed, 130 interrupted.
"""

from __future__ import annotations

import sys

import click

from smartroute_runbook import __version__
from smartroute_runbook.errors import RunbookError, explained

from . import actions, gates, records, rehearsals, runs

__all__ = ["cli", "main"]


def main() -> None:
    """Run a command line; never a traceback for what a person can cause."""
    try:
        with explained("The command"):
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


for room in (runs, gates, actions, records, rehearsals):
    for command in room.COMMANDS:
        cli.add_command(command)
