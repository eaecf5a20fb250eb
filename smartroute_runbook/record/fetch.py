"""A record that lives in S3, read into a folder of this machine for the time being."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.errors import UsageError, explained
from smartroute_runbook.runs.guarded import open_store

__all__ = ["fetch", "local", "s3_client"]


def s3_client() -> Any:
    """S3 with this shell's own credentials and region; nothing of a run's parameters is needed to read its record."""
    return Clients(parse_settings({})).boto("s3")


@contextmanager
def local(where: str) -> Iterator[Path]:
    """The folder of a record: itself, or a copy of an S3 prefix that is gone afterwards."""
    if not where.startswith("s3://"):
        yield Path(where)
        return
    with tempfile.TemporaryDirectory(prefix="smartroute-record-") as scratch:
        yield fetch(where, Path(scratch))


def fetch(where: str, folder: Path) -> Path:
    """Copy an S3 prefix below a folder, under the prefix's own last name: a run's folder is named as its run.

    Raises:
        UsageError: nothing is there, or a key is no name of a file.
        ServiceError: S3 does not answer.
    """
    with explained(f"Reading {where}"):
        store = open_store(where.rstrip("/"), s3_client, folder)
        keys = store.keys("")
        name = where.rstrip("/").rpartition("/")[2]
        target = folder / name
        for key in keys:
            parts = PurePosixPath(key).parts
            if not parts or ".." in parts or key.startswith("/") or key.endswith("/"):
                raise UsageError(f"{where} holds the key '{key}'", expected="the files of a record")
            (target / key).parent.mkdir(parents=True, exist_ok=True)
            (target / key).write_bytes(store.get(key))
    if not keys:
        raise UsageError(f"Nothing at {where}", expected="a records prefix, or the prefix of one run")
    return target
