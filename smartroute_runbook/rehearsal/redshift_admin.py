"""Transactions, settings, users, groups, privileges, maintenance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from smartroute_runbook.rehearsal.redshift_encode import Field, field_of
from smartroute_runbook.rehearsal.redshift_engine import CATALOG
from smartroute_runbook.rehearsal.redshift_errors import SqlError
from smartroute_runbook.rehearsal.redshift_session import DEFAULTS, Rows, Session
from smartroute_runbook.rehearsal.redshift_text import Reader, Text

__all__ = ["Action", "hashed", "login"]


@dataclass
class Action:
    """A command that returns no rows; ``act`` returns the tag (or None: the kind is the tag)."""

    kind: str
    act: Callable[[Session], str | None]
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> Rows:
        """Acts."""
        del values, oids
        return Rows(self.act(session) or self.kind)


# ---- transactions ----------------------------------------------------------------------------------------------


def begin(_session: Session, _text: Text) -> Action:
    """BEGIN | START TRANSACTION."""
    return Action("BEGIN", lambda session: session.begin())


def commit(_session: Session, _text: Text) -> Action:
    """COMMIT | END; of a failed transaction it is a ROLLBACK."""
    return Action("COMMIT", lambda session: session.finish("COMMIT"))


def rollback(_session: Session, _text: Text) -> Action:
    """ROLLBACK | ABORT."""
    return Action("ROLLBACK", lambda session: session.finish("ROLLBACK"))


# ---- settings --------------------------------------------------------------------------------------------------


def set_(_session: Session, text: Text) -> Action:
    """SET name TO value; SET search_path TO a, b; SET TIME ZONE value."""
    reader = Reader(text, 1)
    if not reader.accept("session"):
        reader.accept("local")
    if reader.accept("transaction") or reader.accept("characteristics"):
        return Action("SET", lambda _: None)
    name = "timezone" if reader.accept("time", "zone") else ".".join(reader.names())
    if name != "timezone" or reader.peek() in {"to", "="}:
        (reader.accept("to") or reader.expect("="))
    values = []
    while not reader.done:
        if not reader.accept(","):
            values.append(reader.next().text)
    if not values:
        raise reader.error()
    return Action("SET", lambda session: assign(session, name, values))


def assign(session: Session, name: str, values: list[str]) -> None:
    """Changes a setting of the session."""
    value = ", ".join(values)
    if value.lower() == "default":
        value = DEFAULTS.get(name, "")
    if name == "search_path":
        session.search_path = tuple(part.strip().strip('"').lower() for part in value.split(",") if part.strip())
    elif name == "timezone":
        session.cursor.execute("SET TimeZone = " + pa_literal(value))
    elif name not in DEFAULTS and "." not in name:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    session.settings[name] = value


def pa_literal(value: str) -> str:
    """A text constant: SET takes no parameters."""
    return "'" + value.replace("'", "''") + "'"


def reset(_session: Session, text: Text) -> Action:
    """RESET name | ALL."""
    name = Reader(text, 1).name()

    def act(session: Session) -> None:
        for each in DEFAULTS if name == "all" else (name,):
            if each == "search_path" or name == "all":
                session.search_path = ("$user", "public")
            if each != "search_path":
                assign(session, each, [DEFAULTS.get(each, "")])

    return Action("RESET", act)


@dataclass
class Shown:
    """SHOW: one row, or one per setting."""

    pairs: Callable[[Session], list[tuple[str, str]]]
    single: str
    kind: str = "SHOW"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> tuple[Field, ...]:
        """One column for one setting, else name and value."""
        del session, oids
        return tuple(field_of(name, "VARCHAR") for name in ([self.single] if self.single else ["name", "setting"]))

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> Rows:
        """The values."""
        pairs = self.pairs(session)
        columns = [[value for _, value in pairs]] if self.single else [list(part) for part in zip(*pairs, strict=True)]
        fields = self.describe(session, ())
        arrays = [pa.array(column, pa.string()) for column in columns]
        batch = pa.RecordBatch.from_arrays(arrays, names=[field.name for field in fields])
        del values, oids
        return Rows("SHOW", fields, iter((batch,)))


def show(session: Session, text: Text) -> Shown:
    """SHOW name | ALL."""
    reader = Reader(text, 1)
    name = "timezone" if reader.accept("time", "zone") else ".".join(reader.names())
    if name == "all":
        return Shown(lambda session: sorted({**session.settings, "search_path": path_text(session)}.items()), "")
    if not reader.done:
        raise SqlError("0A000", f"not rehearsable: {text.words(2).upper()}")
    if name not in {*session.settings, "search_path"}:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    return Shown(
        lambda session: [(name, path_text(session) if name == "search_path" else session.settings[name])], name
    )


def path_text(session: Session) -> str:
    """The search path as SHOW writes it."""
    return ", ".join(f'"{part}"' if part.startswith("$") else part for part in session.search_path)


def nothing(_session: Session, text: Text) -> Action:
    """A command without an effect that a rehearsal could see."""
    return Action(text.words(1).upper(), lambda _: None)


def set_user(_session: Session, text: Text) -> Action:
    """SET SESSION AUTHORIZATION name | DEFAULT, for superusers."""
    name = Reader(text, 3).next().text.lower()

    def act(session: Session) -> None:
        if not session.superuser:
            raise SqlError("42501", "permission denied to set session authorization")
        session.user = name
        login(session)

    return Action("SET", act)


# ---- maintenance -----------------------------------------------------------------------------------------------


def vacuum(_session: Session, text: Text) -> Action:
    """VACUUM: accepted, sorts nothing; refused inside a transaction block, as on Redshift."""

    def act(session: Session) -> None:
        if session.status != b"I":
            raise SqlError("25001", "VACUUM cannot run inside a transaction block")

    del text
    return Action("VACUUM", act)


def analyze(_session: Session, _text: Text) -> Action:
    """ANALYZE: accepted; DuckDB keeps its own statistics."""
    return Action("ANALYZE", lambda _: None)


def lock(_session: Session, _text: Text) -> Action:
    """LOCK: accepted; snapshot isolation decides at the first write."""
    return Action("LOCK TABLE", lambda _: None)


def comment(_session: Session, _text: Text) -> Action:
    """COMMENT: accepted."""
    return Action("COMMENT", lambda _: None)


def cancel(_session: Session, text: Text) -> Action:
    """CANCEL pid ['message']."""
    pid = int(Reader(text, 1).next().text)

    def act(session: Session) -> None:
        other = session.engine.sessions.get(pid)
        if other is None:
            raise SqlError("22023", f"PID {pid} is not a Redshift server process")
        other.cancel()

    return Action("CANCEL", act)


# ---- users and groups --------------------------------------------------------------------------------------------


def hashed(user: str, password: str) -> str:
    """A password as Redshift stores it: md5 of password and name, or as given when it is a hash already."""
    if password.startswith(("md5", "sha256|")):
        return password
    return "md5" + hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()


def login(session: Session, password: str | None = None) -> bool:
    """Whether this is a user made with CREATE USER who knows the password; sets the session's rights.

    Without a password (the Data API, SET SESSION AUTHORIZATION) only the rights are set.
    """
    row = session.cursor.execute(
        f"SELECT password, superuser, id FROM {CATALOG}.users WHERE name = ?",
        [session.user],
    ).fetchone()
    if row is None:
        session.superuser, session.user_id = True, 100  # the master user, and whom the control plane lets in
        return False
    session.superuser, session.user_id = bool(row[1]), int(row[2])
    return password is not None and row[0] is not None and row[0] == hashed(session.user, password)


def _require_superuser(session: Session) -> None:
    if not session.superuser:
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


def create_user(_session: Session, text: Text) -> Action:
    """CREATE USER name [WITH] PASSWORD 'x' | DISABLE [CREATEUSER] [CREATEDB] [IN GROUP g, ...]."""
    reader = Reader(text, 2)
    name, password, superuser, createdb, groups = reader.name(), None, False, False, []
    reader.accept("with")
    while not reader.done:
        if reader.accept("password"):
            password = None if reader.accept("disable") else reader.string()
        elif reader.accept("createuser"):
            superuser = True
        elif reader.accept("createdb"):
            createdb = True
        elif reader.accept("in", "group"):
            groups = [reader.name()]
            while reader.accept(","):
                groups.append(reader.name())
        elif (
            reader.peek() in {"nocreateuser", "nocreatedb"}
            or reader.accept("syslog", "access")
            or reader.accept("connection", "limit")
        ):
            reader.next()
        else:
            raise reader.error()

    def act(session: Session) -> None:
        _require_superuser(session)
        if password is not None:
            _check_password(name, password)
        if session.cursor.execute(f"SELECT 1 FROM {CATALOG}.users WHERE name = ?", [name]).fetchone():
            raise SqlError("42710", f'user "{name}" already exists')
        session.cursor.execute(
            f"INSERT INTO {CATALOG}.users SELECT ?, ?, ?, ?, coalesce(max(id), 100) + 1 FROM {CATALOG}.users",
            [name, None if password is None else hashed(name, password), superuser, createdb],
        )
        for group in groups:
            session.cursor.execute(f"INSERT INTO {CATALOG}.groups VALUES (?, ?)", [group, name])

    return Action("CREATE USER", act, atomic=True)


def alter_user(_session: Session, text: Text) -> Action:
    """ALTER USER name PASSWORD 'x' | [NO]CREATEUSER; other options are accepted."""
    reader = Reader(text, 2)
    name = reader.name()
    reader.accept("with")
    if reader.accept("password"):
        password = None if reader.accept("disable") else reader.string()

        def act(session: Session) -> None:
            if session.user != name:
                _require_superuser(session)
            if password is not None:
                _check_password(name, password)
            _one(session, "users", "UPDATE {} SET password = ? WHERE name = ?",
                 [None if password is None else hashed(name, password), name], f'user "{name}"')  # fmt: skip

        return Action("ALTER USER", act, atomic=True)
    word = reader.peek()
    if word in {"createuser", "nocreateuser"}:

        def promote(session: Session) -> None:
            _require_superuser(session)
            _one(session, "users", "UPDATE {} SET superuser = ? WHERE name = ?", [word == "createuser", name],
                 f'user "{name}"')  # fmt: skip

        return Action("ALTER USER", promote, atomic=True)
    return Action("ALTER USER", lambda _: None)


def _one(session: Session, table: str, sql: str, values: list[Any], what: str) -> None:
    row = session.cursor.execute(sql.format(f"{CATALOG}.{table}"), values).fetchone()
    if not row or not row[0]:
        raise SqlError("42704", f"{what} does not exist")


def drop_user(_session: Session, text: Text) -> Action:
    """DROP USER [IF EXISTS] name."""
    reader = Reader(text, 2)
    lenient = reader.accept("if", "exists")
    name = reader.name()

    def act(session: Session) -> None:
        _require_superuser(session)
        owned = session.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.relations WHERE owner = ? UNION ALL "
            f"SELECT 1 FROM {CATALOG}.grants WHERE grantee_kind = 'user' AND grantee = ?",
            [name, name],
        ).fetchone()
        if owned:
            raise SqlError("2BP01", f'user "{name}" cannot be dropped because some objects depend on it')
        if not lenient:
            _one(session, "users", "DELETE FROM {} WHERE name = ?", [name], f'user "{name}"')
        else:
            session.cursor.execute(f"DELETE FROM {CATALOG}.users WHERE name = ?", [name])
        session.cursor.execute(f"DELETE FROM {CATALOG}.groups WHERE member = ?", [name])

    return Action("DROP USER", act, atomic=True)


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
        _require_superuser(session)
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
        _require_superuser(session)
        for member in members:
            session.cursor.execute(verb.format(f"{CATALOG}.groups"), [name, member])

    return Action("ALTER GROUP", act, atomic=True)


def drop_group(_session: Session, text: Text) -> Action:
    """DROP GROUP name."""
    name = Reader(text, 2).name()

    def act(session: Session) -> None:
        _require_superuser(session)
        _one(session, "groups", "DELETE FROM {} WHERE name = ?", [name], f'group "{name}"')

    return Action("DROP GROUP", act, atomic=True)


# ---- privileges ------------------------------------------------------------------------------------------------


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
        _require_superuser(session)
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
        _require_superuser(session)
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
