"""docs/plan.md: the user's plan, sentence by sentence: where each is done, what differs and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
TABLE = ("| the plan | | where | what differs, and why |", "|---|---|---|---|")
STATES = ("done", "otherwise", "partly", "not here")
HEAD = """# The plan, sentence by sentence

Every sentence of the plan, where it is done, and what differs and why. Made from `plan.yaml` by `scripts/make_docs.py`;
a test holds it against the plan's text and each reference against what exists. *Otherwise* is done in another way,
*partly* leaves something to you, *not here* is not done by the runbook.
"""


def entries() -> list[dict[str, Any]]:
    """Sections with their items, as the file has them."""
    return list(yaml.safe_load((ROOT / "docs" / "plan.yaml").read_text(encoding="utf-8")))


def plan_page() -> str:
    """The page."""
    sections = entries()
    counted = Counter(item["state"] for section in sections for item in section["items"])
    lines = [HEAD, ", ".join(f"{counted[state]} {state}" for state in STATES) + "."]
    for section in sections:
        lines += [
            "",
            f"## {section['section']}",
            "",
            "| the plan | | where | what differs, and why |",
            "|---|---|---|---|",
        ]
        lines += [_row(item) for item in section["items"]]
    return "\n".join(lines) + "\n"


def _row(item: dict[str, Any]) -> str:
    said = "<br>".join(_escaped(line) for line in item["says"])
    why = _escaped(item.get("note", "")) + (f" *{item['source']}.*" if "source" in item else "")
    return f"| {said} | {item['state']} | {', '.join(_link(one) for one in item['where'])} | {why.strip()} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _link(reference: str) -> str:
    if reference.startswith("docs/"):
        return f"[{reference.removeprefix('docs/')}]({reference.removeprefix('docs/')})"
    if reference.startswith("runbooks/"):
        return f"[{reference.removeprefix('runbooks/')}](../{reference})"
    return f"`{reference.removeprefix('smartroute_runbook/')}`"
