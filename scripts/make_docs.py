"""Write the reference pages that are made from the source; a test keeps them current."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from plan_page import plan_page
from translate_page import translate_page

from smartroute_runbook.cli import cli
from smartroute_runbook.environment.names import Matching
from smartroute_runbook.environment.settings import Settings

DOCS = Path(__file__).resolve().parents[1] / "docs"


def parameters() -> str:
    """Every parameter with its type, default and meaning."""
    lines = [
        "# Parameters",
        "",
        "`parameters/ENVIRONMENT.yaml` has three keys: `environment`, `run_id` and `settings`. Below is all that",
        "`settings` knows; what a file does not say has the default. Unknown names are refused. Secrets are never",
        "written here, only references.",
        "",
        "Values are read as YAML 1.2 writes them: `02`, `1_000` and `12:30` are texts, and refused where a number is",
        "wanted. Where a description below says *none*, write `null`.",
    ]
    for name, section in Settings.model_fields.items():
        model = section.annotation
        if model is None:
            continue
        lines += [
            "",
            f"## {name}",
            "",
            (model.__doc__ or "").strip(),
            "",
            "| parameter | type | default | |",
            "|---|---|---|---|",
        ]
        for key, field in model.model_fields.items():
            said = "; ".join(part for part in (field.description or "", *limits(field.metadata)) if part)
            given = default(field.get_default(call_default_factory=True))
            lines.append(f"| `{key}` | {kind(field.annotation)} | `{given}` | {said} |")
    return "\n".join(lines) + "\n"


_KINDS: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date"}


def kind(annotation: Any) -> str:
    """A type in the words of somebody who writes YAML."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(inner[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin is dict:
        return f"mapping to {inner[1].__name__.lower()}"
    if origin is tuple:
        return f"list of {kind(inner[0])}s" if inner[0] is not str else "list of texts"
    if origin in (Union, UnionType):
        return " or ".join("`null`" if one is NoneType else kind(one) for one in inner)
    return _KINDS.get(annotation, str(annotation))


def default(value: Any) -> str:
    """A default as it stands in a YAML file."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, value))}]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def limits(metadata: Iterable[Any]) -> Iterator[str]:
    """What a value may be, from the constraints of its type."""
    for one in metadata:
        if isinstance(one, Matching):
            yield one.words
        for name, words in (("gt", "more than"), ("ge", "at least"), ("lt", "less than"), ("le", "at most")):
            if (bound := getattr(one, name, None)) is not None:
                yield f"{words} {bound}"


_COMMANDS = """\
# Commands

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


def commands() -> str:
    """The help of every command, as it is printed."""
    lines = [_COMMANDS.rstrip()]

    def tell(command: click.Command, path: str) -> None:
        context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
        lines.extend(["", f"## {path}", "", "```text", command.get_help(context), "```"])
        for name, inner in getattr(command, "commands", {}).items():
            tell(inner, f"{path} {name}")

    tell(cli, "smartroute-runbook")
    return "\n".join(lines) + "\n"


PAGES = {"parameters.md": parameters, "commands.md": commands, "translate.md": translate_page, "plan.md": plan_page}


def main() -> int:
    """Write the pages."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
        print(DOCS / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
