"""A session that is set otherwise than SQL was translated for is refused, whoever set it."""

from __future__ import annotations

import pytest
from support.lakes import run_over, world

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError
from smartroute_runbook.prepare.preflight import preflight


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("settings")
    copy_to(base)
    world(base)
    return run_over(base, "settings", ["crowding_metrics"], begun=False)


def users(stack, run):
    """As whom either transport enters."""
    return {stack.environ()["SMARTROUTE_REDSHIFT_USER"], run.settings.redshift.master_user}


@pytest.fixture
def by_admin(stack, run):
    """Statements of an administrator for each user, in a session from before; taken back afterwards."""
    with Clients(run.settings).redshift() as admin:
        yield lambda words: [admin.execute(f"ALTER USER {user} {words}") for user in sorted(users(stack, run))]
    stack.redshift.engine.user_settings.clear()
    stack.redshift.engine.collation = "case_sensitive"


def entered(settings):
    with Clients(settings).redshift() as session:
        return session.query("SELECT 1").scalar() == 1


def test_as_a_cluster_is_made_nothing_is_refused(run):
    assert entered(run.settings)


@pytest.mark.parametrize(
    ("parameter", "value", "effect"),
    [
        ("timezone", "America/New_York", "cast in it"),
        ("datestyle", "SQL, DMY", "written and read by it"),
        ("describe_field_name_in_uppercase", "on", "other names"),
        ("json_parse_truncate_strings", "on", "cut off"),
        ("json_parse_dedup_attributes", "on", "lose attributes"),
    ],
)
@pytest.mark.parametrize("transport", ["driver", "data-api"])
def test_a_parameter_of_the_users_sessions(run, by_admin, parameter, value, effect, transport):
    by_admin(f"SET {parameter} TO '{value}'")
    chosen = run.settings.redshift.model_copy(update={"transport": transport})
    settings = run.settings.model_copy(update={"redshift": chosen})
    with pytest.raises(UsageError, match=f"{parameter} is {value} .*{effect}.*") as refused:
        Clients(settings).redshift()
    assert f"ALTER USER ... RESET {parameter}" in str(refused.value.hint)
    by_admin(f"RESET {parameter}")
    assert entered(settings)


def test_utc_by_another_name_is_utc(run, by_admin):
    by_admin("SET timezone TO 'Etc/UTC'")
    assert entered(run.settings)


def test_a_database_without_regard_to_case_is_refused_before_week_1(run, stack, by_admin):
    stack.redshift.engine.collation = "case_insensitive"
    with pytest.raises(UsageError, match="'A' equals 'a'"):
        Clients(run.settings).redshift()
    failed = [line for line in preflight(run).lines if line.state == "fail"]
    assert any("case_insensitive" in line.said for line in failed)
