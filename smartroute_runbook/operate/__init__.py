"""Week 4 and after: cut over, watch, go back."""

from .agreement import Agreement, Proven, proven
from .alarms import SetAlarms
from .dashboard import Dashboard
from .publish import PublishQueries
from .routing import Route
from .switch import CutOver, RehearseWayBack, Switch
from .tuning import Tuning, tuning
from .watch import Watched, observe, watch, watched

__all__ = [
    "Agreement",
    "CutOver",
    "Dashboard",
    "Proven",
    "PublishQueries",
    "RehearseWayBack",
    "Route",
    "SetAlarms",
    "Switch",
    "Tuning",
    "Watched",
    "observe",
    "proven",
    "tuning",
    "watch",
    "watched",
]
