"""Write the reference pages that are made from the source; a test keeps them current."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from translate_page import translate_page

from smartroute_runbook.cli import cli
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
            kind = str(field.annotation).replace("typing.", "").removeprefix("<class '").removesuffix("'>")
            limits = ", ".join(str(limit) for limit in field.metadata if limit is not None)
            words = field.description or ""
            said = "; ".join(part for part in (words, limits) if part).replace("|", "\\|")
            lines.append(f"| `{key}` | {kind.replace('|', 'or')} | `{field.default!r}` | {said} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """The help of every command, as it is printed."""
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting for a signature, 4 refused, 5 verification failed.",
    ]

    def tell(command: click.Command, path: str) -> None:
        context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
        lines.extend(["", f"## {path}", "", "```text", command.get_help(context), "```"])
        for name, inner in getattr(command, "commands", {}).items():
            tell(inner, f"{path} {name}")

    tell(cli, "smartroute-runbook")
    return "\n".join(lines) + "\n"


PAGES = {"parameters.md": parameters, "commands.md": commands, "translate.md": translate_page}


def main() -> int:
    """Write the pages."""
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
        print(DOCS / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
