"""Week 2: every row exactly once, and proof of it; afterwards kept fresh."""

from .days import CatchUp, LoadDays
from .fresh import Freshness, Synced, backlog, freshness, sync
from .lake_inventory import Inventory, inventory
from .mend import MendTables
from .proof import Proofs, prove, prove_caught_up, prove_table
from .proof_price import ProofsPrice, proof_price
from .reconciliation import Reconciliation, reconcile
from .remove import RemoveDays
from .schedule import ScheduleSync
from .scope import ReadPoint, Scope, as_of, current, pinned
from .source import Day, Partition, SourceTable, lake_bucket, read_days, read_table
from .state import ledger
from .tables import CreateTables
from .workgroup import MigrationWorkgroup

__all__ = [
    "CatchUp",
    "CreateTables",
    "Day",
    "Freshness",
    "Inventory",
    "LoadDays",
    "MendTables",
    "MigrationWorkgroup",
    "Partition",
    "Proofs",
    "ProofsPrice",
    "ReadPoint",
    "Reconciliation",
    "RemoveDays",
    "ScheduleSync",
    "Scope",
    "SourceTable",
    "Synced",
    "as_of",
    "backlog",
    "current",
    "freshness",
    "inventory",
    "lake_bucket",
    "ledger",
    "pinned",
    "proof_price",
    "prove",
    "prove_caught_up",
    "prove_table",
    "read_days",
    "read_table",
    "reconcile",
    "sync",
]
