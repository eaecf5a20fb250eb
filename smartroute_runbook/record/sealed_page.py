"""The page of one sealed notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .html import body_html, title_of
from .page import STATUS_TONES, facts, page, pill, place

__all__ = ["sealed_page"]


def sealed_page(
    notebook: Any, body: Mapping[str, Any], run_id: str, opened: Mapping[str, Any], sealed: Sequence[str] = ()
) -> str:
    """The page of one executed notebook.

    Args:
        notebook: as it is sealed.
        body: of the journal entry that seals it, with its ``name``.
        run_id: the run's.
        opened: the body of the entry that opened the run.
        sealed: the names of the notebooks that this run has sealed before.
    """
    week = body["week"]
    title = title_of(notebook, f"Week {week}" if week.isdigit() else week.capitalize())
    failure = body["failure"]
    failed = (
        f'<div class="failure"><b>{escape(failure["name"])}</b> in cell <code>{escape(failure["cell"])}</code><br>'
        f"{escape(failure['message'])}</div>"
        if failure
        else ""
    )
    head = body["journal"]
    rows = [
        ("Status", pill(body["status"], STATUS_TONES[body["status"]])),
        ("Run", escape(run_id)),
        ("Environment", escape(body["environment"])),
        *place(opened),
        ("Time", f"{_moment(body['started'])} to {_moment(body['finished'])} UTC"),
        ("Source", _source(body["source"])),
        ("Notebook", f'{escape(body["name"])}.ipynb <span class="digest">{body["notebook"]}</span>'),
        ("Journal", f'entry {head["n"]} <span class="digest">{head["digest"]}</span>'),
        ("Versions", escape(", ".join(f"{name} {v}" for name, v in body["versions"].items()))),
    ]
    footer = (
        f"This page is sealed together with {body['name']}.ipynb. "
        "Check both with: smartroute-runbook verify FOLDER --key KEY.pem, on the folder that holds them; the page of "
        "the run, index.html, is made by smartroute-runbook report."
    )
    content = failed + body_html(notebook)
    lead = "Executed notebook of the migration from Amazon Athena to Amazon Redshift"
    nav = _nav(sealed)
    return page(title, lead, facts(rows) + nav, content, footer, rehearsal=body["rehearsal"], run=run_id)


def _nav(sealed: Sequence[str]) -> str:
    """To the run's page, and to the notebooks before this one."""
    before = "".join(f' · <a href="{escape(name)}.html">{escape(name)}</a>' for name in sealed)
    return f'<nav><a href="index.html">The run</a> · <a href="evidence.html">Evidence</a>{before}</nav>'


def _source(source: Mapping[str, Any]) -> str:
    changed = [part for part, key in (("code", "as_shipped"), ("text", "text_as_shipped")) if not source.get(key, True)]
    word = pill(f"{' and '.join(changed)} changed by the operator", "warn") if changed else ""
    return f'{escape(source["name"])} <span class="digest">{escape(source["sha256"])}</span> {word}'


def _moment(text: str | None) -> str:
    return escape(text[:19].replace("T", " ")) if text else "(interrupted)"
