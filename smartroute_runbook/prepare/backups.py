"""Backups: how long snapshots are kept, how often they are made, and limits on what the cluster may add to the bill."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from smartroute_runbook.errors import Refused
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.run import Run
from smartroute_runbook.runs.steps import Outcome, Proposal, applied_by_do

from .cluster_state import describe, wait_available
from .network import tags

__all__ = ["Backups"]

DAILY = "smartroute-daily"
#: Feature, kind, amount, period, what happens: the free hour of concurrency scaling (minutes), Spectrum's TB a month.
LIMITS = (
    ("concurrency-scaling", "time", 60, "daily", "disable"),
    ("spectrum", "data-scanned", 1, "monthly", "log"),
)
CADENCE = {
    "default": "every 8 hours or 5 GB of change a node: at most about 8 hours of changes are lost",
    "daily": "the plan's daily schedule replaces the default cadence: up to 24 hours of changes are lost",
}


class Backups(Reconciled):
    """Retention, cadence, usage limits.

    The plan asks for daily snapshots kept 14 days. Redshift makes them more often by itself (every 8 hours or 5 GB of
    changes a node; management guide, "working with snapshots"); a daily schedule would replace that, and up to three
    times as much could be lost. ``redshift.snapshot_cadence`` chooses.
    """

    id: ClassVar[str] = "week1.backups"
    needs: ClassVar[str | None] = "week1.cluster"
    undo: ClassVar[str] = "set the retention back to 1 day, take the schedule off, delete the usage limits"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The retention, then every usage limit of the cluster."""
        name = run.settings.redshift.cluster
        each = f"aws redshift describe-usage-limits --cluster-identifier {name} --query 'UsageLimits[].UsageLimitId'"
        return (
            f"aws redshift modify-cluster --cluster-identifier {name} --automated-snapshot-retention-period 1",
            f"{each} --output text | xargs -n 1 aws redshift delete-usage-limit --usage-limit-id",
        )

    def resources(self, run: Run) -> Iterable[Resource]:
        """Retention, cadence, then each usage limit."""
        settings, cluster = run.settings.redshift, describe(run)
        # Before there is a cluster its state is what week1.cluster will make, so that one reading holds for both.
        days = cluster["AutomatedSnapshotRetentionPeriod"] if cluster else settings.snapshot_days
        name = settings.cluster
        why = (
            f"the plan keeps {plural(settings.snapshot_days, 'day')}; automated snapshots go when the cluster is "
            "deleted"
        )
        wanted = {"days": settings.snapshot_days}
        before = {"days": days}
        yield Resource(f"snapshot retention of {name}", before, wanted, lambda: self._retain(run), why)

        schedule = cluster.get("SnapshotScheduleIdentifier") if cluster else None
        cadence = {"schedule": schedule or "default"}
        target = {"schedule": "default" if settings.snapshot_cadence == "default" else DAILY}
        why = CADENCE[settings.snapshot_cadence]
        yield Resource(f"snapshot cadence of {name}", cadence, target, lambda: self._cadence(run), why)

        there = self._limits(run) if cluster else {}
        for feature, kind, amount, period, breach in LIMITS:
            limit = there.get((feature, period))
            state = {"kind": kind, "amount": amount, "period": period, "on breach": breach}
            yield Resource(
                f"usage limit {feature} of {name}",
                None if limit is None else {"kind": limit["LimitType"], "amount": limit["Amount"],
                                            "period": limit["Period"], "on breach": limit["BreachAction"]},
                state,
                lambda f=feature, s=state, old=limit: self._limit(run, f, s, old),  # type: ignore[misc]
                "so that the bill holds no surprise",
            )  # fmt: skip

    def _limits(self, run: Run) -> dict[tuple[str, str], dict[str, Any]]:
        redshift, name = run.clients.boto("redshift"), run.settings.redshift.cluster
        found = redshift.describe_usage_limits(ClusterIdentifier=name)["UsageLimits"]
        return {(limit["FeatureType"], limit["Period"]): limit for limit in found}

    @applied_by_do
    def apply(self, run: Run, proposal: Proposal) -> Outcome:
        """Make what differs.

        Raises:
            Refused: there is no cluster yet.
        """
        if describe(run) is None:
            raise Refused(f"There is no cluster '{run.settings.redshift.cluster}' yet", hint="Do week1.cluster first")
        return super().apply(run, proposal)

    def _retain(self, run: Run) -> None:
        settings = run.settings.redshift
        run.clients.boto("redshift").modify_cluster(
            ClusterIdentifier=settings.cluster, AutomatedSnapshotRetentionPeriod=settings.snapshot_days
        )
        wait_available(run)

    def _cadence(self, run: Run) -> None:
        redshift, settings = run.clients.boto("redshift"), run.settings.redshift
        if settings.snapshot_cadence == "default":
            redshift.modify_cluster_snapshot_schedule(ClusterIdentifier=settings.cluster, DisassociateSchedule=True)
            return
        known = redshift.describe_snapshot_schedules(ScheduleIdentifier=DAILY)["SnapshotSchedules"]
        if not known:
            redshift.create_snapshot_schedule(
                ScheduleIdentifier=DAILY, ScheduleDefinitions=["rate(24 hours)"], Tags=tags(run)
            )
        redshift.modify_cluster_snapshot_schedule(ClusterIdentifier=settings.cluster, ScheduleIdentifier=DAILY)

    def _limit(self, run: Run, feature: str, state: dict[str, Any], old: dict[str, Any] | None) -> None:
        redshift = run.clients.boto("redshift")
        if old is not None and old["LimitType"] == state["kind"]:
            redshift.modify_usage_limit(
                UsageLimitId=old["UsageLimitId"], Amount=state["amount"], BreachAction=state["on breach"]
            )
            return
        redshift.create_usage_limit(
            ClusterIdentifier=run.settings.redshift.cluster,
            FeatureType=feature,
            LimitType=state["kind"],
            Amount=state["amount"],
            Period=state["period"],
            BreachAction=state["on breach"],
            Tags=tags(run),
        )
