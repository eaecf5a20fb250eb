"""Athena and Redshift behind one small interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartroute_runbook.lazy import lazy

if TYPE_CHECKING:
    from .athena import OWN, Athena
    from .data_api import RedshiftDataApi
    from .interface import USER_AGENT, Column, Engine, Rows, Spent
    from .redshift import Redshift

__all__ = ["OWN", "USER_AGENT", "Athena", "Column", "Engine", "Redshift", "RedshiftDataApi", "Rows", "Spent"]

__getattr__ = lazy(__name__, {
    "OWN": "athena", "Athena": "athena",
    "RedshiftDataApi": "data_api",
    "USER_AGENT": "interface", "Column": "interface", "Engine": "interface", "Rows": "interface", "Spent": "interface",
    "Redshift": "redshift",
})  # fmt: skip
