"""Names in SQL text, quoted in one place."""

from __future__ import annotations

__all__ = ["identifier"]


def identifier(name: str) -> str:
    """A name in double quotes, as Athena's queries and Redshift take it: a quotation mark in it is doubled.

    Raises:
        ValueError: the name is empty or holds a NUL, which no engine takes.
    """
    if not name or "\0" in name:
        raise ValueError(f"{name!r} is not a name")
    return '"' + name.replace('"', '""') + '"'
