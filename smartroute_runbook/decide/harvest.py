"""From the query history to the workload."""

from __future__ import annotations

import pyarrow.compute as pc

from smartroute_runbook.declared import measured
from smartroute_runbook.runs.run import Run

from .collect import collect
from .summary import DAY_MS, summarise
from .workload import Workload

__all__ = ["harvest"]


@measured("decide.harvest", Workload)
def harvest(run: Run) -> Workload:
    """Extend the kept query history of the dashboards' workgroup and measure the workload in it.

    Only the last ``decision.history_days`` before the newest execution count.

    Raises:
        ServiceError: Athena does not answer; what was read is kept for the next try.
        UsageError: the history holds no finished data query.
    """
    settings = run.settings
    workgroup = settings.athena.workgroup
    with run.progress("Reading the query history", None, "executions") as line:
        history = collect(
            run.clients.boto("athena"),
            run.store,
            f"history/{run.environment}/{workgroup}",
            workgroup,
            rate=settings.decision.pages_per_second,
            progress=line.update,
        )
    table = history.table()
    if table.num_rows:
        newest = pc.max(table["submitted_ms"]).as_py()
        table = table.filter(pc.greater(table["submitted_ms"], newest - settings.decision.history_days * DAY_MS))
    return summarise(table, f"Athena query history of workgroup {workgroup}")
