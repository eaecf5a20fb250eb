"""Trino's own list of its functions (``SHOW FUNCTIONS``), kept as text: ``name|argument types|return type|kind``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("signatures.txt")
FACTS = Path(__file__).parents[3] / "smartroute_runbook" / "sqlfacts" / "trino_functions.yaml"
OTHER_WORLDS = re.compile(
    "geometry|sphericalgeography|hyperloglog|digest|setdigest|color|ipaddress|likepattern|regressor|classifier|unknown"
)
"""Types of sketches, maps of the earth, colours and models: no query of a migrating dashboard is judged by them."""
LEFT_OUT = {
    "random",
    "rand",
    "uuid",
    "shuffle",
    "now",
    "current_date",
    "current_timezone",
    "current_groups",
    "bar",
    "render",
}


@dataclass(frozen=True)
class Signature:
    """One overload; ``kind`` is ``scalar``, ``aggregate`` or ``window``."""

    name: str
    arguments: tuple[str, ...]
    returns: str
    kind: str


def split_types(text: str) -> tuple[str, ...]:
    """Types between commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return tuple(part for part in (*parts, text[start:].strip()) if part)


def listed() -> list[Signature]:
    """Every overload, in the file's order, of the functions that the facts list and whose answers can be repeated."""
    facts = set(yaml.safe_load(FACTS.read_text("utf-8"))["functions"].split())
    found = []
    for line in FILE.read_text("utf-8").splitlines():
        name, arguments, returns, kind = line.split("|")
        one = Signature(name, split_types(arguments), returns, kind)
        if name in facts - LEFT_OUT and not OTHER_WORLDS.search(arguments + returns):
            found.append(one)
    return found


def written(rows: list[list[object]]) -> str:
    """The text of the file from the rows of ``SHOW FUNCTIONS``."""
    lines = {"|".join((str(row[0]), str(row[2]), str(row[1]), str(row[3]))) for row in rows}
    return "".join(f"{line}\n" for line in sorted(lines))
