"""Week 3: how fast, at what cost, and is the candidate good enough?"""

from __future__ import annotations

from .ab import ExperimentWeek, Registration, compare_engines, read_week, register, run_week, withdraw
from .aggregates import Aggregates, MaterializeAggregates, dashboard_texts, materialized, plan_views
from .answers import Answers, compare_answers
from .dashboard_queries import DashboardQueries, dashboard
from .experiment import ExperimentDesign, first_look, run_ab
from .glue_schema import read_schema
from .glue_views import CreateViews, read_views
from .judge import judge, rounds_needed
from .judgement import Judgement, Limits
from .pooling import pool
from .profiling import Profile, profile, profile_queries
from .results import Experiment
from .throughput import Load, load_test
from .tune import ApplyAdvice
from .tuned import Tuned, measure_again

__all__ = [
    "Aggregates",
    "Answers",
    "ApplyAdvice",
    "CreateViews",
    "DashboardQueries",
    "Experiment",
    "ExperimentDesign",
    "ExperimentWeek",
    "Judgement",
    "Limits",
    "Load",
    "MaterializeAggregates",
    "Profile",
    "Registration",
    "Tuned",
    "compare_answers",
    "compare_engines",
    "dashboard",
    "dashboard_texts",
    "first_look",
    "judge",
    "load_test",
    "materialized",
    "measure_again",
    "plan_views",
    "pool",
    "profile",
    "profile_queries",
    "read_schema",
    "read_views",
    "read_week",
    "register",
    "rounds_needed",
    "run_ab",
    "run_week",
    "withdraw",
]
