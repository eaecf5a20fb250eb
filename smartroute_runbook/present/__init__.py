"""How results look: in a notebook, in a terminal, in a record. It depends on notebooks and makes no decisions."""

from __future__ import annotations

from .progress import Progress
from .show import show
from .text import plain_text, print_view

__all__ = ["Progress", "plain_text", "print_view", "show"]
