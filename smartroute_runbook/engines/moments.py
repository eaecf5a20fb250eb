"""Moments in AWS's answers, read fast: listings hold one a file, and botocore takes long over each."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment"]


def moment(value: str | float) -> datetime:
    """A moment as AWS writes it (seconds since 1970, ISO 8601, or as in an HTTP header), in UTC.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    from botocore.utils import parse_timestamp

    return datetime.fromtimestamp(value, UTC) if isinstance(value, float) else parse_timestamp(value).astimezone(UTC)
