"""Week 1: the data audited, the cluster and its security in place."""

from __future__ import annotations

from smartroute_runbook.runs.reconcile import Reconciled, Verified
from smartroute_runbook.runs.run import Run

from .audit import Audit, audit
from .audit_price import AuditPrice, audit_price
from .backups import Backups
from .cluster import ClusterStep
from .network import SecurityGroup, SubnetGroup
from .roles import CopyRole

__all__ = [
    "Audit",
    "AuditPrice",
    "Backups",
    "ClusterStep",
    "CopyRole",
    "SecurityGroup",
    "SubnetGroup",
    "Verified",
    "audit",
    "audit_price",
    "steps",
]


def steps(run: Run) -> tuple[Reconciled, ...]:  # noqa: ARG001  (weeks make their steps alike)
    """The steps of week 1 in the order in which they are done."""
    return (SubnetGroup(), SecurityGroup(), CopyRole(), ClusterStep(), Backups())
