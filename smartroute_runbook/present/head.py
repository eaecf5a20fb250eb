"""The banner of the notebook that is open: one output that is rewritten in place while a person steps on."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from smartroute_runbook.errors import RunbookError

from . import interrupted
from .levels import levelled
from .markup import view_html
from .text import plain_text

__all__ = ["rewrite", "show_banner"]


class _Open:
    """The banner that was shown last, its output and its text."""

    banner: Any = None
    handle: Any = None
    text: str = ""


def show_banner(banner: Any) -> None:
    """Display a banner; from now on ``rewrite`` brings it up to date."""
    from IPython.display import display

    interrupted.install()
    _Open.banner = banner
    data = _now()
    _Open.handle, _Open.text = display(data, raw=True, display_id=True), data["text/plain"]


def rewrite() -> None:
    """Bring the banner up to date; one that cannot be read now stays as it is."""
    if _Open.handle is None:
        return
    with contextlib.suppress(RunbookError, OSError):
        data = _now()
        if data["text/plain"] != _Open.text:
            _Open.text = data["text/plain"]
            _Open.handle.update(data, raw=True)


def _now() -> dict[str, str]:
    view = replace(_Open.banner, head=_Open.banner.again()).view()
    return {"text/html": view_html(levelled(view)), "text/plain": plain_text(view)}
