"""The A/B week: registered before its first sample, run hour by hour, read at any time, judged at its end.

``registration`` is what was agreed, ``planning`` makes it of parameters, first look and history (``traffic``,
``rounds``). ``process`` runs it (``arms``, ``generator``, ``outcomes``, ``comparing``) and appends to the store
(``samples``). ``reading`` is what a cell shows: ``verdict`` over ``epochs`` and ``criteria``, ``classes``, ``money``.
"""

from __future__ import annotations

from .planning import register
from .process import ask_to_stop, holding, run_week, stopping
from .reading import compare_engines, read_week
from .registration import Registration, withdraw
from .week import ExperimentWeek

__all__ = [
    "ExperimentWeek",
    "Registration",
    "ask_to_stop",
    "compare_engines",
    "holding",
    "read_week",
    "register",
    "run_week",
    "stopping",
    "withdraw",
]
