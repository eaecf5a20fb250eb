"""The published queries: ``s3://BUCKET/PREFIX/ENGINE/NAME.sql``, each kept for some seconds."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

__all__ = ["PublishedQueries", "is_query_name"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", re.ASCII)
_MOST_KEPT = 1_000


def is_query_name(name: str) -> bool:
    """Whether a name can be a query's: nothing else becomes part of an S3 key."""
    return _NAME.fullmatch(name) is not None


class PublishedQueries:
    """Texts by engine and name.

    Args:
        s3: a boto3 client.
        bucket: where they are published.
        prefix: without a slash at its end.
        seconds: how long a text is used before it is read again; 0 reads it for each request.
    """

    def __init__(self, s3: Any, bucket: str, prefix: str, seconds: float = 0.0) -> None:
        self._s3, self._bucket, self._prefix, self._seconds = s3, bucket, prefix, seconds
        self._kept: dict[tuple[str, str], tuple[float, str]] = {}
        self._reading: set[tuple[str, str]] = set()
        self._claiming = threading.Lock()

    def text(self, engine: str, name: str) -> str:
        """A query's text for an engine; while one request reads it anew, the others use the one that is known.

        Raises:
            LookupError: none is published.
        """
        key = (engine, name)
        with self._claiming:
            until, text = self._kept.get(key, (0.0, ""))
            if time.monotonic() < until or (text and key in self._reading):
                return text
            self._reading.add(key)
        try:
            text = self._read(engine, name)
            if self._seconds and (key in self._kept or len(self._kept) < _MOST_KEPT):
                self._kept[key] = (time.monotonic() + self._seconds, text)
        finally:
            self._reading.discard(key)
        return text

    def _read(self, engine: str, name: str) -> str:
        key = f"{self._prefix}/{engine}/{name}.sql"
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            raise LookupError(f"no query '{name}' is published for {engine}: s3://{self._bucket}/{key}") from None
        return str(body.decode()).strip().rstrip(";")
