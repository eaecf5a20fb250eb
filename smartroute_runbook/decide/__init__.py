"""Week 1: is it worth it?"""

from smartroute_runbook.prices import PriceBook, price_book

from .costs import Costs
from .crosscheck import CrossCheck, crosscheck
from .decision import Decision, decide
from .explore import Explorer, explore
from .harvest import harvest
from .month import Month, month
from .pricing import costs
from .reminder import Reminder, next_steps
from .triggers import Triggers, triggers
from .workload import Workload

__all__ = [
    "Costs",
    "CrossCheck",
    "Decision",
    "Explorer",
    "Month",
    "PriceBook",
    "Reminder",
    "Triggers",
    "Workload",
    "costs",
    "crosscheck",
    "decide",
    "explore",
    "harvest",
    "month",
    "next_steps",
    "price_book",
    "triggers",
]
