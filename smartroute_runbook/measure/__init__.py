"""Week 3: how fast, at what cost, and is the candidate good enough?"""

from __future__ import annotations

from .aggregates import Aggregates, MaterializeAggregates, dashboard_texts, materialized, plan_views
from .answers import Answers, compare_answers
from .experiment import compare_engines, pool, run_ab
from .judge import Judgement, Limits, judge, rounds_needed
from .load import Load, load_test
from .profiling import Profile, profile
from .results import Experiment

__all__ = [
    "Aggregates",
    "Answers",
    "Experiment",
    "Judgement",
    "Limits",
    "Load",
    "MaterializeAggregates",
    "Profile",
    "compare_answers",
    "compare_engines",
    "dashboard_texts",
    "judge",
    "load_test",
    "materialized",
    "plan_views",
    "pool",
    "profile",
    "rounds_needed",
    "run_ab",
]
