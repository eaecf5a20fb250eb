"""Athena and Redshift behind one small interface."""

from .athena import OWN, USER_AGENT, Athena
from .data_api import RedshiftDataApi
from .interface import Column, Engine, Rows
from .redshift import Redshift

__all__ = ["OWN", "USER_AGENT", "Athena", "Column", "Engine", "Redshift", "RedshiftDataApi", "Rows"]
