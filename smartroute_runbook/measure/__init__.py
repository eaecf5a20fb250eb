"""Week 3: how fast, at what cost, and is the candidate good enough?"""

from __future__ import annotations

from .aggregates import Aggregates, MaterializeAggregates, dashboard_texts, materialized, plan_views
from .answers import Answers, compare_answers
from .dashboard_queries import DashboardQueries, dashboard
from .experiment import compare_engines, pool, run_ab
from .glue_schema import read_schema
from .glue_views import CreateViews, read_views
from .judge import Judgement, Limits, judge, rounds_needed
from .profiling import Profile, profile
from .results import Experiment
from .throughput import Load, load_test

__all__ = [
    "Aggregates",
    "Answers",
    "CreateViews",
    "DashboardQueries",
    "Experiment",
    "Judgement",
    "Limits",
    "Load",
    "MaterializeAggregates",
    "Profile",
    "compare_answers",
    "compare_engines",
    "dashboard",
    "dashboard_texts",
    "judge",
    "load_test",
    "materialized",
    "plan_views",
    "pool",
    "profile",
    "read_schema",
    "read_views",
    "rounds_needed",
    "run_ab",
]
