"""COPY table FROM 's3://...' FORMAT PARQUET: what the columnar COPY accepts, checks and logs.

Sources: Amazon Redshift Database Developer Guide, "COPY from columnar data formats" (options, order of columns, one
transaction), "Loading data from Amazon S3: using a manifest" (content_length), STL_LOAD_ERRORS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from smartroute_runbook.standins.redshift.database import CATALOG, ColumnInfo, columns_of, literal, quoted
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.sql.types import named
from smartroute_runbook.standins.redshift.statement import StatementRows
from smartroute_runbook.standins.s3 import ObjectInfo, split_uri

from .copy_files import CopySource, check_schema, locate_overflow
from .copy_log import CopyRun

__all__ = ["ROLE", "Copy", "make", "role_arn"]

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
        engine = session.engine
        role = role_arn(session, self.role)
        bucket, key = split_uri(self.uri)
        objects = _manifest(session, role, bucket, key) if self.manifest else _listed(session, bucket, key)
        for info in objects:
            _require_readable(session, role, info.bucket, info.key)
        return [CopySource(info, engine.objects.local(info.bucket, info.key)) for info in objects]

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


def role_arn(session: Session, role: str) -> str:
    """The role as an ARN: ``default`` is the cluster's, which ``may_read`` and ``may_write`` know as that word."""
    del session
    return role


def _require_readable(session: Session, role: str, bucket: str, key: str) -> None:
    reason = session.engine.may_read(role, bucket, key, session.identity.name)
    if reason:
        raise SqlError(
            "XX000", "S3ServiceException:Access Denied,Status 403,Error AccessDenied",
            detail=f"s3://{bucket}/{key}: {reason}",
        )  # fmt: skip


def _listed(session: Session, bucket: str, prefix: str) -> list[ObjectInfo]:
    """Every object whose key begins with the prefix: a prefix is not a folder."""
    try:
        objects = [info for info in session.engine.objects.list(bucket, prefix) if not info.key.endswith("/")]
    except FileNotFoundError as error:
        raise SqlError(
            "XX000", "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket"
        ) from error
    if not objects:
        raise SqlError("XX000", f"The specified S3 prefix '{prefix}' does not exist")
    return objects


def _manifest(session: Session, role: str, bucket: str, key: str) -> list[ObjectInfo]:
    """The objects that a manifest names; optional ones may be missing, mandatory ones may not."""
    engine = session.engine
    _require_readable(session, role, bucket, key)
    try:
        document = json.loads(engine.objects.read(bucket, key))
        entries = document["entries"]
    except FileNotFoundError as error:
        raise SqlError("XX000", f"Problem reading manifest file - S3ServiceException:The specified key does not "
                       f"exist.,Status 404,Error NoSuchKey,Key {key}") from error  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise SqlError("XX000", f"Manifest file is not in correct json format - s3://{bucket}/{key}") from error
    objects = []
    for entry in entries:
        length = (entry.get("meta") or {}).get("content_length")
        if not isinstance(length, int):
            raise SqlError("XX000", f"Manifest entry {entry.get('url')} must have meta.content_length "
                           "for columnar formats")  # fmt: skip
        info = _object(session, *split_uri(entry["url"]))
        if info is None:
            if entry.get("mandatory", False):
                raise SqlError("XX000", f"Mandatory url is not present in S3: {entry['url']}")
            continue
        if info.size != length:
            raise SqlError("XX000", f"content_length of {entry['url']} is {length} in the manifest, {info.size} in S3")
        objects.append(info)
    if not objects:
        raise SqlError("XX000", f"The manifest s3://{bucket}/{key} names no file that exists")
    return objects


def _object(session: Session, bucket: str, key: str) -> ObjectInfo | None:
    try:
        listed = session.engine.objects.list(bucket, key)
    except FileNotFoundError:
        return None
    return next((info for info in listed if info.key == key), None)


def make(session: Session, text: Text) -> Copy:
    """COPY name [(columns)] FROM 's3://...' [IAM_ROLE ...] FORMAT [AS] PARQUET [options]."""
    reader = Reader(text, 1)
    name = reader.names()
    columns = reader.list() if reader.peek() == "(" else []
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
