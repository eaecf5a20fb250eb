"""Groups and privileges."""

from __future__ import annotations

from smartroute_runbook.rehearsal.redshift_admin import Action
from smartroute_runbook.rehearsal.redshift_engine import CATALOG
from smartroute_runbook.rehearsal.redshift_session import Session
from smartroute_runbook.rehearsal.redshift_text import Reader, Text
from smartroute_runbook.rehearsal.redshift_users import change_one, require_superuser

__all__ = ["alter_group", "create_group", "drop_group", "grant", "revoke"]


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


def _grant(text: Text, joiner: str) -> tuple[list[str], str, list[tuple[str, ...]], list[tuple[str, str]]]:
    """Privileges, kind of object, objects, and to (or from) whom."""
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
    privileges, kind, objects, grantees = _grant(text, "to")

    def act(session: Session) -> None:
        require_superuser(session)
        session.altered = True  # prepared statements are checked again
        for name in objects:
            schema, table = _object(session, kind, name)
            for privilege in privileges:
                for which, grantee in grantees:
                    session.cursor.execute(
                        f"INSERT INTO {CATALOG}.grants VALUES (?, ?, ?, ?, ?, ?)",
                        [privilege, kind, schema, table, which, grantee],
                    )

    return Action("GRANT", act, atomic=True)


def revoke(_session: Session, text: Text) -> Action:
    """REVOKE privileges ON object FROM users, groups or PUBLIC."""
    privileges, kind, objects, grantees = _grant(text, "from")

    def act(session: Session) -> None:
        require_superuser(session)
        session.altered = True  # prepared statements are checked again
        for name in objects:
            schema, table = _object(session, kind, name)
            for privilege in privileges:
                for which, grantee in grantees:
                    session.cursor.execute(
                        f"DELETE FROM {CATALOG}.grants WHERE (? = 'all' OR privilege = ?) AND kind = ? "
                        "AND schema_name = ? AND object_name = ? AND grantee_kind = ? AND grantee = ?",
                        [privilege, privilege, kind, schema, table, which, grantee],
                    )

    return Action("REVOKE", act, atomic=True)


def _object(session: Session, kind: str, name: tuple[str, ...]) -> tuple[str, str]:
    if kind in {"schema", "all tables", "database", "language"}:
        return name[-1], ""
    if len(name) > 1:
        return name[-2], name[-1]
    return session.schema_of(name[-1]) or "public", name[-1]
