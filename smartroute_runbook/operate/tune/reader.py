"""The dashboard's user in Redshift as resources: the user, the group that it is in, and what the group may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import identifier, literal, qualified
from smartroute_runbook.runs.queues import DASHBOARD
from smartroute_runbook.runs.reconcile import Resource

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["reader_resources", "reader_undo"]

_GROUP = identifier(DASHBOARD)
_NO_INNER = "NOT LIKE 'mv_tbl__%'"  # tables inside materialized views, which nobody asks by name


@dataclass(frozen=True)
class _Right:
    """A privilege of the group on a schema (``relation`` is '') or on a relation."""

    schema: str
    relation: str
    privilege: str

    @property
    def grant(self) -> str:
        """What GRANT and REVOKE name."""
        on = qualified(self.schema, self.relation) if self.relation else f"SCHEMA {identifier(self.schema)}"
        return f"{self.privilege} ON {on}"


def reader_resources(run: Run) -> Iterator[Resource]:
    """User, group, rights."""
    user, schema = run.settings.tuning.dashboard_user, run.settings.redshift.schema_name
    who = identifier(user)
    with run.redshift() as redshift:
        exists, members, held = _user(redshift, user), _members(redshift), _held(redshift)
        wanted = _wanted(redshift, schema)
    made = [f"CREATE GROUP {_GROUP}"] if members is None else []
    changed = [f"REVOKE {one.grant} FROM GROUP {_GROUP}" for one in held if one not in wanted]
    changed += [f"GRANT {one.grant} TO GROUP {_GROUP}" for one in wanted if one not in held]
    yield Resource(
        f"database user {user}",
        {"password": "none"} if exists else None,
        {"password": "none"},
        lambda: _execute(run, f"CREATE USER {who} PASSWORD DISABLE"),
        "enters with temporary credentials alone",
    )
    yield Resource(
        f"database group {DASHBOARD}",
        None if members is None else {"has the user": user in members},
        {"has the user": True},
        lambda: _execute(run, *made, f"ALTER GROUP {_GROUP} ADD USER {who}"),
        "its sessions enter the dashboard's queue",
    )
    yield Resource(
        f"rights of group {DASHBOARD}",
        [one.grant for one in held] or None,
        [one.grant for one in wanted],
        lambda: _execute(run, *changed),
        "reads the dashboard's schema and does nothing else",
    )


def reader_undo(run: Run) -> tuple[str, ...]:
    """Statements that take rights, user and group away."""
    schema, who = identifier(run.settings.redshift.schema_name), identifier(run.settings.tuning.dashboard_user)
    return (
        f"REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM GROUP {_GROUP};",  # noqa: S608  (quoted)
        f"REVOKE USAGE ON SCHEMA {schema} FROM GROUP {_GROUP};",
        f"DROP USER {who};",
        f"DROP GROUP {_GROUP};",
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


def _wanted(redshift: Engine, schema: str) -> list[_Right]:
    """The schema, and each table and view that it has now."""
    name = literal(schema)
    of = (
        f"SELECT tablename FROM pg_tables WHERE schemaname = {name} AND tablename {_NO_INNER} UNION ALL"  # noqa: S608
        f" SELECT viewname FROM pg_views WHERE schemaname = {name} ORDER BY 1"
    )
    relations = sorted(str(row[0]) for row in redshift.query(of).rows)
    return [_Right(schema, "", "USAGE"), *(_Right(schema, one, "SELECT") for one in relations)]


def _held(redshift: Engine) -> list[_Right]:
    """What the group may do in the whole database."""
    holder = f"identity_type = 'group' AND identity_name = {literal(DASHBOARD)}"
    schemas = redshift.query(
        f"SELECT namespace_name, privilege_type FROM svv_schema_privileges WHERE {holder}"  # noqa: S608
    ).rows
    relations = redshift.query(
        f"SELECT namespace_name, relation_name, privilege_type FROM svv_relation_privileges WHERE {holder}"  # noqa: S608
        f" AND relation_name {_NO_INNER}"
    ).rows
    held = [_Right(str(schema), "", str(right).upper()) for schema, right in schemas]
    held += [_Right(str(schema), str(name), str(right).upper()) for schema, name, right in relations]
    return sorted(held, key=lambda one: (one.schema, one.relation, one.privilege))
