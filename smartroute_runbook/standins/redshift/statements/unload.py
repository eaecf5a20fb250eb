"""UNLOAD (query) TO 's3://...' FORMAT PARQUET or CSV.

Source: Amazon Redshift Database Developer Guide, "UNLOAD". Options that only name where and how S3 encrypts (ENCRYPTED,
KMS_KEY_ID) are taken and change nothing here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from smartroute_runbook.standins.redshift.database import literal
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.to_duckdb import DuckDbQuery, translate
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.statement import StatementRows
from smartroute_runbook.standins.s3 import split_uri

from .copy import ROLE

__all__ = ["Unload", "make"]


@dataclass
class Unload:
    """One UNLOAD; one file per slice when parallel (the default)."""

    translation: DuckDbQuery
    bucket: str
    prefix: str
    role: str
    partitions: tuple[str, ...] = ()
    include: bool = False
    manifest: bool = False
    verbose: bool = False
    overwrite: bool = False
    clean: bool = False
    parallel: bool = True
    form: str = ""  # PARQUET or CSV
    header: bool = False
    kind: str = "UNLOAD"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Writes the files."""
        del values, oids
        engine = session.engine
        reason = engine.may_write(self.role, self.bucket, self.prefix, session.identity.name)
        if reason:
            raise SqlError("XX000", f"S3ServiceException:Access Denied,Status 403,Error AccessDenied: {reason}")
        existing = engine.objects.list(self.bucket, self.prefix)
        if existing and not (self.overwrite or self.clean):
            raise SqlError(
                "XX000", "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
                "manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="unload-") as folder:
            files = self._write(session, Path(folder))
            if self.clean:
                folders = {key.rpartition("/")[0] for key, _, _ in files}
                for old in existing:  # with PARTITION BY only in the folders that receive new files
                    if not self.partitions or old.key.rpartition("/")[0] in folders:
                        engine.objects.delete(self.bucket, old.key)
            entries, total = [], 0
            for key, path, rows in files:
                total += rows
                engine.objects.put(self.bucket, key, path)
                entries.append(
                    {
                        "url": f"s3://{self.bucket}/{key}",
                        "meta": {"content_length": path.stat().st_size, "record_count": rows},
                    }
                )
            if self.manifest:
                self._write_manifest(session, entries, total)
        return StatementRows("UNLOAD", count=total)

    def _write(self, session: Session, folder: Path) -> list[tuple[str, Path, int]]:
        """The keys, local files and their rows."""
        self.translation.prepare(session)
        number = "0000_part_00" if self.parallel else "000"
        if self.form == "CSV":
            target = folder / "whole.csv"
            row = session.cursor.execute(
                f"COPY ({self.translation.sql}) TO {literal(str(target))} (FORMAT CSV, HEADER {self.header})"
            ).fetchone()
            return [(self.prefix + number, target, row[0] if row else 0)]
        if self.partitions:
            options = f", PARTITION_BY ({', '.join(self.partitions)}), WRITE_PARTITION_COLUMNS {self.include}"
            target = folder / "parts"
            pattern = ", FILENAME_PATTERN '{i}'"
        else:
            options, target, pattern = "", folder / "whole.parquet", ""
        session.cursor.execute(
            f"COPY ({self.translation.sql}) TO {literal(str(target))} "
            f"(FORMAT PARQUET, COMPRESSION SNAPPY{options}{pattern})"
        )
        if not self.partitions:
            return [(f"{self.prefix}{number}.parquet", target, _rows(target))]
        files = sorted(target.rglob("*.parquet"))
        return [
            (f"{self.prefix}{path.parent.relative_to(target)}/{index:04d}_part_00.parquet", path, _rows(path))
            for index, path in enumerate(files)
        ]

    def _write_manifest(self, session: Session, entries: list[dict[str, Any]], total: int) -> None:
        document: dict[str, Any] = {"entries": entries}
        if self.verbose:
            document["meta"] = {
                "content_length": sum(entry["meta"]["content_length"] for entry in entries), "record_count": total,
            }  # fmt: skip
        session.engine.objects.put(self.bucket, f"{self.prefix}manifest", json.dumps(document).encode())


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def _options(unload: Unload) -> dict[str, Callable[[Reader], object]]:
    """What each option does."""

    def role(reader: Reader) -> None:
        unload.role = "default" if reader.accept("default") else reader.string()

    def form(reader: Reader) -> None:
        reader.skip("as")
        unload.form = reader.next().text.upper()

    def partition(reader: Reader) -> None:
        reader.expect("by")
        unload.partitions, unload.include = tuple(reader.list()), reader.accept("include")

    def manifest(reader: Reader) -> None:
        unload.manifest, unload.verbose = True, reader.accept("verbose")

    def parallel(reader: Reader) -> None:
        unload.parallel = reader.next().text.lower() in {"on", "true"}

    def size(reader: Reader) -> None:  # files are never that large here
        reader.skip("as")
        reader.next()
        reader.skip("mb", "gb")

    def named(reader: Reader) -> None:  # a region, a key
        reader.skip("as")
        reader.string()

    def bare(form: str) -> Callable[[Reader], object]:
        return lambda _reader: setattr(unload, "form", form)

    return {
        ROLE: role, "format": form, "parquet": bare("PARQUET"), "csv": bare("CSV"),
        "partition": partition, "manifest": manifest, "parallel": parallel, "maxfilesize": size, "region": named,
        "encrypted": lambda reader: reader.accept("auto"), "kms_key_id": named,
        "header": lambda _reader: setattr(unload, "header", True),
        "allowoverwrite": lambda _reader: setattr(unload, "overwrite", True),
        "cleanpath": lambda _reader: setattr(unload, "clean", True),
    }  # fmt: skip


def make(session: Session, text: Text) -> Unload:
    """UNLOAD ('query') TO 's3://prefix' IAM_ROLE ... FORMAT PARQUET [options] (r_UNLOAD)."""
    reader = Reader(text, 1)
    start, stop = reader.parenthesis()
    if stop - start == 1 and text.tokens[start].token_type.name == "STRING":
        query = text.tokens[start].text
    else:
        query = text.between(start, stop)
    reader.expect("to")
    bucket, prefix = split_uri(reader.string())
    unload = Unload(translate(session, query), bucket, prefix, "")
    reader.options(_options(unload))
    if not unload.role:
        raise SqlError("42601", "UNLOAD needs IAM_ROLE or another authorization")
    if unload.form not in {"PARQUET", "CSV"}:
        raise SqlError("0A000", f"not rehearsable: UNLOAD to {unload.form or 'delimited text'}")
    if unload.header and unload.form != "CSV":
        raise SqlError("0A000", "HEADER is not supported for UNLOAD to PARQUET")
    if unload.partitions and unload.form == "CSV":
        raise SqlError("0A000", "not rehearsable: UNLOAD to CSV with PARTITION BY")
    return unload
