"""Schemas, tables, views and materialized views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smartroute_runbook.rehearsal.redshift_admin import Action
from smartroute_runbook.rehearsal.redshift_engine import CATALOG, ColumnInfo, columns_of, quoted
from smartroute_runbook.rehearsal.redshift_errors import SqlError
from smartroute_runbook.rehearsal.redshift_session import Rows, Session
from smartroute_runbook.rehearsal.redshift_sql import Translation, expression, translate
from smartroute_runbook.rehearsal.redshift_text import Reader, Text
from smartroute_runbook.rehearsal.redshift_types import RESERVED, DataType, declared, from_duckdb_type, named

__all__ = ["CreateTable"]


@dataclass
class Attributes:
    """DISTSTYLE, DISTKEY, SORTKEY and the rest of what follows a table's columns."""

    diststyle: str = ""
    distkey: str = ""
    sortkeys: list[str] = field(default_factory=list)
    sortstyle: str = ""


def attributes(reader: Reader) -> Attributes:
    """Reads the table attributes, as far as they go."""
    found = Attributes()
    while not reader.done:
        if reader.accept("diststyle"):
            found.diststyle = reader.next().text.upper()
            if found.diststyle not in {"AUTO", "EVEN", "KEY", "ALL"}:
                raise SqlError("42601", f'syntax error at or near "{found.diststyle}"')
        elif reader.accept("distkey"):
            (found.distkey,) = reader.list()
        elif reader.peek() in {"compound", "interleaved", "sortkey"}:
            found.sortstyle = reader.next().text.upper() if reader.peek() != "sortkey" else "COMPOUND"
            reader.expect("sortkey")
            if reader.accept("auto"):
                found.sortstyle = "AUTO"
            else:
                found.sortkeys = reader.list()
        elif reader.accept("encode"):
            reader.expect("auto")
        elif reader.accept("backup"):
            reader.next()
        else:
            break
    if found.distkey and found.diststyle not in {"", "KEY"}:
        raise SqlError("42601", "DISTKEY requires DISTSTYLE KEY")
    return found


@dataclass
class CreateTable:
    """CREATE TABLE, with columns or from a query."""

    name: tuple[str, str]
    columns: list[ColumnInfo]
    attributes: Attributes
    query: Translation | None = None
    lenient: bool = False
    temporary: bool = False
    kind: str = "CREATE TABLE"
    atomic: bool = True
    view_kind: str = "table"
    definition: str = ""

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> Rows:
        """Makes the table and notes what was declared."""
        del oids
        schema, table = self.name
        if exists(session, schema, table):
            if self.lenient:
                return Rows(self.kind)
            raise SqlError("42P07", f'Relation "{table}" already exists')
        if self.query is not None:
            self.columns = self._columns_of_query(session)
        self._check_keys()
        target = quoted(schema, table) if not self.temporary else quoted(table)
        word = "TEMP TABLE" if self.temporary else "TABLE"
        lines = [self._column(session, column) for column in self.columns]
        session.cursor.execute(f"CREATE {word} {target} ({', '.join(lines)})")
        remember(session, self.name, self.columns, self.attributes, kind=self.view_kind, definition=self.definition)
        count = -1
        if self.query is not None:
            self.query.prepare(session)
            row = session.cursor.execute(f"INSERT INTO {target} {self.query.sql}", list(values)).fetchone()
            count = int(row[0]) if row else 0
        session.altered = True
        if self.view_kind != "table" and self.query is not None:
            session.engine.refreshed(schema, table, self.query.reads)
        return Rows("SELECT" if self.query is not None and self.view_kind == "table" else self.kind, count=count)

    def _columns_of_query(self, session: Session) -> list[ColumnInfo]:
        assert self.query is not None  # noqa: S101  the caller looked
        rows = session.cursor.execute(f"DESCRIBE {self.query.sql}").fetchall()
        names = [column.name for column in self.columns]
        if names and len(names) != len(rows):
            raise SqlError("42601", "CREATE TABLE AS specifies too many column names")
        found = []
        for index, (name, kind, *_) in enumerate(rows):
            data_type = from_duckdb_type(kind, self.query.lengths.get(index, 65_535))
            found.append(ColumnInfo(names[index] if names else name.lower(), str(data_type), data_type.length))
        return found

    def _check_keys(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise SqlError("42701", f'column "{twice}" duplicated')
        for key in (self.attributes.distkey, *self.attributes.sortkeys):
            if key and key not in names:
                raise SqlError("42703", f'column "{key}" named in key does not exist')
        keys = self.attributes
        if not keys.distkey and not any(column.distkey for column in self.columns) and keys.diststyle == "KEY":
            raise SqlError("42601", "DISTSTYLE KEY requires a DISTKEY column")
        self.columns = [
            replace(
                column,
                distkey=column.distkey or column.name == keys.distkey,
                sortkey=keys.sortkeys.index(column.name) + 1 if column.name in keys.sortkeys else column.sortkey,
            )
            for column in self.columns
        ]

    def _column(self, session: Session, column: ColumnInfo) -> str:
        parts = [quoted(column.name), named(column.type).duckdb]
        if column.identity:
            seed, step = (column.default or "1,1").split(",")
            sequence = quoted(CATALOG, f"{'.'.join(self.name)}.{column.name}")
            session.cursor.execute(f"CREATE OR REPLACE SEQUENCE {sequence} START {int(seed)} INCREMENT {int(step)}")
            parts.append(f"DEFAULT nextval('{sequence}')")
        elif column.default is not None:
            parts.append(f"DEFAULT ({expression(session, column.default)})")
        if column.notnull:
            parts.append("NOT NULL")
        return " ".join(parts)


def exists(session: Session, schema: str, table: str) -> bool:
    """Whether a table or view of this name is there."""
    return (
        session.cursor.execute(
            f"SELECT 1 FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
            [schema, table],
        ).fetchone()
        is not None
    )


def remember(
    session: Session, name: tuple[str, str], columns: Sequence[ColumnInfo], keys: Attributes, *,
    kind: str = "table", definition: str = "",
) -> None:  # fmt: skip
    """Notes what was declared about a table or view."""
    distkey = next((column.name for column in columns if column.distkey), "")
    diststyle = f"KEY({distkey})" if distkey else keys.diststyle or "AUTO"
    session.cursor.execute(
        f"INSERT INTO {CATALOG}.relations VALUES (?, ?, ?, ?, ?, ?, ?, now()::TIMESTAMP, 0)",
        [*name, kind, diststyle, keys.sortstyle or ("COMPOUND" if keys.sortkeys else "AUTO"), session.user, definition],
    )
    for position, column in enumerate(columns, start=1):
        session.cursor.execute(
            f"INSERT INTO {CATALOG}.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*name, column.name, position, column.type, column.length, column.encoding, column.distkey,
             column.sortkey, column.notnull, column.default, column.identity],
        )  # fmt: skip


def forget(session: Session, schema: str, table: str) -> None:
    """Forgets a table or view, its privileges too."""
    for where in ("relations", "columns"):
        session.cursor.execute(
            f"DELETE FROM {CATALOG}.{where} WHERE schema_name = ? AND table_name = ?",
            [schema, table],
        )
    session.cursor.execute(
        f"DELETE FROM {CATALOG}.grants WHERE schema_name = ? AND object_name = ?",
        [schema, table],
    )


# ---- CREATE TABLE ----------------------------------------------------------------------------------------------


def new_name(reader: Reader, what: str = "name") -> str:
    """A name that is being given: reserved words only when quoted (r_pg_keywords)."""
    if reader.peek() in RESERVED:
        raise reader.error()
    del what
    return reader.name()


def _new_relation(session: Session, reader: Reader, *, temporary: bool) -> tuple[tuple[str, str], bool]:
    parts = [new_name(reader)]
    while reader.accept("."):
        parts.append(reader.name())
    if temporary or parts[-1].startswith("#"):
        return (session.temporary_schema, parts[-1]), True
    schema = parts[-2] if len(parts) > 1 else session.creation_schema()
    if not session.has_schema(schema):
        raise SqlError("3F000", f'schema "{schema}" does not exist')
    return (schema, parts[-1]), False


def create_table(session: Session, text: Text) -> CreateTable:
    """CREATE TABLE with columns, LIKE or AS (r_CREATE_TABLE_NEW, r_CREATE_TABLE_AS)."""
    reader = Reader(text, 1)
    reader.accept("local")
    temporary = reader.accept("temp") or reader.accept("temporary")
    reader.expect("table")
    lenient = reader.accept("if", "not", "exists")
    name, temporary = _new_relation(session, reader, temporary=temporary)
    if not temporary:
        session.may("create", "schema", name[0])
    columns: list[ColumnInfo] = []
    keys: list[str] = []
    if reader.peek() == "(" and not _is_query(reader):
        columns = _columns(session, reader)
    found = attributes(reader)
    del keys
    query = None
    if reader.accept("as") or _is_query(reader):
        query = translate(session, text.between(reader.position, len(text.tokens)))
    elif not reader.done or not columns:
        raise reader.error()
    return CreateTable(name, columns, found, query, lenient, temporary)


def _is_query(reader: Reader) -> bool:
    ahead = 0
    while reader.peek(ahead) == "(":
        ahead += 1
    return reader.peek(ahead) in {"select", "with"}


def _columns(session: Session, reader: Reader) -> list[ColumnInfo]:
    reader.expect("(")
    found: list[ColumnInfo] = []
    while True:
        if reader.accept("like"):
            schema, table = session.resolve(reader.names())
            found += [
                replace(column, default=None if not column.identity else column.default)
                for column in columns_of(session.cursor, schema, table)
            ]
            while reader.peek() in {"including", "excluding"}:
                reader.next()
                reader.expect("defaults")
        elif reader.peek() in {"primary", "unique", "foreign", "constraint"}:
            _constraint(reader)
        else:
            column_name = new_name(reader)
            if reader.peek() in {",", ")"}:  # CREATE TABLE t (a, b) AS
                found.append(ColumnInfo(column_name, "super"))
            else:
                found.append(_column(reader, column_name))
        if reader.accept(")"):
            return found
        reader.expect(",")


def _constraint(reader: Reader) -> None:
    """Constraints are information only on Redshift: not enforced (t_Defining_constraints)."""
    if reader.accept("constraint"):
        reader.name()
    if reader.accept("primary"):
        reader.expect("key")
        reader.list()
    elif reader.accept("unique"):
        reader.list()
    else:
        reader.expect("foreign", "key")
        reader.list()
        reader.expect("references")
        reader.names()
        if reader.peek() == "(":
            reader.list()


def _column(reader: Reader, name: str) -> ColumnInfo:
    data_type = declared(reader)
    column = ColumnInfo(name, str(data_type), data_type.length if data_type.text else 0, _encoding(data_type))
    while reader.peek() not in {",", ")", ""}:
        if reader.accept("encode"):
            column = replace(column, encoding=reader.next().text.lower())
        elif reader.accept("distkey"):
            column = replace(column, distkey=True)
        elif reader.accept("sortkey"):
            column = replace(column, sortkey=1, encoding="none")
        elif reader.accept("not", "null") or reader.accept("primary", "key"):
            column = replace(column, notnull=True)
        elif reader.accept("null") or reader.accept("unique"):
            pass
        elif reader.accept("references"):
            reader.names()
            if reader.peek() == "(":
                reader.list()
        elif reader.accept("collate"):
            reader.next()
        elif reader.accept("identity") or reader.accept("generated", "by", "default", "as", "identity"):
            start, stop = reader.parenthesis()
            column = replace(column, identity=True, default=reader.text.between(start, stop).replace(" ", ""))
        elif reader.accept("default"):
            column = replace(column, default=_default(reader))
        else:
            raise reader.error()
    return column


def _default(reader: Reader) -> str:
    """The text of a DEFAULT expression: up to the next column attribute."""
    start, depth = reader.position, 0
    stops = {"encode", "distkey", "sortkey", "not", "null", "unique", "primary", "references", "collate"}
    while True:
        word = reader.peek()
        if not word or (depth == 0 and (word in {",", ")"} or (word in stops and reader.position > start))):
            return reader.text.between(start, reader.position)
        depth += (word == "(") - (word == ")")
        reader.position += 1


def _encoding(data_type: DataType) -> str:
    """The encoding that ENCODE AUTO starts with (c_Compression_encodings)."""
    if data_type.base in {"boolean", "real", "double precision", "super"}:
        return "none"
    return "lzo" if data_type.text or data_type.base == "binary varying" else "az64"


# ---- the rest --------------------------------------------------------------------------------------------------


def create_schema(session: Session, text: Text) -> Action:
    """CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA ...]."""
    del session
    reader = Reader(text, 2)
    lenient = reader.accept("if", "not", "exists")
    name = new_name(reader)

    def act(session: Session) -> None:
        if session.has_schema(name):
            if lenient:
                return
            raise SqlError("42P06", f'schema "{name}" already exists')
        session.cursor.execute(f"CREATE SCHEMA {quoted(name)}")
        session.altered = True

    return Action("CREATE SCHEMA", act, atomic=True)


def drop(session: Session, text: Text) -> Action:
    """DROP TABLE | VIEW | MATERIALIZED VIEW | SCHEMA [IF EXISTS] names [CASCADE | RESTRICT]."""
    del session
    reader = Reader(text, 1)
    kind = reader.name()
    if kind == "materialized":
        reader.expect("view")
        kind = "materialized view"
    lenient = reader.accept("if", "exists")
    names = [reader.names()]
    while reader.accept(","):
        names.append(reader.names())
    cascade = reader.accept("cascade")
    reader.accept("restrict")
    if not reader.done:
        raise reader.error()

    def act(session: Session) -> None:
        for name in names:
            if kind == "schema":
                _drop_schema(session, name[-1], lenient=lenient, cascade=cascade)
            else:
                _drop_relation(session, kind, name, lenient=lenient)
        session.altered = True

    return Action(f"DROP {kind.upper()}", act, atomic=True)


def _drop_schema(session: Session, name: str, *, lenient: bool, cascade: bool) -> None:
    if not session.has_schema(name):
        if lenient:
            return
        raise SqlError("3F000", f'schema "{name}" does not exist')
    held = session.cursor.execute(
        f"SELECT table_name, kind FROM {CATALOG}.relations WHERE schema_name = ?",
        [name],
    ).fetchall()
    if held and not cascade:
        raise SqlError("2BP01", f"cannot drop schema {name} because other objects depend on it")
    for table, _ in held:
        forget(session, name, table)
    session.cursor.execute(f"DROP SCHEMA {quoted(name)} CASCADE")


def _drop_relation(session: Session, kind: str, name: tuple[str, ...], *, lenient: bool) -> None:
    found = session.find(name)
    if found is None:
        if lenient:
            return
        raise SqlError("42P01", f'{kind.capitalize()} "{name[-1]}" does not exist')
    schema, table = found
    row = session.cursor.execute(
        f"SELECT kind, owner FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?",
        [schema, table],
    ).fetchone()
    real, owner = row if row else ("table", session.user)
    if real != kind:
        raise SqlError("42809", f'"{table}" is not a {kind}')
    if not session.superuser and owner != session.user:
        raise SqlError("42501", f"must be owner of relation {table}")
    word = "VIEW" if kind == "view" else "TABLE"
    session.cursor.execute(f"DROP {word} {session.duckdb_name(schema, table)}")
    forget(session, schema, table)


def truncate(session: Session, text: Text) -> Action:
    """TRUNCATE [TABLE] name: commits the transaction it is run in (r_TRUNCATE)."""
    del session
    reader = Reader(text, 1)
    reader.accept("table")
    name = reader.names()

    def act(session: Session) -> None:
        schema, table = session.resolve(name)
        session.cursor.execute(f"DELETE FROM {session.duckdb_name(schema, table)}")
        session.touched.append((schema, table))
        if session.status == b"T":
            session.finish("COMMIT")

    return Action("TRUNCATE TABLE", act, atomic=True)


def alter_table(session: Session, text: Text) -> Action:
    """ALTER TABLE name APPEND | RENAME | ADD | DROP | ALTER | OWNER (r_ALTER_TABLE)."""
    del session
    reader = Reader(text, 2)
    name = reader.names()
    if reader.accept("append"):
        reader.expect("from")
        source = reader.names()
        options = {reader.name() for _ in range(len(text.tokens) - reader.position)}
        return Action("ALTER TABLE APPEND", lambda session: _append(session, name, source, options), atomic=False)
    if reader.accept("rename", "to"):
        new = new_name(reader)
        return Action("ALTER TABLE", lambda session: _rename(session, name, new), atomic=True)
    if reader.accept("rename"):
        reader.accept("column")
        old = reader.name()
        reader.expect("to")
        new = new_name(reader)
        return Action("ALTER TABLE", lambda session: _rename_column(session, name, old, new), atomic=True)
    if reader.accept("add"):
        reader.accept("column")
        column = _column(reader, new_name(reader))
        return Action("ALTER TABLE", lambda session: _add_column(session, name, column), atomic=True)
    if reader.accept("drop"):
        reader.accept("column")
        old = reader.name()
        return Action("ALTER TABLE", lambda session: _drop_column(session, name, old), atomic=True)
    if reader.accept("owner", "to"):
        new = reader.name()
        return Action("ALTER TABLE", lambda session: _set(session, name, "owner", new), atomic=True)
    reader.expect("alter")
    if reader.accept("column"):
        return _alter_column(reader, name)
    found = attributes(reader)
    return Action("ALTER TABLE", lambda session: _alter_keys(session, name, found), atomic=True)


def _alter_column(reader: Reader, name: tuple[str, ...]) -> Action:
    column = reader.name()
    if reader.accept("encode"):
        encoding = reader.next().text.lower()
        return Action(
            "ALTER TABLE", lambda session: _set_column(session, name, column, "encoding", encoding), atomic=True
        )
    reader.expect("type")
    data_type = declared(reader)

    def widen(session: Session) -> None:
        schema, table = session.resolve(name)
        old = next((each for each in columns_of(session.cursor, schema, table) if each.name == column), None)
        if old is None:
            raise SqlError("42703", f'column "{column}" does not exist')
        if not named(old.type).text or not data_type.text:
            raise SqlError("0A000", "target data type is not supported: only the size of VARCHAR can be altered")
        _set_column(session, name, column, "type", str(data_type))
        _set_column(session, name, column, "length", data_type.length)

    return Action("ALTER TABLE", widen, atomic=True)


def _set_column(session: Session, name: tuple[str, ...], column: str, what: str, value: Any) -> None:
    schema, table = session.resolve(name)
    row = session.cursor.execute(
        f"UPDATE {CATALOG}.columns SET {what} = ? WHERE schema_name = ? AND table_name = ? AND column_name = ?",
        [value, schema, table, column],
    ).fetchone()
    if not row or not row[0]:
        raise SqlError("42703", f'column "{column}" does not exist')
    session.altered = True


def _set(session: Session, name: tuple[str, ...], what: str, value: str) -> None:
    schema, table = session.resolve(name)
    session.cursor.execute(
        f"UPDATE {CATALOG}.relations SET {what} = ? WHERE schema_name = ? AND table_name = ?",
        [value, schema, table],
    )
    session.altered = True


def _alter_keys(session: Session, name: tuple[str, ...], keys: Attributes) -> None:
    schema, table = session.resolve(name)
    if keys.distkey:
        _set(session, name, "diststyle", f"KEY({keys.distkey})")
    elif keys.diststyle:
        _set(session, name, "diststyle", keys.diststyle)
    if keys.sortstyle:
        _set(session, name, "sortstyle", keys.sortstyle)
        for column in columns_of(session.cursor, schema, table):
            place = keys.sortkeys.index(column.name) + 1 if column.name in keys.sortkeys else 0
            _set_column(session, name, column.name, "sortkey", place)


def _rename(session: Session, name: tuple[str, ...], new: str) -> None:
    schema, table = session.resolve(name)
    if exists(session, schema, new):
        raise SqlError("42P07", f'relation "{new}" already exists')
    kind = session.kind_of(schema, table)
    word = "VIEW" if kind == "view" else "TABLE"
    session.cursor.execute(f"ALTER {word} {session.duckdb_name(schema, table)} RENAME TO {quoted(new)}")
    for where in ("relations", "columns"):
        session.cursor.execute(
            f"UPDATE {CATALOG}.{where} SET table_name = ? WHERE schema_name = ? AND table_name = ?",
            [new, schema, table],
        )
    session.altered = True


def _rename_column(session: Session, name: tuple[str, ...], old: str, new: str) -> None:
    schema, table = session.resolve(name)
    target = session.duckdb_name(schema, table)
    session.cursor.execute(f"ALTER TABLE {target} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    _set_column(session, name, old, "column_name", new)


def _add_column(session: Session, name: tuple[str, ...], column: ColumnInfo) -> None:
    schema, table = session.resolve(name)
    have = columns_of(session.cursor, schema, table)
    if any(each.name == column.name for each in have):
        raise SqlError("42701", f'column "{column.name}" of relation "{table}" already exists')
    if column.notnull and column.default is None:
        raise SqlError("0A000", "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    default = f" DEFAULT ({expression(session, column.default)})" if column.default is not None else ""
    target = session.duckdb_name(schema, table)
    session.cursor.execute(
        f"ALTER TABLE {target} ADD COLUMN {quoted(column.name)} {named(column.type).duckdb}{default}"
    )
    session.cursor.execute(
        f"INSERT INTO {CATALOG}.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [schema, table, column.name, len(have) + 1, column.type, column.length, column.encoding, False, 0,
         column.notnull, column.default, False],
    )  # fmt: skip
    session.altered = True


def _drop_column(session: Session, name: tuple[str, ...], column: str) -> None:
    schema, table = session.resolve(name)
    session.cursor.execute(f"ALTER TABLE {session.duckdb_name(schema, table)} DROP COLUMN {quoted(column)}")
    session.cursor.execute(
        f"DELETE FROM {CATALOG}.columns WHERE schema_name = ? AND table_name = ? AND column_name = ?",
        [schema, table, column],
    )
    session.altered = True


def _append(session: Session, name: tuple[str, ...], source: tuple[str, ...], options: set[str]) -> None:
    """ALTER TABLE APPEND: moves all rows, commits at once, not inside a transaction block (r_ALTER_TABLE_APPEND)."""
    if session.status != b"I":
        raise SqlError("25001", "ALTER TABLE APPEND cannot run inside a transaction block")
    target, origin = session.resolve(name), session.resolve(source)
    have, given = columns_of(session.cursor, *target), columns_of(session.cursor, *origin)
    wanted, offered = {column.name: column.type for column in have}, {column.name: column.type for column in given}
    extra, lacking = set(offered) - set(wanted), set(wanted) - set(offered)
    if (extra and "ignoreextra" not in options) or (lacking and "fillextra" not in options):
        raise SqlError("42611", f'columns of "{origin[1]}" do not match those of "{target[1]}"')
    shared = [column.name for column in have if column.name in offered]
    differing = [column for column in shared if wanted[column] != offered[column]]
    if differing:
        raise SqlError("42804", f'column "{differing[0]}" has different types in source and target')
    names = ", ".join(quoted(column) for column in shared)
    into, out = session.duckdb_name(*target), session.duckdb_name(*origin)
    session.cursor.execute("BEGIN")
    try:
        session.cursor.execute(f"INSERT INTO {into} ({names}) SELECT {names} FROM {out}")
        session.cursor.execute(f"DELETE FROM {out}")
        session.cursor.execute("COMMIT")
    except Exception:
        session.cursor.execute("ROLLBACK")
        raise
    session.engine.touched(*target)
    session.engine.touched(*origin)


def create_view(session: Session, text: Text) -> Action:
    """CREATE [OR REPLACE] VIEW name [(columns)] AS query [WITH NO SCHEMA BINDING]."""
    reader = Reader(text, 1)
    replacing = reader.accept("or", "replace")
    reader.expect("view")
    name, _ = _new_relation(session, reader, temporary=False)
    columns = reader.list() if reader.peek() == "(" else []
    reader.expect("as")
    stop = len(text.tokens)
    if text.between(stop - 4, stop).lower().split() == ["with", "no", "schema", "binding"]:
        stop -= 4
    source = text.between(reader.position, stop)
    query = translate(session, source)

    def act(session: Session) -> None:
        if exists(session, *name):
            if not replacing:
                raise SqlError("42P07", f'Relation "{name[1]}" already exists')
            forget(session, *name)
        names = f" ({', '.join(map(quoted, columns))})" if columns else ""
        session.cursor.execute(f"CREATE OR REPLACE VIEW {quoted(*name)}{names} AS {query.sql}")
        rows = session.cursor.execute(f"DESCRIBE {quoted(*name)}").fetchall()
        types = [from_duckdb_type(row[1], query.lengths.get(index, 65_535)) for index, row in enumerate(rows)]
        infos = [ColumnInfo(row[0], str(kind), kind.length) for row, kind in zip(rows, types, strict=True)]
        remember(session, name, infos, Attributes(), kind="view", definition=source)
        session.altered = True

    return Action("CREATE VIEW", act, atomic=True)


def create_materialized(session: Session, text: Text) -> CreateTable:
    """CREATE MATERIALIZED VIEW name [BACKUP ..] [keys] [AUTO REFRESH YES|NO] AS query."""
    reader = Reader(text, 3)
    name, _ = _new_relation(session, reader, temporary=False)
    found = attributes(reader)
    automatic = False
    if reader.accept("auto", "refresh"):
        automatic = reader.next().text.lower() == "yes"
    reader.expect("as")
    source = text.between(reader.position, len(text.tokens))
    query = translate(session, source)
    query.check_materialized()
    made = CreateTable(name, [], found, query, kind="CREATE MATERIALIZED VIEW", view_kind="materialized view")
    made.definition = ("auto " if automatic else "") + source
    return made


def refresh(session: Session, text: Text) -> Action:
    """REFRESH MATERIALIZED VIEW name: computed anew."""
    del session
    reader = Reader(text, 3)
    name = reader.names()

    def act(session: Session) -> None:
        schema, table = session.resolve(name)
        row = session.cursor.execute(
            f"SELECT definition FROM {CATALOG}.relations "
            "WHERE schema_name = ? AND table_name = ? AND kind = 'materialized view'",
            [schema, table],
        ).fetchone()
        if row is None:
            raise SqlError("42809", f'"{table}" is not a materialized view')
        query = translate(session, row[0].removeprefix("auto "))
        target = session.duckdb_name(schema, table)
        session.cursor.execute(f"DELETE FROM {target}")
        session.cursor.execute(f"INSERT INTO {target} {query.sql}")
        session.touched.append((schema, table))
        session.engine.refreshed(schema, table, query.reads)

    return Action("REFRESH", act, atomic=True)


def no_index(_session: Session, _text: Text) -> Action:
    """Redshift has no indexes (c_unsupported-postgresql-features)."""
    raise SqlError("0A000", 'SQL command "CREATE INDEX" not supported on Redshift tables.')
