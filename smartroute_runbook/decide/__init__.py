"""Week 1: is it worth it?"""

from .costs import Costs, costs
from .decision import Decision, decide
from .harvest import harvest
from .prices import PriceBook, price_book
from .triggers import Triggers, triggers
from .workload import Workload

__all__ = [
    "Costs",
    "Decision",
    "PriceBook",
    "Triggers",
    "Workload",
    "costs",
    "decide",
    "harvest",
    "price_book",
    "triggers",
]
