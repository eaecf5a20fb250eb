"""Quoting of SQL names and texts: the only functions whose result may be joined into a statement.

What sqlglot builds it quotes itself; this is for statements that it cannot build (COPY, UNLOAD, DDL, SET, Redshift's
own tables).
"""

from __future__ import annotations

from typing import Literal

__all__ = ["identifier", "literal", "qualified"]


def identifier(name: str) -> str:
    """A name in double quotes, as Athena's queries and Redshift take it: a quotation mark in it is doubled.

    Raises:
        ValueError: the name is empty or holds a NUL, which no engine takes.
    """
    if not name or "\0" in name:
        raise ValueError(f"{name!r} is not a name")
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """A name in a schema, both in double quotes."""
    return f"{identifier(schema)}.{identifier(name)}"


def literal(text: str, dialect: Literal["redshift", "athena"] = "redshift") -> str:
    r"""A text in single quotes: both engines double a quote in it, and Redshift reads ``\`` as an escape.

    Raises:
        ValueError: the text holds a NUL, which no engine takes.
    """
    if "\0" in text:
        raise ValueError(f"{text!r} is not a text of SQL")
    escaped = text.replace("\\", "\\\\") if dialect == "redshift" else text
    return "'" + escaped.replace("'", "''") + "'"
