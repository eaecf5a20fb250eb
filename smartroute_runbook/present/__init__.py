"""How results look: in a notebook, in a terminal, in a record. It knows notebooks and decides nothing."""

from __future__ import annotations

from smartroute_runbook.present.progress import Progress
from smartroute_runbook.present.show import show
from smartroute_runbook.present.text import plain_text, print_view

__all__ = ["Progress", "plain_text", "print_view", "show"]
