"""COPY table FROM 's3://...' FORMAT PARQUET: what the columnar COPY accepts, checks and logs.

Sources: Amazon Redshift Database Developer Guide, "COPY from columnar data formats" (options, order of columns, one
transaction), "Loading data from Amazon S3: using a manifest" (content_length), STL_LOAD_ERRORS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, columns_of, literal, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import named
from smartroute_runbook.standins.redshift.statement import StatementRows

from .copy_files import CopySource, check_schema, locate_overflow
from .copy_log import CopyRun
from .copy_sources import copy_sources

__all__ = ["ROLE", "Copy", "make"]

ROLE = "iam_role"

# What a text COPY knows and a columnar one refuses.
TEXT_ONLY = {
    "maxerror", "truncatecolumns", "compupdate", "region", "acceptanydate", "blanksasnull", "emptyasnull", "dateformat",
    "timeformat", "delimiter", "ignoreheader", "ignoreblanklines", "null", "removequotes", "escape", "gzip", "bzip2",
    "lzop", "zstd", "csv", "json", "avro", "fixedwidth", "encoding", "encrypted", "noload", "readratio", "trimblanks",
    "roundec", "comprows", "ssh", "quote", "shapefile", "orc",
}  # fmt: skip


@dataclass
class Copy:
    """One COPY of Parquet files."""

    target: tuple[str, str]
    columns: list[str]
    uri: str
    role: str = ""
    parquet: bool = False
    manifest: bool = False
    fill: bool = False
    explicit_ids: bool = False
    to_json: bool = False
    kind: str = "COPY"
    atomic: bool = True

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Loads every file, or none."""
        del values, oids
        schema, table = self.target
        session.names.may("insert", "table", schema, table)
        columns = self._columns(session, schema, table)
        load = CopyRun(session, table, self.uri)
        try:
            sources = self._sources(session)
            load.note_files(sources)
            for source in sources:
                check_schema(source, columns, fill=self.fill, to_json=self.to_json)
            count = self._insert(session, schema, table, columns, sources)
        except Exception as error:
            load.failed(error, columns)
        load.succeeded(count)
        session.transaction.touched.append((schema, table))
        session.variable("last_copy_id", session.last_query_id)
        session.variable("last_copy_count", count)
        return StatementRows("COPY", count=count)

    def _columns(self, session: Session, schema: str, table: str) -> list[ColumnInfo]:
        """The target columns, in the order in which the files must have theirs."""
        every = columns_of(session.cursor, schema, table)
        if not self.columns:
            return [column for column in every if self.explicit_ids or not column.identity]
        known = {column.name: column for column in every}
        for name in self.columns:
            if name not in known:
                raise SqlError("42703", f'column "{name}" of relation "{table}" does not exist')
        return [known[name] for name in self.columns]

    def _sources(self, session: Session) -> list[CopySource]:
        objects = copy_sources(session, self.role, self.uri, manifest=self.manifest)
        return [CopySource(info, session.engine.objects.local(info.bucket, info.key)) for info in objects]

    def _insert(
        self, session: Session, schema: str, table: str, columns: list[ColumnInfo], sources: list[CopySource]
    ) -> int:
        """One INSERT for each set of column names among the files: order counts on Redshift, names do not."""
        groups: dict[tuple[str, ...], list[CopySource]] = {}
        for source in sources:
            groups.setdefault(tuple(source.schema.names), []).append(source)
        target = session.names.duckdb_name(schema, table)
        total = 0
        for names, group in groups.items():
            picked = columns[: len(names)]
            into = ", ".join(quoted(column.name) for column in picked)
            values = ", ".join(_value(name, column) for name, column in zip(names, picked, strict=True))
            files = ", ".join(literal(str(source.path)) for source in group)
            try:
                row = session.cursor.execute(
                    f"INSERT INTO {target} ({into}) SELECT {values} "
                    f"FROM read_parquet([{files}], hive_partitioning = false, union_by_name = false)"
                ).fetchone()
            except Exception as error:
                if "[[22001]]" in str(error):
                    locate_overflow(session.engine, picked, group)
                raise
            total += int(row[0]) if row else 0
        return total


def _value(name: str, column: ColumnInfo) -> str:
    source = quoted(name)
    if named(column.type).text:
        over = literal(f"[[22001]] {column.name}")
        if column.type.startswith("character("):
            return f"{CATALOG}.fit_char({source}, {column.length})"
        return f"CASE WHEN strlen({source}) > {column.length} THEN error({over}) ELSE {source} END"
    if column.type == "super":
        return f"to_json({source})"
    return source


def make(session: Session, text: Text) -> Copy:
    """COPY name [(columns)] FROM 's3://...' [IAM_ROLE ...] FORMAT [AS] PARQUET [options]."""
    reader = Reader(text, 1)
    name = reader.names()
    columns = reader.list() if reader.peek() == "(" else []
    if reader.accept("to"):  # PostgreSQL's way out, which Redshift has not (r_UNLOAD)
        raise reader.error()
    reader.expect("from")
    copy = Copy(("", ""), columns, reader.string())
    refused: list[str] = []
    reader.options(_options(copy, refused))
    if not copy.uri.startswith("s3://"):
        raise SqlError("0A000", f"not rehearsable: COPY from {copy.uri.partition('://')[0]}")
    if not copy.role:
        raise SqlError("42601", "CREDENTIALS argument is required but not provided: name an IAM_ROLE")
    if not copy.parquet:
        raise SqlError("0A000", "not rehearsable: COPY from a format other than PARQUET")
    if refused:
        raise SqlError("0A000", f"{refused[0]} argument is not supported for PARQUET based COPY")
    copy.target = session.names.resolve(name)
    return copy


def _options(copy: Copy, refused: list[str]) -> dict[str, Callable[[Reader], object]]:
    """What each option does; those of a text COPY are noted as refused."""

    def flag(name: str) -> Callable[[Reader], object]:
        return lambda _reader: setattr(copy, name, True)

    def role(reader: Reader) -> None:
        copy.role = "default" if reader.accept("default") else reader.string()

    def credentials(reader: Reader) -> None:
        reader.skip("as")
        copy.role = _credentials(reader.string())

    def form(reader: Reader) -> None:
        reader.skip("as")
        if not reader.accept("parquet"):
            raise SqlError("0A000", f"not rehearsable: COPY from {reader.next().text.upper()}")
        copy.parquet = True

    def valued(reader: Reader) -> None:
        reader.skip("as")
        reader.skip("'", "on", "off", "true", "false")

    def text_only(word: str) -> Callable[[Reader], object]:
        def note(reader: Reader) -> None:
            refused.append(word.upper())
            reader.skip("as")
            if reader.peek() in {"'", "on", "off", "true", "false", "preset"} or reader.peek().isdigit():
                reader.next()

        return note

    return {
        **{word: text_only(word) for word in TEXT_ONLY},
        "with": lambda _reader: None, "as": lambda _reader: None, ROLE: role, "credentials": credentials,
        "format": form, "parquet": flag("parquet"), "manifest": flag("manifest"), "fillrecord": flag("fill"),
        "explicit_ids": flag("explicit_ids"), "serializetojson": flag("to_json"), "acceptinvchars": valued,
        "statupdate": valued,
    }  # fmt: skip


def _credentials(text: str) -> str:
    """``aws_iam_role=arn:...``; keys have no place in a statement."""
    name, _, value = text.partition("=")
    if name.strip() != "aws_iam_role":
        raise SqlError("0A000", "not rehearsable: COPY with access keys; use IAM_ROLE")
    return value.strip()
