"""Parses a text into the statement that runs it, one for each of Redshift's commands."""

from __future__ import annotations

from collections.abc import Callable

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Text, split
from smartroute_runbook.standins.redshift.statement import ParsedStatement

from . import alter_table as alter
from . import comments, copy, cursors, grants, prepared, query, relations, unload, users
from . import create_table as ddl
from . import settings as admin
from . import views as view_ddl

__all__ = ["parse"]

Maker = Callable[[Session, Text], ParsedStatement[Session]]

# By the first words of a statement, longest first.
MAKERS: dict[str, Maker] = {
    "begin": admin.begin, "start transaction": admin.begin,
    "commit": admin.commit, "end": admin.commit, "rollback": admin.rollback, "abort": admin.rollback,
    "set session authorization": users.set_user, "set": admin.set_, "reset": admin.reset, "show": admin.show,
    "vacuum": admin.vacuum, "analyze": admin.analyze, "lock": admin.lock, "comment": comments.comment,
    "cancel": admin.cancel, "prepare": prepared.prepare, "deallocate": prepared.deallocate,
    "execute": lambda session, text: prepared.execute(session, text, parse),
    "grant": grants.grant, "revoke": grants.revoke,
    "create user": users.create_user, "alter user": users.alter_user, "drop user": users.drop_user,
    "create group": grants.create_group, "alter group": grants.alter_group, "drop group": grants.drop_group,
    "alter default privileges": admin.nothing,
    "copy": copy.make, "unload": unload.make,
    "create table": ddl.create_table, "create temp table": ddl.create_table,
    "create temporary table": ddl.create_table, "create local temp table": ddl.create_table,
    "create local temporary table": ddl.create_table,
    "create schema": relations.create_schema, "drop schema": relations.drop, "drop table": relations.drop,
    "drop view": relations.drop,
    "drop materialized view": relations.drop, "truncate": relations.truncate, "alter table": alter.alter_table,
    "create view": view_ddl.create_view, "create or replace view": view_ddl.create_view,
    "create materialized view": view_ddl.create_materialized, "refresh materialized view": view_ddl.refresh,
    "create index": view_ddl.no_index, "create unique index": view_ddl.no_index,
    "explain": query.explain, "declare": cursors.declare, "fetch": cursors.fetch, "close": cursors.close,
    "select": query.select, "with": query.select, "(": query.select,
    "insert": query.insert, "update": query.write, "delete": query.write, "merge": query.write,
}  # fmt: skip
# What PostgreSQL 8.0's grammar has and Redshift refuses, with the whole statement in its words.
NOT_ON_REDSHIFT = frozenset(
    {
        "listen", "notify", "unlisten", "savepoint", "release", "rollback to", "move", "checkpoint", "cluster", "load",
        "reindex", *(f"{verb} {what}" for verb in ("create", "alter", "drop") for what in
                     ("trigger", "rule", "sequence", "domain", "type", "operator", "aggregate", "conversion",
                      "tablespace", "cast", "language")),
    }
)  # fmt: skip
LONGEST = max(len(words.split()) for words in MAKERS)


def parse(session: Session, source: str) -> ParsedStatement[Session]:
    """The one statement in a text; one without a tag for a text that holds none.

    Raises:
        SqlError: 42601 for what is not a statement, 0A000 for a command that is not rehearsed.
    """
    texts = split(source)
    if not texts:
        return admin.Action("", lambda _: "")
    if len(texts) > 1:
        raise SqlError("42601", "cannot insert multiple commands into a prepared statement")
    text = texts[0]
    if any(text.words(count) in NOT_ON_REDSHIFT for count in (1, 2)):
        raise SqlError("0A000", f'SQL command "{text.sql}" not supported.')
    if text.words(1) == "select" and (place := ddl.into(text)):
        return ddl.select_into(session, text, place)
    for count in range(LONGEST, 0, -1):
        if maker := MAKERS.get(text.words(count)):
            return maker(session, text)
    if text.words(1) in {"create", "alter", "drop", "call", "use", "attach", "import"}:
        raise SqlError("0A000", f"not rehearsable: {text.words(2).upper()}")
    raise SqlError("42601", f'syntax error at or near "{text.tokens[0].text}"')
