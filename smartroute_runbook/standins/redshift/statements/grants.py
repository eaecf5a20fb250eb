"""Groups and privileges."""

from __future__ import annotations

import itertools

from smartroute_runbook.standins.redshift.database import CATALOG
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text

from .settings import Action
from .users import change_one, require_superuser

__all__ = ["alter_group", "create_group", "drop_group", "grant", "revoke"]

# Privileges, kind of object, objects, and to (or from) whom: (kind of grantee, name).
Grant = tuple[list[str], str, list[tuple[str, ...]], list[tuple[str, str]]]


def create_group(_session: Session, text: Text) -> Action:
    """CREATE GROUP name [WITH USER a, b]."""
    reader = Reader(text, 2)
    name, members = reader.name(), []
    reader.accept("with")
    if reader.accept("user"):
        members = [reader.name()]
        while reader.accept(","):
            members.append(reader.name())

    def act(session: Session) -> None:
        require_superuser(session)
        for member in (None, *members):
            session.cursor.execute(f"INSERT INTO {CATALOG}.groups VALUES (?, ?)", [name, member])

    return Action("CREATE GROUP", act, atomic=True)


def alter_group(_session: Session, text: Text) -> Action:
    """ALTER GROUP name ADD | DROP USER a, b."""
    reader = Reader(text, 2)
    name = reader.name()
    adding = reader.accept("add")
    if not adding:
        reader.expect("drop")
    reader.expect("user")
    members = [reader.name()]
    while reader.accept(","):
        members.append(reader.name())
    verb = "INSERT INTO {} VALUES (?, ?)" if adding else "DELETE FROM {} WHERE name = ? AND member = ?"

    def act(session: Session) -> None:
        require_superuser(session)
        for member in members:
            session.cursor.execute(verb.format(f"{CATALOG}.groups"), [name, member])

    return Action("ALTER GROUP", act, atomic=True)


def drop_group(_session: Session, text: Text) -> Action:
    """DROP GROUP name."""
    name = Reader(text, 2).name()

    def act(session: Session) -> None:
        require_superuser(session)
        change_one(session, "groups", "DELETE FROM {} WHERE name = ?", [name], f'group "{name}"')

    return Action("DROP GROUP", act, atomic=True)


def _grant(text: Text, joiner: str) -> Grant:
    """Reads a GRANT or REVOKE."""
    reader = Reader(text, 1)
    reader.accept("grant", "option", "for")
    privileges = []
    while not reader.accept("on"):
        word = reader.next().text.lower()
        if word not in {",", "privileges"}:
            privileges.append("all" if word == "all" else word)
    kind = "table"
    if reader.accept("all", "tables", "in", "schema"):
        kind = "all tables"
    elif reader.peek() in {"table", "schema", "database", "language", "function"}:
        kind = reader.name()
    objects = [reader.names()]
    while reader.accept(","):
        objects.append(reader.names())
    reader.expect(joiner)
    grantees = []
    while not reader.done:
        which = "group" if reader.accept("group") else "role" if reader.accept("role") else "user"
        grantees.append((which, reader.name()))
        if not reader.accept(","):
            break
    return privileges, kind, objects, grantees


def grant(_session: Session, text: Text) -> Action:
    """GRANT privileges ON object TO users, groups or PUBLIC."""
    return _changed("GRANT", f"INSERT INTO {CATALOG}.grants VALUES ($1, $2, $3, $4, $5, $6)", _grant(text, "to"))


def revoke(_session: Session, text: Text) -> Action:
    """REVOKE privileges ON object FROM users, groups or PUBLIC."""
    gone = (
        f"DELETE FROM {CATALOG}.grants WHERE ($1 = 'all' OR privilege = $1) AND kind = $2 AND schema_name = $3 "
        "AND object_name = $4 AND grantee_kind = $5 AND grantee = $6"
    )
    return _changed("REVOKE", gone, _grant(text, "from"))


def _changed(verb: str, sql: str, grant: Grant) -> Action:
    """Runs a change for every privilege, kind of object, schema, object, kind of grantee and grantee ($1 to $6)."""
    privileges, kind, objects, grantees = grant

    def act(session: Session) -> None:
        require_superuser(session)
        session.transaction.altered = True  # prepared statements are checked again
        whole = kind == "all tables"
        named = [pair for name in objects for pair in _relations(session, name[-1])] if whole else [
            _object(session, kind, name) for name in objects
        ]  # fmt: skip
        for pair, privilege, grantee in itertools.product(named, privileges, grantees):
            session.cursor.execute(sql, [privilege, "table" if whole else kind, *pair, *grantee])

    return Action(verb, act, atomic=True)


def _relations(session: Session, schema: str) -> list[tuple[str, str]]:
    """Tables and views that a schema has now: later ones are not meant (GRANT, "ON ALL TABLES IN SCHEMA")."""
    of = f"SELECT schema_name, table_name FROM {CATALOG}.relations WHERE schema_name = ?"
    return [(str(inside), str(name)) for inside, name in session.cursor.execute(of, [schema]).fetchall()]


def _object(session: Session, kind: str, name: tuple[str, ...]) -> tuple[str, str]:
    if kind in {"schema", "database", "language"}:
        return name[-1], ""
    if len(name) > 1:
        return name[-2], name[-1]
    return session.names.schema_of(name[-1]) or "public", name[-1]
