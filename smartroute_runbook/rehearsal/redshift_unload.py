"""UNLOAD (query) TO 's3://...' FORMAT PARQUET."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from smartroute_runbook.rehearsal.objects import split_uri
from smartroute_runbook.rehearsal.redshift_copy import ROLE, role_arn
from smartroute_runbook.rehearsal.redshift_engine import literal
from smartroute_runbook.rehearsal.redshift_errors import SqlError
from smartroute_runbook.rehearsal.redshift_session import Rows, Session
from smartroute_runbook.rehearsal.redshift_sql import Translation, translate
from smartroute_runbook.rehearsal.redshift_text import Reader, Text

__all__ = ["Unload", "make"]


@dataclass
class Unload:
    """One UNLOAD; one file per slice when parallel (the default)."""

    translation: Translation
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
    parquet: bool = False
    kind: str = "UNLOAD"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> Rows:
        """Writes the files."""
        del values, oids
        engine = session.engine
        reason = engine.may_write(role_arn(session, self.role), self.bucket, self.prefix)
        if reason:
            raise SqlError("XX000", f"S3ServiceException:Access Denied,Status 403,Error AccessDenied: {reason}")
        found = engine.objects.list(self.bucket, self.prefix)
        if found and not (self.overwrite or self.clean):
            raise SqlError(
                "XX000", "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
                "manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="unload-") as folder:
            files = self._write(session, Path(folder))
            entries, total = [], 0
            for key, path in files:
                meta = pq.read_metadata(path)
                total += meta.num_rows
                engine.objects.put(self.bucket, key, path)
                entries.append(
                    {
                        "url": f"s3://{self.bucket}/{key}",
                        "meta": {"content_length": path.stat().st_size, "record_count": meta.num_rows},
                    }
                )
            if self.manifest:
                self._write_manifest(session, entries, total)
        return Rows("UNLOAD", count=total)

    def _write(self, session: Session, folder: Path) -> list[tuple[str, Path]]:
        """The (key, local file) pairs."""
        self.translation.prepare(session)
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
            return [(f"{self.prefix}{'0000_part_00' if self.parallel else '000'}.parquet", target)]
        files = sorted(target.rglob("*.parquet"))
        return [
            (f"{self.prefix}{path.parent.relative_to(target)}/{index:04d}_part_00.parquet", path)
            for index, path in enumerate(files)
        ]

    def _write_manifest(self, session: Session, entries: list[dict[str, Any]], total: int) -> None:
        document: dict[str, Any] = {"entries": entries}
        if self.verbose:
            document["meta"] = {
                "content_length": sum(entry["meta"]["content_length"] for entry in entries), "record_count": total,
            }  # fmt: skip
        session.engine.objects.put(self.bucket, f"{self.prefix}manifest", json.dumps(document).encode())


def _options(unload: Unload) -> dict[str, Callable[[Reader], object]]:
    """What each option does."""

    def role(reader: Reader) -> None:
        unload.role = "default" if reader.accept("default") else reader.string()

    def form(reader: Reader) -> None:
        reader.skip("as")
        reader.expect("parquet")
        unload.parquet = True

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

    def region(reader: Reader) -> None:
        reader.skip("as")
        reader.string()

    return {
        ROLE: role, "format": form, "parquet": lambda _reader: setattr(unload, "parquet", True),
        "partition": partition, "manifest": manifest, "parallel": parallel, "maxfilesize": size, "region": region,
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
    found = Unload(translate(session, query), bucket, prefix, "")
    reader.options(_options(found))
    if not found.role:
        raise SqlError("42601", "UNLOAD needs IAM_ROLE or another authorization")
    if not found.parquet:
        raise SqlError("0A000", "not rehearsable: UNLOAD to a format other than PARQUET")
    return found
