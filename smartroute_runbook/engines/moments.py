"""Moments in AWS's answers, read fast: listings hold one a file, and botocore takes long over each."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

__all__ = ["moment"]


def moment(value: str | float) -> datetime:
    """A moment as AWS writes it (seconds since 1970, ISO 8601, or as in an HTTP header), in UTC.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, float):
        return datetime.fromtimestamp(value, UTC)
    read = _iso(value) if isinstance(value, str) else None
    if read is None:
        from botocore.utils import parse_timestamp

        read = parse_timestamp(value)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    """Plain ISO 8601, which nearly all of them are; None for anything else."""
    if text[4:5] == "-" and text[10:11] == "T":
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    return None
