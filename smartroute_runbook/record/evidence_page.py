"""Every piece of evidence of a run, in words that a person reads: one page, one chapter a piece."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.journal import Entry

from .check import Check
from .page import page
from .story.story import text
from .tables import table

__all__ = ["evidence_page"]

_MANY = 400
"""Longer lists are shown by their first items; the file holds all of them."""


def evidence_page(check: Check, run: str, *, rehearsal: bool) -> str:
    """The page; what was changed on disk is not shown."""
    chapters = []
    seen: set[str] = set()
    kept = sum(entry.kind == "evidence" for entry in check.entries)
    for entry in check.entries:
        digest = text(entry, "digest")
        if entry.kind != "evidence" or digest in seen:
            continue
        seen.add(digest)
        chapters.append(_chapter(entry, digest, check.evidence(digest)))
    nav = '<nav><a href="index.html">Back to the run</a></nav>'
    pieces = f"{plural(len(seen), 'piece')}, recorded {plural(kept, 'time')} in all"
    lead = f"{pieces}, each with the digest by which gates and signatures name it"
    foot = f"Run {run}. Made by 'smartroute-runbook report' from the files in evidence/; a view, not evidence."
    return page("Evidence", lead, nav, "".join(chapters), foot, rehearsal=rehearsal, run=run)


def _chapter(entry: Entry, digest: str, value: Any) -> str:
    name = escape(text(entry, "name"))
    head = f'<h2 id="{escape(digest)[:12]}">{name}</h2><p class="digest">{escape(digest)}, journal entry {entry.n}</p>'
    if value is None:
        return f"{head}<p>The file is missing or was changed: it says nothing.</p>"
    return f"{head}<details><summary>What it says</summary>{_words(value)}</details>"


def _words(value: Any) -> str:
    """A value as names and values, tables and texts."""
    if isinstance(value, Mapping):
        rows = "".join(
            f"<dt>{escape(str(key)).replace('_', ' ')}</dt><dd>{_words(item)}</dd>" for key, item in value.items()
        )
        return f"<dl>{rows}</dl>" if rows else "nothing"
    if isinstance(value, list):
        return _listed(value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not said"}[value]
    if isinstance(value, (int, float)):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return f"<pre>{escape(str(value))}</pre>" if "\n" in str(value) else escape(str(value))


def _listed(value: Sequence[Any]) -> str:
    if not value:
        return "none"
    shown, left = value[:_MANY], len(value) - _MANY
    more = f"<p>{left:,} more are in the file.</p>" if left > 0 else ""
    if all(isinstance(item, Mapping) for item in shown):
        names = list(dict.fromkeys(str(key) for item in shown for key in item))
        if len(names) <= 8:
            rows = [[_words(item.get(name)) for name in names] for item in shown]
            return table([name.replace("_", " ") for name in names], rows) + more
    if all(isinstance(item, list) for item in shown) and len({len(item) for item in shown}) == 1 and shown[0]:
        return table([""] * len(shown[0]), [[_words(cell) for cell in item] for item in shown]) + more
    if all(isinstance(item, (str, int, float)) for item in shown):
        return escape(", ".join(str(item) for item in shown)) + more
    if len(json.dumps(shown, default=str)) > 200_000:
        return "Too much for a page; it is in the file."
    return "<ul>" + "".join(f"<li>{_words(item)}</li>" for item in shown) + "</ul>" + more
