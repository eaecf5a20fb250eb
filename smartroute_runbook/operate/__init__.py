"""Week 4 and after: cut over, watch, go back."""

from .alarms import SetAlarms
from .dashboard import Dashboard
from .publish import PublishQueries
from .switch import CutOver, Switch
from .tuning import Tuning, tuning
from .watch import Watched, sample, watch

__all__ = [
    "CutOver",
    "Dashboard",
    "PublishQueries",
    "SetAlarms",
    "Switch",
    "Tuning",
    "Watched",
    "sample",
    "tuning",
    "watch",
]
