"""PREPARE, EXECUTE and DEALLOCATE (r_PREPARE, r_EXECUTE, r_DEALLOCATE): statements that SQL itself names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.sql.tokens import PARAMETER, Reader, Text, split
from smartroute_runbook.standins.redshift.sql.types import MAX_CHAR, MAX_VARCHAR, DataType, declared
from smartroute_runbook.standins.redshift.statement import ParsedStatement, StatementRows
from smartroute_runbook.standins.redshift.wire.encode import WireField

from .settings import Action

__all__ = ["Execute", "Named", "deallocate", "execute", "prepare"]

ALLOWED = frozenset({"select", "with", "insert", "update", "delete", "("})
Parse = Callable[[Session, str], ParsedStatement[Session]]


@dataclass(frozen=True)
class Named:
    """A statement under a name: its text and the types of its parameters, as they were written."""

    sql: str
    types: tuple[str, ...]


def prepare(session: Session, text: Text) -> Action:
    """PREPARE name [(type, ...)] AS SELECT | INSERT | UPDATE | DELETE."""
    del session
    reader = Reader(text, 1)
    name = reader.name()
    types = []
    if reader.accept("("):
        while not reader.accept(")"):
            types.append(_unsized(declared(reader)))
            reader.accept(",")
    reader.expect("as")
    if reader.peek() not in ALLOWED:
        raise reader.error()
    named = Named(text.between(reader.position, len(text.tokens)), tuple(types))

    def act(session: Session) -> None:
        if name in session.prepared:
            raise SqlError("42P05", f'prepared statement "{name}" already exists')
        session.prepared[name] = named

    return Action("PREPARE", act)


def _unsized(kind: DataType) -> str:
    """A parameter's type, whose length is not the value's: (int, char) takes 'one' (r_PREPARE)."""
    if kind.text:
        return str(replace(kind, length=MAX_CHAR if kind.base == "character" else MAX_VARCHAR))
    return str(kind)


@dataclass
class Execute:
    """A prepared statement with its values in place."""

    inner: ParsedStatement[Session]
    kind: str
    atomic: bool
    target: tuple[str, str] = ("", "")

    def describe(self, session: Session, oids: Sequence[int]) -> tuple[WireField, ...] | None:
        """What the prepared statement returns."""
        return self.inner.describe(session, oids)

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Runs it."""
        return self.inner.run(session, values, oids)


def execute(session: Session, text: Text, parse: Parse) -> Execute:
    """EXECUTE name [(value, ...)].

    Raises:
        SqlError: 26000 no such statement, 42601 another number of values.
    """
    reader = Reader(text, 1)
    name = reader.name()
    values = _values(reader) if not reader.done else []
    named = session.prepared.get(name)
    if named is None:
        raise SqlError("26000", f'prepared statement "{name}" does not exist')
    expected = len(named.types) or _highest(named.sql)
    if len(values) != expected:
        raise SqlError(
            "42601", f'wrong number of parameters for prepared statement "{name}"',
            detail=f"Expected {expected} parameters but got {len(values)}.",
        )  # fmt: skip
    inner = parse(session, _filled(named, values))
    return Execute(inner, inner.kind, inner.atomic, getattr(inner, "target", ("", "")))


def _values(reader: Reader) -> list[str]:
    """The expressions between the parentheses, as they stand."""
    start, stop = reader.parenthesis()
    pieces, begin, depth = [], start, 0
    for at in range(start, stop):
        word = reader.text.tokens[at].text if reader.text.tokens[at].text in {"(", ")", ","} else ""
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            pieces.append(reader.text.between(begin, at))
            begin = at + 1
    return [*pieces, reader.text.between(begin, stop)] if stop > start else []


def _highest(sql: str) -> int:
    """How many parameters a statement takes whose types were not declared: its highest number."""
    (text,) = split(sql)
    return max((int(match[1]) for token in text.tokens if (match := PARAMETER.fullmatch(token.text))), default=0)


def _filled(named: Named, values: Sequence[str]) -> str:
    """The statement's text with each parameter replaced by its value, of the declared type where there is one."""
    (text,) = split(named.sql)
    parts, position = [], text.tokens[0].start
    for token in text.tokens:
        if match := PARAMETER.fullmatch(token.text):
            at = int(match[1]) - 1
            if at >= len(values):
                raise SqlError("42P02", f"there is no parameter ${match[1]}")
            typed = f"CAST({values[at]} AS {named.types[at]})" if named.types else f"({values[at]})"
            parts += [text.source[position : token.start], typed]
            position = token.end + 1
    return "".join([*parts, text.source[position : text.tokens[-1].end + 1]])


def deallocate(_session: Session, text: Text) -> Action:
    """DEALLOCATE [PREPARE] name | ALL."""
    reader = Reader(text, 1)
    if reader.peek(1):
        reader.accept("prepare")
    name = reader.name()

    def act(session: Session) -> None:
        if name == "all":
            session.prepared.clear()
        elif session.prepared.pop(name, None) is None:
            raise SqlError("26000", f'prepared statement "{name}" does not exist')

    return Action("DEALLOCATE", act)
