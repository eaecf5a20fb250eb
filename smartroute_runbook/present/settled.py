"""What a person has typed, whole, before it is acted upon.

ipywidgets sends what is typed with at most one message of a control under way, and keeps what is typed meanwhile until
the kernel has answered. A click, and Enter in a field, are sent past them: a form that acts at once acts on the
beginning of a name (``findings/ipywidgets_enter_overtakes_what_is_typed.sh``). So the page is asked to answer first.
Messages keep their order both ways: by the time it has, everything that was typed before the click is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from smartroute_runbook.environment.detect import in_notebook

__all__ = ["Settled"]

PATIENCE = 3.0
"""Seconds after which a page that does not answer is not waited for any longer: nothing is done, and that is said.

A page, or a kernel, on a busy machine is slower than that. What is known by then may be the beginning of a name, and
was signed with; pressed once more, the form acts on what it says that it has.
"""


class Settled:
    """Calls something back when all that was typed before is known here.

    Args:
        late: called instead when the page did not answer; the next press then acts without it.

    Attributes:
        bell: an invisible widget that answers from the page; it must be among the form's children.
    """

    def __init__(self, late: Callable[[], None]) -> None:
        import ipywidgets as widgets

        # Play is the one widget of ipywidgets that the page moves by itself when the kernel tells it to.
        hidden = widgets.Layout(display="none")
        self.bell = widgets.Play(min=0, max=2_000_000, step=1, interval=1, layout=hidden)
        self._waiting: Callable[[], None] | None = None
        self._late: Any = None
        self._tell_late, self._was_late = late, False
        self.bell.observe(lambda _: self._answered(), names="value")

    def then(self, act: Callable[[], None]) -> None:
        """Call ``act`` once everything is here; without a page at once. While one waits, others are dropped."""
        if self._waiting is not None:
            return
        if not in_notebook() or self._was_late:
            self._was_late = False
            act()
            return
        self._waiting = act
        self._late = asyncio.get_event_loop().call_later(PATIENCE, self._unanswered)
        self.bell.playing = True

    def _unanswered(self) -> None:
        self._waiting, self._was_late, self.bell.playing = None, True, False
        self._tell_late()

    def _answered(self) -> None:
        act, self._waiting, self._was_late = self._waiting, None, False
        if act is None:
            return
        self._late.cancel()
        self.bell.playing = False
        act()
