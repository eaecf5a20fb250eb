"""Users: who may connect, and as whom."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smartroute_runbook.standins.redshift.database import CATALOG, literal
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.statement import DEFAULTS

from .settings import Action, assign

__all__ = ["change_one", "hashed", "login", "require_superuser"]


def hashed(user: str, password: str) -> str:
    """A password as Redshift stores it: md5 of password and name, or as given when it is a hash already."""
    if password.startswith(("md5", "sha256|")):
        return password
    return "md5" + hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()


def login(session: Session, password: str | None = None) -> bool:
    """Whether this is a user made with CREATE USER who knows the password; sets the session's rights.

    Without a password (the Data API, SET SESSION AUTHORIZATION) only the rights are set. A temporary user ``IAM:name``
    is the database user ``name`` where there is one (GetClusterCredentials); else it has what PUBLIC has.

    Raises:
        SqlError: 28000, there is no such user.
    """
    entered = session.identity.name
    prefix, _, name = entered.partition(":")
    temporary = prefix in {"IAM", "IAMA", "IAMR"} and bool(name)
    if temporary and (session.engine.is_master(entered) or _stored(session, name)):
        session.identity.name = name
    row = _stored(session, session.identity.name)
    for parameter, value in session.engine.user_settings.get(session.identity.name, {}).items():
        assign(session, parameter, [value])
    if row is None and not (temporary or session.engine.is_master(session.identity.name)):
        raise SqlError("28000", f'user "{session.identity.name}" does not exist')
    session.cursor.execute(f"SET VARIABLE user_name = {literal(session.identity.name)}")
    if row is None:
        master = session.engine.is_master(session.identity.name)
        session.identity.superuser, session.identity.id = master, 100 if master else 99
        session.variable("user_id", session.identity.id)
        return False
    session.identity.superuser, session.identity.id = bool(row[1]), int(row[2])
    session.variable("user_id", session.identity.id)
    return password is not None and row[0] is not None and row[0] == hashed(entered, password)


def _stored(session: Session, name: str) -> tuple[Any, ...] | None:
    return session.cursor.execute(
        f"SELECT password, superuser, id FROM {CATALOG}.users WHERE name = ?",
        [name],
    ).fetchone()


def require_superuser(session: Session) -> None:
    """Raises 42501 for anybody else."""
    if not session.identity.superuser:
        raise SqlError("42501", "permission denied: must be superuser")


def _check_password(name: str, password: str) -> None:
    if password.startswith(("md5", "sha256|")):
        return
    kinds = (str.isupper, str.islower, str.isdigit)
    if not (8 <= len(password) <= 64 and all(any(map(kind, password)) for kind in kinds)):
        raise SqlError(
            "22023", "password must be between 8 and 64 characters and contain an upper case letter, "
            "a lower case letter and a number",
        )  # fmt: skip
    if name == password:
        raise SqlError("22023", "password must not be the user name")


@dataclass
class NewUser:
    """The attributes of a CREATE USER."""

    name: str
    password: str | None = None
    superuser: bool = False
    createdb: bool = False
    groups: list[str] = field(default_factory=list)

    def act(self, session: Session) -> None:
        """Makes the user."""
        require_superuser(session)
        if self.password is not None:
            _check_password(self.name, self.password)
        if session.cursor.execute(f"SELECT 1 FROM {CATALOG}.users WHERE name = ?", [self.name]).fetchone():
            raise SqlError("42710", f'user "{self.name}" already exists')
        stored = None if self.password is None else hashed(self.name, self.password)
        session.cursor.execute(
            f"INSERT INTO {CATALOG}.users SELECT ?, ?, ?, ?, coalesce(max(id), 100) + 1 FROM {CATALOG}.users",
            [self.name, stored, self.superuser, self.createdb],
        )
        for group in self.groups:
            session.cursor.execute(f"INSERT INTO {CATALOG}.groups VALUES (?, ?)", [group, self.name])


def create_user(_session: Session, text: Text) -> Action:
    """CREATE USER name [WITH] PASSWORD 'x' | DISABLE [CREATEUSER] [CREATEDB] [IN GROUP g, ...]."""
    reader = Reader(text, 2)
    user = NewUser(reader.name())

    def password(reader: Reader) -> None:
        user.password = None if reader.accept("disable") else reader.string()

    def group(reader: Reader) -> None:
        reader.expect("group")
        user.groups = [reader.name()]
        while reader.accept(","):
            user.groups.append(reader.name())

    def limit(reader: Reader) -> None:  # SYSLOG ACCESS x, CONNECTION LIMIT n
        reader.next()
        reader.next()

    reader.options(
        {
            "with": lambda _reader: None, "password": password, "in": group, "nocreateuser": lambda _reader: None,
            "nocreatedb": lambda _reader: None, "createuser": lambda _reader: setattr(user, "superuser", True),
            "createdb": lambda _reader: setattr(user, "createdb", True), "syslog": limit, "connection": limit,
        }
    )  # fmt: skip
    return Action("CREATE USER", user.act, atomic=True)


def alter_user(_session: Session, text: Text) -> Action:
    """ALTER USER name PASSWORD 'x' | [NO]CREATEUSER | SET name TO value | RESET name; other options are accepted."""
    reader = Reader(text, 2)
    name = reader.name()
    reader.accept("with")
    if reader.accept("password"):
        password = None if reader.accept("disable") else reader.string()

        def act(session: Session) -> None:
            if session.identity.name != name:
                require_superuser(session)
            if password is not None:
                _check_password(name, password)
            change_one(session, "users", "UPDATE {} SET password = ? WHERE name = ?",
                 [None if password is None else hashed(name, password), name], f'user "{name}"')  # fmt: skip

        return Action("ALTER USER", act, atomic=True)
    word = reader.peek()
    if word in {"createuser", "nocreateuser"}:

        def promote(session: Session) -> None:
            require_superuser(session)
            change_one(session, "users", "UPDATE {} SET superuser = ? WHERE name = ?", [word == "createuser", name],
                 f'user "{name}"')  # fmt: skip

        return Action("ALTER USER", promote, atomic=True)
    if reader.accept("set") or reader.accept("reset"):
        return Action("ALTER USER", _default(name, word == "reset", reader), atomic=True)
    return Action("ALTER USER", lambda _: None)


def _default(name: str, reset: bool, reader: Reader) -> Callable[[Session], None]:
    """A parameter's value in the sessions that a user begins from now on."""
    parameter = reader.name()
    if not reset:
        reader.skip("to", "=")
    value = "" if reset else reader.next().text
    if parameter not in DEFAULTS:
        raise SqlError("42704", f'unrecognized configuration parameter "{parameter}"')

    def act(session: Session) -> None:
        if session.identity.name != name:
            require_superuser(session)
        given = session.engine.user_settings.setdefault(name, {})
        given.pop(parameter, None)
        if not reset:
            given[parameter] = value

    return act


def change_one(session: Session, table: str, sql: str, values: list[Any], what: str) -> None:
    """Changes what the catalog holds; raises 42704 when there is nothing of that name."""
    row = session.cursor.execute(sql.format(f"{CATALOG}.{table}"), values).fetchone()
    if not row or not row[0]:
        raise SqlError("42704", f"{what} does not exist")


def drop_user(_session: Session, text: Text) -> Action:
    """DROP USER [IF EXISTS] name."""
    reader = Reader(text, 2)
    lenient = reader.accept("if", "exists")
    name = reader.name()

    def act(session: Session) -> None:
        require_superuser(session)
        owned = session.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.relations WHERE owner = ? UNION ALL "
            f"SELECT 1 FROM {CATALOG}.grants WHERE grantee_kind = 'user' AND grantee = ?",
            [name, name],
        ).fetchone()
        if owned:
            raise SqlError("2BP01", f'user "{name}" cannot be dropped because some objects depend on it')
        if not lenient:
            change_one(session, "users", "DELETE FROM {} WHERE name = ?", [name], f'user "{name}"')
        else:
            session.cursor.execute(f"DELETE FROM {CATALOG}.users WHERE name = ?", [name])
        session.cursor.execute(f"DELETE FROM {CATALOG}.groups WHERE member = ?", [name])

    return Action("DROP USER", act, atomic=True)


def set_user(_session: Session, text: Text) -> Action:
    """SET SESSION AUTHORIZATION name, for superusers; DEFAULT leads everybody back to whom they entered as."""
    name = Reader(text, 3).next().text.lower()

    def act(session: Session) -> None:
        if not (session.identity.superuser or name == "default"):
            raise SqlError("42501", "permission denied to set session authorization")
        identity = session.identity
        before, identity.name = identity.name, identity.entered_as if name == "default" else name
        try:
            login(session)
        except SqlError:
            session.identity.name = before
            raise

    return Action("SET", act)
