"""The files of a COPY: the objects of a prefix, or those that a manifest names, readable by the role."""

from __future__ import annotations

import json

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.s3 import ObjectInfo, split_uri

__all__ = ["copy_sources"]


def copy_sources(session: Session, role: str, uri: str, *, manifest: bool) -> list[ObjectInfo]:
    """The objects that a COPY reads.

    Raises:
        SqlError: there are none, a manifest cannot be used, or the role may not read one of them.
    """
    bucket, key = split_uri(uri)
    objects = _manifest(session, role, bucket, key) if manifest else _listed(session, bucket, key)
    for info in objects:
        _require_readable(session, role, info.bucket, info.key)
    return objects


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


def _require_readable(session: Session, role: str, bucket: str, key: str) -> None:
    reason = session.engine.may_read(role, bucket, key, session.identity.name)
    if reason:
        raise SqlError(
            "XX000", "S3ServiceException:Access Denied,Status 403,Error AccessDenied",
            detail=f"s3://{bucket}/{key}: {reason}",
        )  # fmt: skip
