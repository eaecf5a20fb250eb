"""A cell that needs what an earlier cell made, in a kernel that was restarted: one line instead of a traceback."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from smartroute_runbook.views import Note

from .markup import note_html

__all__ = ["install", "shown"]

_LACKING = (
    "{name} is not known in this kernel. After a restart: Run > Run All Above Selected Cell, then this cell; "
    "nothing is done twice."
)


def install() -> None:
    """Tell a missing name so, in the kernel that runs this; nothing elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.set_custom_exc((NameError,), shown)


def shown(shell: Any, kind: type[BaseException], error: NameError, trace: TracebackType, tb_offset: Any = None) -> None:
    """The line, where a cell itself lacks a name; any other NameError is shown as IPython does.

    A hook of ``InteractiveShell.set_custom_exc``.
    """
    last = trace
    while last.tb_next is not None:
        last = last.tb_next
    own = last.tb_frame.f_globals is shell.user_ns
    if not own or not error.name or error.name in shell.user_ns:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return
    from IPython.display import display

    note = Note(_LACKING.format(name=error.name), "warn")
    display({"text/html": note_html(note), "text/plain": note.text}, raw=True)
