"""Week 1: is it worth it?"""

from ..prices import PriceBook, price_book
from .costs import Costs, costs
from .decision import Decision, decide
from .harvest import harvest
from .reminder import Reminder
from .triggers import Triggers, triggers
from .workload import Workload

__all__ = [
    "Costs",
    "Decision",
    "PriceBook",
    "Reminder",
    "Triggers",
    "Workload",
    "costs",
    "decide",
    "harvest",
    "price_book",
    "triggers",
]
