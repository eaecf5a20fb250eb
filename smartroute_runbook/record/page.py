"""One page of the record: self-contained HTML without scripts or network, for reading and for printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from smartroute_runbook.errors import visible

from .styles import written_once

__all__ = ["STATUS_TONES", "facts", "page", "pill", "place"]

STATUS_TONES = {"finished": "good", "waiting": "warn", "interrupted": "warn", "failed": "bad"}
# Nothing may be loaded and nothing may run, whatever an output holds.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_REHEARSAL = (
    "<b>REHEARSAL</b> &nbsp;AWS was a stand-in on one machine. Times and costs measured here say nothing about AWS."
)


def pill(text: str, tone: str = "plain") -> str:
    """A word on a tinted ground: a state."""
    return f'<span class="status {tone}">{escape(text)}</span>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values; the values are HTML."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def place(opened: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a run acts: account, region, caller and cluster, as far as the entry that opened it says so."""
    settings = opened.get("settings")
    sections = settings if isinstance(settings, Mapping) else {}

    def setting(section: str, name: str) -> Any:
        found = sections.get(section)
        return found.get(name) if isinstance(found, Mapping) else None

    where = opened.get("where")
    opened_at = where if isinstance(where, Mapping) else {}
    rows = (
        ("AWS account", opened_at.get("account")),
        ("Region", opened_at.get("region") or setting("aws", "region")),
        ("Opened as", opened_at.get("caller")),
        ("Cluster", setting("redshift", "cluster")),
    )
    return [(name, escape(str(value))) for name, value in rows if value]


def page(title: str, lead: str, header: str, body: str, footer: str, *, rehearsal: bool, run: str = "") -> str:
    """The whole page.

    Args:
        title: plain text.
        lead: one line below the title, plain text.
        header: HTML below the lead.
        body: HTML.
        footer: plain text.
        rehearsal: shows the banner above everything.
        run: the run's id, for the margin of printed pages.
    """
    style = (files(__package__) / "page.css").read_text(encoding="utf-8")
    margin = "".join(c if c.isalnum() or c in "-_." else " " for c in run)  # a CSS text: nothing else may stand in it
    style = style.replace("RUN_ID", margin)
    body, sheet = written_once(body)
    banner = f'<section class="rehearsal" aria-label="Rehearsal">{_REHEARSAL}</section>' if rehearsal else ""
    # Whatever a journal, a query or a message holds: a control character in it is shown, on every page, in one place.
    return visible(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>\n{style}{sheet}</style></head><body>\n{banner}"
        f'<header><div><h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>{header}</div></header>\n'
        f"<main>\n{body}\n</main>\n<footer><div>{escape(footer)}</div></footer></body></html>\n"
    )
