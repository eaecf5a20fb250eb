"""What one week keeps and another week reads. Weeks do not import each other: they meet in the types declared here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["QueryRate", "QueryRates"]


@dataclass(frozen=True)
class QueryRate:
    """How often one shape of query was asked; the dashboard's queries have names, others an empty one."""

    name: str
    queries_day: float


@dataclass(frozen=True)
class QueryRates:
    """The part of week 1's costs that week 3 plans its views by."""

    evidence_name: ClassVar[str] = "costs"
    evidence_version: ClassVar[int] = 1

    shapes: tuple[QueryRate, ...]
