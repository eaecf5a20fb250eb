"""A queue of the dashboard's own in Redshift, with the user whose sessions enter it.

Through the Data API a session is the database user's; a driver's session may say ``SET query_group TO dashboard``
instead. The queue takes both. Week 1's usage limit ends concurrency scaling after the free hour a day.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import identifier, literal
from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.queues import AT_FIRST, DASHBOARD, WLM, tuned, with_parameter
from smartroute_runbook.runs.reconcile import Reconciled, Resource

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
        schema, user = identifier(run.settings.redshift.schema_name), identifier(run.settings.tuning.dashboard_user)
        members = identifier(DASHBOARD)
        back = f"aws redshift modify-cluster-parameter-group --parameter-group-name {group} --parameters {given}"
        return (
            back,
            f"REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM GROUP {members};",  # noqa: S608
            f"REVOKE USAGE ON SCHEMA {schema} FROM GROUP {members};",
            f"DROP USER {user};",
            f"DROP GROUP {members};",
        )

    def resources(self, run: Run) -> Iterator[Resource]:
        """User, group, rights, queues.

        Raises:
            Refused: concurrency scaling has no limit that ends it: its bill would have none either.
        """
        _require_limit(run)
        user, schema = run.settings.tuning.dashboard_user, run.settings.redshift.schema_name
        with run.redshift() as redshift:
            exists, members, rights = _user(redshift, user), _members(redshift), _rights(redshift, schema)
            tables = _tables(redshift, schema)
        make = partial(_execute, run)
        who, group = identifier(user), identifier(DASHBOARD)
        made = [f"CREATE GROUP {group}"] if members is None else []
        yield Resource(
            f"database user {user}",
            {"password": "none"} if exists else None,
            {"password": "none"},
            lambda: make(f"CREATE USER {who} PASSWORD DISABLE"),
            "enters with temporary credentials alone",
        )
        yield Resource(
            f"database group {DASHBOARD}",
            None if members is None else {"has the user": user in members},
            {"has the user": True},
            lambda: make(*made, f"ALTER GROUP {group} ADD USER {who}"),
            "its sessions enter the dashboard's queue",
        )
        inside = identifier(schema)
        yield Resource(
            f"rights of group {DASHBOARD}",
            rights if any(rights.values()) else None,
            {"schemas": [f"{schema}: USAGE"], "relations": [f"{table}: SELECT" for table in tables]},
            lambda: make(
                f"GRANT USAGE ON SCHEMA {inside} TO GROUP {group}",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {inside} TO GROUP {group}",
            ),
            "reads the dashboard's schema and does nothing else",
        )
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


def _execute(run: Run, *statements: str) -> None:
    with run.redshift() as redshift:
        for statement in statements:
            redshift.execute(statement)


def _user(redshift: Engine, user: str) -> bool:
    return bool(redshift.query(f"SELECT usename FROM pg_user WHERE usename = {literal(user)}").rows)  # noqa: S608


def _members(redshift: Engine) -> list[str] | None:
    """Users of the group; None: there is no group."""
    name = literal(DASHBOARD)
    if not redshift.query(f"SELECT groname FROM pg_group WHERE groname = {name}").rows:  # noqa: S608
        return None
    of = f"SELECT usename FROM pg_user, pg_group WHERE usesysid = ANY(grolist) AND groname = {name}"  # noqa: S608
    return [str(row[0]) for row in redshift.query(of).rows]


def _tables(redshift: Engine, schema: str) -> list[str]:
    """Tables and views: GRANT ... ON ALL TABLES takes both."""
    name = literal(schema)
    of = (
        f"SELECT tablename FROM pg_tables WHERE schemaname = {name} UNION ALL"  # noqa: S608
        f" SELECT viewname FROM pg_views WHERE schemaname = {name} ORDER BY 1"
    )
    return [str(row[0]) for row in redshift.query(of).rows]


def _rights(redshift: Engine, schema: str) -> dict[str, list[str]]:
    """What the group may do in the whole database; ``schema``'s relations without their schema."""
    holder = f"identity_type = 'group' AND identity_name = {literal(DASHBOARD)}"
    schemas = redshift.query(
        f"SELECT namespace_name, privilege_type FROM svv_schema_privileges WHERE {holder} ORDER BY 1, 2"  # noqa: S608
    ).rows
    relations = redshift.query(
        f"SELECT namespace_name, relation_name, privilege_type FROM svv_relation_privileges WHERE {holder}"  # noqa: S608
        " ORDER BY 1, 2, 3"
    ).rows
    return {
        "schemas": [f"{name}: {right}" for name, right in schemas],
        "relations": [
            f"{'' if inside == schema else f'{inside}.'}{name}: {right}" for inside, name, right in relations
        ],
    }


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
