"""Where journal and records live: a folder, or an S3 prefix. What is written once is never overwritten."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.files import Unreadable, make_folder, read_regular

__all__ = ["AlreadyWritten", "FolderStore", "S3Store", "Store", "unguarded_store"]


_LARGEST = 256 * 2**20  # bytes of one file of a record


class AlreadyWritten(Exception):
    """Somebody wrote this key first."""


class Store(Protocol):
    """Keys are relative paths with forward slashes; names that begin with a dot are not listed."""

    where: str

    @property
    def folder(self) -> Path | None:
        """Where it lies on this machine; None elsewhere."""
        ...

    def put_new(self, key: str, data: bytes) -> None:
        """Write a key that does not exist, durably and all at once; raises AlreadyWritten."""
        ...

    def get(self, key: str) -> bytes:
        """Read a key; raises KeyError."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin with the prefix, sorted."""
        ...


class FolderStore:
    """A folder. A new file is linked into place whole, so a kill leaves either nothing or all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path = folder
        self.where = str(folder)

    def put_new(self, key: str, data: bytes) -> None:
        """Write a new file: for ever, and for its owner and group to read (0440)."""
        path = self.folder / key
        make_folder(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o440)
            try:
                os.link(temporary, path)
            except FileExistsError:
                raise AlreadyWritten(key) from None
        except OSError as error:
            error.filename = error.filename or str(path)  # a write to a full disk names no file
            raise
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(temporary).unlink()
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def get(self, key: str) -> bytes:
        """Read a file.

        Raises:
            KeyError: there is none.
            UsageError: it is a link, a pipe or a device, which no run writes, or may not be read.
        """
        try:
            return read_regular(self.folder / key, _LARGEST, follow=False)
        except FileNotFoundError:
            raise KeyError(key) from None
        except Unreadable as why:
            if (self.folder / key).is_dir():  # where other keys lie
                raise KeyError(key) from None
            hint = "Check the record: smartroute-runbook verify"
            raise UsageError(f"{self.folder / key} is not as a run writes it: {why}", hint=hint) from None

    def keys(self, prefix: str) -> list[str]:
        """Files below the prefix's folder; unfinished ones are not seen."""
        start = self.folder / prefix.rpartition("/")[0]
        found = (path.relative_to(self.folder) for path in start.rglob("*") if path.is_file())
        seen = (path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))
        return sorted(key for key in seen if key.startswith(prefix))


class S3Store:
    """An S3 prefix; ``put_new`` is a conditional write (``If-None-Match: *``)."""

    folder: Path | None = None

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix.strip("/")
        self.where = f"s3://{bucket}/{self._prefix}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def put_new(self, key: str, data: bytes) -> None:
        """Write a new object."""
        from botocore.exceptions import ClientError

        try:
            self._client.put_object(Bucket=self._bucket, Key=self._key(key), Body=data, IfNoneMatch="*")
        except ClientError as error:
            # 409 ConditionalRequestConflict: a concurrent write of the same key (S3 user guide, conditional writes).
            if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise AlreadyWritten(key) from None
            raise ServiceError(f"Cannot write {self.where}/{key}: {error}") from error

    def get(self, key: str) -> bytes:
        """Read an object."""
        try:
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=self._key(key))["Body"].read()
        except self._client.exceptions.NoSuchKey:
            raise KeyError(key) from None
        except self._client.exceptions.NoSuchBucket:
            raise self._no_bucket() from None
        return body

    def keys(self, prefix: str) -> list[str]:
        """All objects below the prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._key(prefix))
        cut = len(self._key(""))
        try:
            return sorted(entry["Key"][cut:] for page in pages for entry in page.get("Contents", ()))
        except self._client.exceptions.NoSuchBucket:
            raise self._no_bucket() from None

    def _no_bucket(self) -> UsageError:
        return UsageError(
            f"{self.where}: there is no bucket '{self._bucket}'",
            hint="Correct record.store in the parameters, or make the bucket",
        )


def unguarded_store(where: str, s3_client: Callable[[], Any], base: Path) -> Store:
    """The store of ``record.store``: ``s3://bucket/prefix``, or a folder (relative ones are below ``base``)."""
    if where.startswith("s3://"):
        match = re.fullmatch(r"s3://([a-z0-9.-]{3,63})/?(.*)", where)
        if not match:
            raise UsageError(f"Store '{where}' is not an S3 URI", expected="s3://BUCKET/PREFIX")
        return S3Store(s3_client(), match[1], match[2])
    folder = (base / Path(where).expanduser()).resolve()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"record.store is {where}, a file", expected="a folder, or s3://BUCKET/PREFIX")
    return FolderStore(folder)
