"""The auditor's chapter on roll-backs: what was known of each when the dashboard went back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from smartroute_runbook.runs.journal import Entry

from .tables import moment, table

__all__ = ["root_causes"]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?")
_TABLES = (
    ("Queries with trouble", "queries",
     ("query", "requests", "failed", "wrong", "slow", "slowest ms", "first trouble")),
    ("What changed since", "changed", ("at (UTC)", "what")),
    ("Alarms", "alarms", ("alarm", "state", "since (UTC)")),
)  # fmt: skip


def root_causes(entries: Iterable[Entry], evidence: Callable[[str], Any]) -> str:
    """Each beginning of a root cause that was kept, the newest first; '' where the dashboard never went back.

    Args:
        entries: of the journal.
        evidence: a kept value by its digest.
    """
    kept = [e for e in entries if e.kind == "evidence" and e.body.get("name") == "rollback.rootcause"]
    found = [(entry, evidence(str(entry.body["digest"]))) for entry in reversed(kept)]
    sections = [_section(entry, value) for entry, value in found if isinstance(value, Mapping)]
    return f'<h2 id="cause">Root cause</h2>{"".join(sections)}' if sections else ""


def _section(entry: Entry, value: Mapping[str, Any]) -> str:
    given = value.get("reasons") or ("Somebody went back; the journal holds no reason.",)
    reasons = "".join(f"<p><b>{escape(str(reason))}</b></p>" for reason in given)
    green = value.get("green_until")
    well = f"<p>All was well for the last time on {moment(green)} UTC.</p>" if green else ""
    tables = "".join(_table(title, names, value.get(key) or ()) for title, key, names in _TABLES)
    unknown = "".join(f"<p>Not known: {escape(str(why))}</p>" for why in value.get("unknown", ()))
    return f"<h3>{moment(entry.at)} UTC, entry {entry.n}</h3>{reasons}{well}{tables}{unknown}"


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return f"<h4>{title}</h4>" + table(names, [[_cell(cell) for cell in row] for row in rows])


def _cell(value: Any) -> str:
    """As everywhere on the auditor's pages; the evidence keeps a moment as the journal has it."""
    return moment(value) if _MOMENT.fullmatch(str(value)) else escape(str(value))
