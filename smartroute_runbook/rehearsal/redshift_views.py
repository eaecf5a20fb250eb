"""Redshift's system views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smartroute_runbook.rehearsal.redshift_session import Session

__all__ = ["SystemViews"]


class SystemViews:
    """Which names are system views, and where DuckDB finds them."""

    @staticmethod
    def name(parts: tuple[str, ...]) -> str:
        """The view that a name means; empty when it is none."""
        del parts
        return ""

    @staticmethod
    def place(session: Session, view: str) -> str:
        """DuckDB's name of a view."""
        del session
        return view

    @staticmethod
    def refresh(session: Session, views: Iterable[str]) -> None:
        """Makes the rows of these views current."""
