"""An interrupted cell shows one line with its progress instead of a traceback; one that lacks a name another."""

from __future__ import annotations

import sys
from typing import Any

from smartroute_runbook.views import Note

from . import new_kernel

__all__ = ["At", "install", "message", "shows"]


class At:
    """The progress line of the work that is under way; '' where there is none."""

    line: str = ""
    installed: bool = False


def shows() -> bool:
    """Whether an interruption is told as one line here, so that nothing else need tell it."""
    return At.installed


def message() -> Note:
    """The message of an interrupted cell."""
    where = f"{At.line}. " if At.line else ""
    return Note(f"**Interrupted.** {where}Nothing is lost: run the cell again to go on.", "warn")


def install() -> None:
    """Show these messages in this kernel. For people: the runner reads the exception."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((KeyboardInterrupt, NameError), _shown)
        At.installed = True


def _shown(shell: Any, kind: Any, error: Any, trace: Any, tb_offset: Any = None) -> None:
    if isinstance(error, NameError):
        new_kernel.shown(shell, kind, error, trace, tb_offset)
        return
    from IPython.display import display

    from .markup import note_html

    note = message()
    display({"text/html": note_html(note), "text/plain": note.text.replace("**", "")}, raw=True)
