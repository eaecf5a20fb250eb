"""Week 4 and after: cut over, watch, go back."""

from .agreement import Agreement, Proven, proven
from .alarms import SetAlarms
from .dashboard import Dashboard
from .publish import PublishQueries
from .readiness import Ready, ready
from .receivers import Heard, Receivers
from .routing import Route
from .snapshot import TakeSnapshot
from .switch import CutOver, RehearseWayBack, Switch
from .tuning import Tuning, tuning
from .watch import Watched, observe, watch, watched

__all__ = [
    "Agreement",
    "CutOver",
    "Dashboard",
    "Heard",
    "Proven",
    "PublishQueries",
    "Ready",
    "Receivers",
    "RehearseWayBack",
    "Route",
    "SetAlarms",
    "Switch",
    "TakeSnapshot",
    "Tuning",
    "Watched",
    "observe",
    "proven",
    "ready",
    "tuning",
    "watch",
    "watched",
]
