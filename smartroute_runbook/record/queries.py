"""Translated queries as one page that needs neither scripts nor network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from smartroute_runbook.files import replace
from smartroute_runbook.present.markup import view_html
from smartroute_runbook.quantities import plural
from smartroute_runbook.translate import Translation, overview, week_of

from .page import page

__all__ = ["write_report"]


def write_report(translations: Sequence[Translation], path: Path) -> None:
    """All in one table, then each side by side with its reasons."""
    ready = sum(one.sql is not None for one in translations)
    parts = [view_html(week_of(translations).view()), view_html(overview(tuple(translations)))]
    parts += [f'<section id="{escape(one.name, quote=True)}">{view_html(one.view())}</section>' for one in translations]
    lead = f"{ready} of {plural(len(translations), 'query')} are ready for Redshift"
    body = "\n".join(parts)
    replace(path, page("From Athena to Redshift", lead, "", body, "", rehearsal=False))
