"""Week 1: is it worth it?"""

from ..prices import PriceBook, price_book
from .costs import Costs, costs
from .decision import Decision, decide
from .harvest import harvest
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
