"""Week 3: how fast, at what cost, and is the candidate good enough?"""

from __future__ import annotations

from .experiment import compare_engines, run_ab
from .judge import Judgement, Limits, judge, rounds_needed
from .profiling import Profile, profile
from .results import Experiment

__all__ = [
    "Experiment",
    "Judgement",
    "Limits",
    "Profile",
    "compare_engines",
    "judge",
    "profile",
    "rounds_needed",
    "run_ab",
]
