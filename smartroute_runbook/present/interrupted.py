"""An interruption is one line that says where it stands, instead of the frames of whatever was waited for."""

from __future__ import annotations

import sys
from typing import Any

from smartroute_runbook.views import Note

__all__ = ["At", "say_where", "told"]


class At:
    """The work that is under way, as its progress line says it; '' where there is none."""

    line: str = ""


def told() -> Note:
    """What a person reads who interrupted a cell."""
    where = f"{At.line}. " if At.line else ""
    return Note(f"**Interrupted.** {where}Nothing is lost: run the cell again to go on.", "warn")


def say_where() -> None:
    """From now on an interrupted cell of this kernel shows that line. For people: the runner reads the exception."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((KeyboardInterrupt,), _shown)


def _shown(_shell: Any, _kind: Any, _error: Any, _trace: Any, tb_offset: Any = None) -> None:  # noqa: ARG001
    from IPython.display import display

    from .markup import note_html

    note = told()
    display({"text/html": note_html(note), "text/plain": note.text.replace("**", "")}, raw=True)
