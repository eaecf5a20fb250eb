"""A rule over the pages that were sealed: each tells what its notebook shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from smartroute_runbook.record.objections import given

from .notebooks import code_cells, joined, outputs_of
from .story import Reason, Rule, Story

__all__ = ["PAGE_RULES"]


def page_of_notebook(story: Story, week: str) -> Iterator[Reason]:
    """Every word and figure that a cell showed is on the page; drawings are not compared."""
    for entry in story.of("sealed", week=week):
        notebook, page = story.notebook(entry), story.page(entry)
        if notebook is None or page is None:
            continue
        there = set(_words(page))
        for cell in code_cells(notebook):
            shown = [joined(given(output.get("data")).get("text/html")) for output in outputs_of(cell)]
            if any(html and "<svg" not in html and not there.issuperset(_words(html)) for html in shown):
                message = f"what cell '{cell.get('id')}' showed is not on it"
                yield Reason(entry.n, f"its page is not that of its notebook: {message}")
                break


def _words(html: str) -> list[str]:
    plain = unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]*>", " ", html, flags=re.DOTALL))
    return re.findall(r"[\w.,:%$-]*\w", plain)


PAGE_RULES: Sequence[Rule] = (page_of_notebook,)
