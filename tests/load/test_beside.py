"""Nothing that a run writes lies in a table: Athena would read it as rows."""

from __future__ import annotations

import pytest

from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError
from smartroute_runbook.lake.beside import require_beside_tables
from smartroute_runbook.operate import PublishQueries
from smartroute_runbook.runs.run import Run


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("beside")
    copy_to(base)
    return Run.open("rehearsal", "beside", base=base)


@pytest.mark.parametrize(
    "prefix", ["processed/vehicles", "processed/vehicles/a", "processed/vehicles/year=2026/x", "processed"]
)
def test_a_prefix_in_a_table_or_around_one_is_refused(run, prefix):
    with pytest.raises(UsageError, match="'vehicles' lies"):
        require_beside_tables(run, "load.staging", prefix)


@pytest.mark.parametrize("prefix", ["processed/vehicle", "processed/vehicles-queries", "staging/redshift"])
def test_a_prefix_beside_every_table_is_taken(run, prefix):
    require_beside_tables(run, "load.staging", prefix)


def test_queries_are_not_published_into_a_table(run):
    inside = {"dashboard": {"published_queries": "analytics/delay_metrics/queries"}}
    other = Run.open("rehearsal", "inside", inside, base=run.base)
    with pytest.raises(UsageError, match=r"dashboard\.published_queries.*'delay_metrics' lies"):
        list(PublishQueries({}, "bucket").resources(other))
