"""Week 4 and after: cut over, watch, go back."""

from .alarms import SetAlarms
from .dashboard import Dashboard
from .publish import PublishQueries
from .switch import Switch
from .tuning import Tuning, tuning
from .watch import Watched, sample, watch

__all__ = ["Dashboard", "PublishQueries", "SetAlarms", "Switch", "Tuning", "Watched", "sample", "tuning", "watch"]
