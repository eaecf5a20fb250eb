"""Week 2: every row exactly once, and proof of it."""

from .copy import LoadDays, Reconciliation, ledger, reconcile
from .proof import Proofs, prove, prove_table
from .source import Day, SourceTable, lake_bucket, read_table
from .tables import CreateTables, Inventory, inventory
from .workgroup import MigrationWorkgroup

__all__ = [
    "CreateTables",
    "Day",
    "Inventory",
    "LoadDays",
    "MigrationWorkgroup",
    "Proofs",
    "Reconciliation",
    "SourceTable",
    "inventory",
    "lake_bucket",
    "ledger",
    "prove",
    "prove_table",
    "read_table",
    "reconcile",
]
