"""Week 4 and after: cut over, watch, go back."""

from smartroute_runbook.api.routing import Route

from .again import NextAttempt, TryAgain, next_attempt, try_again
from .agreement import Agreement, Proven, proven
from .alarms import SetAlarms
from .budgets import SetBudgets
from .cause import RootCause, root_cause
from .dashboard import Dashboard
from .graphs import Graphs
from .publish import PublishQueries
from .readiness import Ready, ready
from .receivers import Heard, Receivers
from .snapshot import TakeSnapshot
from .switch import CutOver, RehearseWayBack, Switch
from .tuning import Tuning, tuning
from .watch import Watched, observe, watch, watched

__all__ = [
    "Agreement",
    "CutOver",
    "Dashboard",
    "Graphs",
    "Heard",
    "NextAttempt",
    "Proven",
    "PublishQueries",
    "Ready",
    "Receivers",
    "RehearseWayBack",
    "RootCause",
    "Route",
    "SetAlarms",
    "SetBudgets",
    "Switch",
    "TakeSnapshot",
    "TryAgain",
    "Tuning",
    "Watched",
    "next_attempt",
    "observe",
    "proven",
    "ready",
    "root_cause",
    "try_again",
    "tuning",
    "watch",
    "watched",
]
