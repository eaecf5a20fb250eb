"""Which objects are a table's data: one rule, recursive, for inventory, audit, load and proof alike.

Athena reads every object below a location, whatever folders lie between, except empty ones and those with a step of
their path, below the location, that begins with an underscore or a dot (Athena user guide, "Table location in S3").
Those in S3 Glacier's archives it passes over too: one that a lifecycle rule moves there is a file that went (Athena
user guide, "Query restored Amazon S3 Glacier objects"; EMR release guide, "Read restored objects").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["DataFile", "Listing", "data_files", "is_data", "split"]


_ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


class DataFile(NamedTuple):
    """An object that Athena reads: address, size in bytes, ETag."""

    address: str
    size: int
    etag: str


def split(address: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key`` (or ``s3a``, ``s3n``, as Hadoop writes it).

    Raises:
        ServiceError: it is not an S3 URI.
    """
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme.lower() not in ("s3", "s3a", "s3n") or not bucket or "?" in bucket or "#" in bucket:
        raise ServiceError(f"'{address}' is not an S3 URI")
    return bucket, key


def is_data(path: str, size: int) -> bool:
    """Whether Athena reads an object, by its size and its path below the location."""
    return size > 0 and not any(step[:1] in ("_", ".") for step in path.split("/"))


class Listing:
    """All objects below some locations, listed once: a bucket and common prefix at a time (S3 lists consistently)."""

    def __init__(self, run: Run, locations: Iterable[str]) -> None:
        by_bucket: dict[str, set[str]] = {}
        for location in locations:
            bucket, prefix = split(_folder(location))
            by_bucket.setdefault(bucket, set()).add(prefix)
        self._found: dict[str, tuple[list[str], list[DataFile]]] = {}
        for bucket, prefixes in by_bucket.items():
            files = sorted(file for prefix in _covering(prefixes) for file in _listed(run, bucket, prefix))
            self._found[bucket] = ([split(file.address)[1] for file in files], files)

    def below(self, location: str) -> list[DataFile]:
        """The data files below a location, by address."""
        bucket, prefix = split(_folder(location))
        keys, files = self._found.get(bucket, ([], []))
        start, end = bisect_left(keys, prefix), bisect_left(keys, prefix + "\U0010ffff")
        return [file for key, file in zip(keys[start:end], files[start:end], strict=True) if _seen(key, prefix, file)]


def data_files(run: Run, location: str) -> list[DataFile]:
    """The data files below one location."""
    return Listing(run, [location]).below(location)


def _seen(key: str, prefix: str, file: DataFile) -> bool:
    return is_data(key[len(prefix) :], file.size)


def _folder(location: str) -> str:
    return location.rstrip("/") + "/"


def _covering(prefixes: set[str]) -> Sequence[str]:
    """Few prefixes under which all others lie: one listing of a table's folder instead of one a partition."""
    roots: list[str] = []
    for prefix in sorted(prefixes):
        if roots and prefix.startswith(roots[-1]):
            continue
        roots.append(prefix)
    if len(roots) <= 4:
        return roots
    first, last = roots[0], roots[-1]
    shared = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    common = first[: first.rfind("/", 0, shared) + 1]
    return [common] if common else roots


def _listed(run: Run, bucket: str, prefix: str) -> list[DataFile]:
    with explained(f"Listing s3://{bucket}/{prefix}"):
        pages = run.clients.boto("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            DataFile(f"s3://{bucket}/{entry['Key']}", int(entry["Size"]), str(entry["ETag"]))
            for page in pages
            for entry in page.get("Contents", ())
            if entry.get("StorageClass") not in _ARCHIVED
        ]
