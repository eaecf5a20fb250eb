"""The console script. Every command calls one function; an error is one line and an exit code.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting for a signature, 4 refused by a gate or a stale proposal,
5 verification failed, 130 interrupted. With ``--json`` a failure is an object too: ``error`` and ``exit_code``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

import click

from smartroute_runbook import __version__
from smartroute_runbook.errors import RunbookError, ServiceError, WrongParameters, explained
from smartroute_runbook.runs.secrets.texts import masked

from . import dashboard, experiments, gates, queries, records, rehearsals, runs, sealing, tables, tune

__all__ = ["cli", "main"]

_STOPPED = "stopped. Nothing is lost: the same command continues"


def main() -> None:
    """Run a command line; never a traceback for what a person can cause."""
    # Without it every process, and every kernel, looks through all that is installed for plugins of pydantic.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with explained("The command"):
            code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except WrongParameters as error:
        code = _failed(str(error), error.exit_code, (f"{error.summary}:", *error.each))
    except RunbookError as error:
        code = _failed(str(error), error.exit_code)
    except click.ClickException as error:
        code = _failed(_of_the_line(error), 2)
    except BrokenPipeError:  # the reader of the output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        code = _failed(_of_the_system(error), ServiceError.exit_code)
    except (KeyboardInterrupt, click.Abort):
        code = _failed(_STOPPED, 130)
    sys.exit(code if isinstance(code, int) else 0)


def _failed(message: str, code: int, lines: Sequence[str] = ()) -> int:
    """Print the error on one line, or on those given: a heading, then each; with --json also as JSON on stdout."""
    if message.startswith("Usage:"):  # no command was given: help, as it is laid out
        click.echo(message, err=True)
        return code
    line = " ".join(masked(message).split())
    for n, one in enumerate(lines or (message,)):
        lead = f"  ({n}) " if n else "smartroute-runbook: "
        click.echo(lead + " ".join(masked(one).split()), err=True)
    if "--json" in sys.argv[1:]:
        click.echo(json.dumps({"error": line, "exit_code": code}, ensure_ascii=False))
    return code


def _of_the_line(error: click.ClickException) -> str:
    """What is wrong with the command line, and where the command's own help is."""
    said, context = error.format_message(), error.ctx if isinstance(error, click.UsageError) else None
    if context is None or said.startswith("Usage:"):
        return said
    end = "" if said[-1:] in (".", "?") else "."
    return f"{said}{end} See '{context.command_path} --help'"


def _of_the_system(error: OSError) -> str:
    """A file or a disk that cannot be used, in the system's words and with its name."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}. Correct this and run the same command again: nothing is lost"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smartroute-runbook")
def cli() -> None:
    """Carry SmartRoute from Amazon Athena to Amazon Redshift in four weeks."""


for room in (runs, gates, queries, tables, dashboard, experiments, records, sealing, rehearsals, tune):
    for command in room.COMMANDS:
        cli.add_command(command)
