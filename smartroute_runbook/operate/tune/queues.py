"""A queue of the dashboard's own in Redshift, with the user whose sessions enter it.

Through the Data API a session is the database user's; a driver's session may say ``SET query_group TO dashboard``
instead. The queue takes both. Week 1's usage limit ends concurrency scaling after the free hour a day.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.queues import AT_FIRST, WLM, tuned, with_parameter
from smartroute_runbook.runs.reconcile import Reconciled, Resource

from .reader import reader_resources, reader_undo

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["TuneQueues"]


class TuneQueues(Reconciled):
    """The dashboard's user, its group, what the group may read, and the queue that the group enters."""

    id: ClassVar[str] = "week4.queues"
    needs: ClassVar[str | None] = "week3.compared"
    undo: ClassVar[str] = "set week 1's queues again; drop group and user, once the API asks as another"

    def undo_commands(self, run: Run) -> tuple[str, ...]:
        """The parameter, then what is in the database."""
        group = shlex.quote(run.settings.redshift.parameter_group)
        given = shlex.quote(json.dumps(with_parameter(AT_FIRST)))
        back = f"aws redshift modify-cluster-parameter-group --parameter-group-name {group} --parameters {given}"
        return (back, *reader_undo(run))

    def resources(self, run: Run) -> Iterator[Resource]:
        """User, group, rights, queues.

        Raises:
            Refused: concurrency scaling has no limit that ends it: its bill would have none either.
        """
        _require_limit(run)
        yield from reader_resources(run)
        name, wanted = run.settings.redshift.parameter_group, tuned(run.settings)
        yield Resource(
            f"queues of parameter group {name}",
            _queues(run),
            _by_name(wanted),
            lambda: run.clients.boto("redshift").modify_cluster_parameter_group(
                ParameterGroupName=name, Parameters=with_parameter(wanted)
            ),
            "dashboards first, more capacity while they wait, an end to queries that nobody waits for; no reboot",
            Decimal(0),
        )


def _require_limit(run: Run) -> None:
    found = run.clients.boto("redshift").describe_usage_limits(
        ClusterIdentifier=run.settings.redshift.cluster, FeatureType="concurrency-scaling"
    )["UsageLimits"]
    if not any(one["BreachAction"] == "disable" for one in found):
        raise Refused(
            "Concurrency scaling has no usage limit that ends it",
            expected="week 1's: 60 minutes a day, then disabled",
            hint="Do week1.backups again",
        )


def _queues(run: Run) -> dict[str, Any] | None:
    redshift, group = run.clients.boto("redshift"), run.settings.redshift.parameter_group
    pages = redshift.get_paginator("describe_cluster_parameters").paginate(ParameterGroupName=group)
    values = {one["ParameterName"]: one.get("ParameterValue") for page in pages for one in page["Parameters"]}
    return _by_name(json.loads(values[WLM])) if values.get(WLM) else None


def _by_name(queues: list[dict[str, Any]]) -> dict[str, Any]:
    """Queues by their names in metrics, so that a difference names the queue."""
    names = [f"queue {number}" for number in range(1, len(queues) + 1)]
    routed = [number for number, one in enumerate(queues) if "auto_wlm" in one or "query_concurrency" in one]
    if routed:
        names[routed[-1]] = "default queue"
    return {
        "short queries" if "short_query_queue" in one else name: one for name, one in zip(names, queues, strict=True)
    }
