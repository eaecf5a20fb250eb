"""S3 prefixes: whether objects written under one would be read as part of another."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["overlapping"]


def overlapping(prefix: str, others: Mapping[str, str]) -> str | None:
    """The name of the first of ``others`` that lies below a prefix, above it, or is the same; None when none does.

    Args:
        prefix: ``bucket/path``, with or without slashes at its ends.
        others: such paths by name, a table's location for example.
    """
    mine = _parts(prefix)
    for name, other in others.items():
        theirs = _parts(other)
        shared = min(len(mine), len(theirs))
        if mine[:shared] == theirs[:shared]:
            return name
    return None


def _parts(path: str) -> list[str]:
    return [part for part in path.removeprefix("s3://").split("/") if part]
