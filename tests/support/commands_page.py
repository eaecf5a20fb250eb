"""The page of commands: every help text as the program prints it.

PYTHONPATH=tests python -m support.commands_page > docs/commands.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from smartroute_runbook.cli import cli

_HEAD = """# Commands

Exit codes: 0 done; 1 failed; 2 wrong use; 3 waiting for a signature; 4 refused by a gate, a stale proposal
or a lease; 5 verification failed, or a record's story does not hold; 130 interrupted (run it again).

| command | ends with | when |
|---|---|---|
| `run`, `rehearse`, `rollback` | 3, 4, 1, 130 | a week waits for a signature, was refused, failed or was interrupted |
| `rehearse`, `verify` | 5 | the record was changed, its story does not hold, or nobody attested a part of it |
| `compare` | 5 | the engines do not hold the same rows |
| `translate` | 1 | not every query is translated |
| `preflight` | 1 | something must be put right first |
| `watch` | 1 | a rule tripped |
| `rehearsal down` | 1 | the stand-ins that answer here were started in another folder |
| every command | 2, 4, 1 | wrong parameter, option, folder; somebody else is at work; a service, file or disk fails |

`--json` puts JSON alone on stdout, progress on stderr. A failure is an object too: `error`, `exit_code`. What works on
a run says its journal's `head`.
"""


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Each command below, with its name and its help."""
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    yield context.command_path, command.get_help(context)
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        yield from helps(one, str(one.name), context)


def page() -> str:
    """The page."""
    parts = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in helps(cli, "smartroute-runbook")]
    return "\n".join([_HEAD, *parts])


if __name__ == "__main__":
    sys.stdout.write(page())
