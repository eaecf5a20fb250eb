"""An S3 object as a seekable file, of which only what is asked for is read: a Parquet footer takes one request."""

from __future__ import annotations

import io
from typing import Any

__all__ = ["RangedFile"]

TAIL = 65_536  # bytes read from the end at once: nearly every footer is within


class RangedFile(io.RawIOBase):
    """One object of a known size."""

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self.length, self._at = size, 0
        self._tail = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def size(self) -> int:
        """Bytes, as pyarrow asks for them."""
        return self.length

    def tell(self) -> int:
        """The place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move."""
        self._at = offset + (0, self._at, self.length)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes from here; those near the end are kept once read."""
        stop = self.length if size is None or size < 0 else min(self.length, self._at + size)
        if stop <= self._at:
            return b""
        start = max(0, self.length - TAIL)
        if self._at >= start:
            if not self._tail:
                self._tail = self._get(start, self.length)
            data = self._tail[self._at - start : stop - start]
        else:
            data = self._get(self._at, stop)
        self._at += len(data)
        return data

    def _get(self, start: int, stop: int) -> bytes:
        wanted = f"bytes={start}-{stop - 1}"
        answer = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=wanted)
        body: bytes = answer["Body"].read()
        return body
