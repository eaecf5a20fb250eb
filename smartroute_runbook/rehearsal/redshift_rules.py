"""Rewrites of a tree, each for one difference between Redshift and DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.rehearsal.redshift_engine import ColumnInfo

if TYPE_CHECKING:
    from smartroute_runbook.rehearsal.redshift_session import Session

__all__ = ["rewrite"]


def rewrite(session: Session, tree: exp.Expression, columns: Mapping[str, tuple[ColumnInfo, ...]]) -> exp.Expression:
    """The tree for DuckDB."""
    del session, columns
    return tree
