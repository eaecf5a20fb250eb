"""Week 2: every row exactly once, and proof of it."""

from .copy import LoadDays, Reconciliation, ledger, reconcile
from .source import Day, SourceTable, read_table
from .tables import CreateTables, Inventory, inventory
from .workgroup import MigrationWorkgroup

__all__ = [
    "CreateTables",
    "Day",
    "Inventory",
    "LoadDays",
    "MigrationWorkgroup",
    "Reconciliation",
    "SourceTable",
    "inventory",
    "ledger",
    "read_table",
    "reconcile",
]
