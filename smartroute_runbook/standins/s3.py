"""Moto's S3 objects as local files, so that DuckDB reads them at full speed and without an extension."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.backends import get_backend

from smartroute_runbook.standins.account import ACCOUNT

__all__ = ["ObjectInfo", "Objects", "split_uri"]


@dataclass(frozen=True)
class ObjectInfo:
    """One object as a listing shows it; ``size`` in bytes, ``etag`` without quotes, ``storage``: its class."""

    bucket: str
    key: str
    size: int
    etag: str
    storage: str = "STANDARD"


ReadHook = Callable[[str, str, Path], Path]
ListHook = Callable[[str, str, list[ObjectInfo]], list[ObjectInfo]]


def split_uri(uri: str) -> tuple[str, str]:
    """``s3://bucket/some/key`` as (bucket, key).

    Raises:
        ValueError: not an S3 address.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in {"s3", "s3a", "s3n"} or not bucket:
        raise ValueError(f"not an S3 URI: {uri}")
    return bucket, key


class Objects:
    """Moto's S3 of this process, with a read-through mirror of files keyed by ETag.

    A mirrored object lies at ``<mirror>/<bucket>/<key>``, so that Hive-style keys read as Hive-style
    paths. The mirror may hold files whose objects are gone: list first, then ask for the files by name; never glob.
    All methods may be called from any thread.

    Args:
        mirror: folder for the local files; made when missing.
        account: the AWS account whose buckets these are.

    Attributes:
        after_read: each is called with bucket, key and the local file, and names the file to read instead.
        after_list: each is called with bucket, prefix and the objects found, and returns those to show.
        quiet: whether none of these would do anything now.
        cleared: how often the mirror was emptied.
    """

    def __init__(self, mirror: Path, account: str = ACCOUNT) -> None:
        self._mirror = mirror.resolve()
        self._mirror.mkdir(parents=True, exist_ok=True)
        self._account = account
        self._copies: dict[tuple[str, str], tuple[str, Path]] = {}
        self._lock = threading.Lock()
        self.after_read: list[ReadHook] = []
        self.after_list: list[ListHook] = []
        self.quiet: Callable[[], bool] = lambda: not (self.after_read or self.after_list)
        self.cleared = 0

    def list(self, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Every object under a prefix, in key order.

        Raises:
            FileNotFoundError: no such bucket.
        """
        store = self._store(bucket)
        # A tuple of a dict's keys is made in one step of the interpreter: other threads may write meanwhile.
        names = sorted(name for name in tuple(dict.keys(store)) if name.startswith(prefix))
        entries = ((name, store.get(name)) for name in names)
        infos = [
            ObjectInfo(bucket, name, key.size, _etag(key), str(key.storage_class))
            for name, key in entries
            if hasattr(key, "contentsize")
        ]
        for hook in self.after_list:
            infos = hook(bucket, prefix, infos)
        return infos

    def held(self, bucket: str) -> tuple[Any, ...]:
        """The newest version of every object as moto holds it: one that is written anew is another one.

        Raises:
            FileNotFoundError: no such bucket.
        """
        return tuple(versions[-1] for versions in tuple(dict.values(self._store(bucket))) if versions)

    def modified(self, bucket: str, key: str) -> float:
        """When the object was last written, epoch seconds.

        Raises:
            FileNotFoundError: no such bucket or key.
        """
        return float(self._key(bucket, key).last_modified.timestamp())

    def exists(self, bucket: str, key: str) -> bool:
        """Whether this very key holds an object."""
        try:
            self._key(bucket, key)
        except FileNotFoundError:
            return False
        return True

    def read(self, bucket: str, key: str) -> bytes:
        """The object's bytes.

        Raises:
            FileNotFoundError: no such bucket or key.
        """
        return self._read(bucket, key)[1]

    def local(self, bucket: str, key: str) -> Path:
        """A local file with the object's present content.

        The file must not be written to. When the object changes, the next call replaces the file; who
        has the old one open keeps reading the old one.

        Raises:
            FileNotFoundError: no such bucket or key.
        """
        path = self._mirrored(bucket, key)
        for hook in self.after_read:
            path = hook(bucket, key, path)
        return path

    def _mirrored(self, bucket: str, key: str) -> Path:
        etag = _etag(self._key(bucket, key))
        if (copy := self._copies.get((bucket, key))) and copy[0] == etag:
            return copy[1]
        with self._lock:
            if (copy := self._copies.get((bucket, key))) and copy[0] == etag:
                return copy[1]
            etag, body = self._read(bucket, key)
            path = self._write(bucket, key, body)
            self._copies[bucket, key] = (etag, path)
            return path

    def put(self, bucket: str, key: str, source: Path | bytes) -> None:
        """Store an object, replacing what the key held.

        Raises:
            FileNotFoundError: no such bucket.
        """
        self._store(bucket)
        body = source if isinstance(source, bytes) else source.read_bytes()
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        self._backend().put_object(bucket, key, body, etag=etag)

    def delete(self, bucket: str, key: str) -> None:
        """Remove an object; as in S3, no error when there is none.

        Raises:
            FileNotFoundError: no such bucket.
        """
        self._store(bucket)
        self._backend().delete_object(bucket, key)
        with self._lock:
            if copy := self._copies.pop((bucket, key), None):
                copy[1].unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the mirror's files (the objects stay in moto)."""
        with self._lock:
            self.cleared += 1
            self._copies.clear()
            shutil.rmtree(self._mirror, ignore_errors=True)
            self._mirror.mkdir(parents=True, exist_ok=True)

    def _backend(self) -> Any:
        return get_backend("s3")[self._account]["aws"]

    def _store(self, bucket: str) -> Any:
        bucket_entry = self._backend().buckets.get(bucket)
        if bucket_entry is None:
            raise FileNotFoundError(f"no such bucket: s3://{bucket}")
        return bucket_entry.keys

    def _key(self, bucket: str, key: str) -> Any:
        entry = self._store(bucket).get(key)
        if not hasattr(entry, "contentsize"):  # none, or the delete marker of a versioned bucket
            raise FileNotFoundError(f"no such object: s3://{bucket}/{key}")
        return entry

    def _read(self, bucket: str, key: str) -> tuple[str, bytes]:
        """ETag and bytes of one and the same object: moto closes the buffer of an object that is replaced."""
        while True:
            entry = self._key(bucket, key)
            try:
                return _etag(entry), bytes(entry.value)
            except ValueError:
                if not entry.disposed:
                    raise

    def _write(self, bucket: str, key: str, body: bytes) -> Path:
        """Keys that cannot be paths (``..``, a file where another key needs a folder) get a hashed name."""
        parts = key.split("/")
        if not {"", ".", ".."} & set(parts):
            try:
                return _replace(self._mirror.joinpath(bucket, *parts), body)
            except OSError:
                pass
        return _replace(self._mirror / ".odd" / bucket / hashlib.sha256(key.encode()).hexdigest(), body)


def _replace(path: Path, body: bytes) -> Path:
    """Write beside and rename, so that a reader sees the old or the new file, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name[-200:]}")
    fresh.write_bytes(body)
    return fresh.replace(path)


def _etag(key: Any) -> str:
    """The ETag; moto computes it on demand from a shared buffer, so the first time under the key's lock."""
    if key._etag is None:
        with key.lock:
            return str(key.etag).strip('"')
    return str(key._etag).strip('"')
