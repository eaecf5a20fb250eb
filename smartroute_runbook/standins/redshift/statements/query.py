"""SELECT, INSERT, UPDATE, DELETE, MERGE and EXPLAIN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from sqlglot import exp

from smartroute_runbook.standins.redshift.plans import SelectPlan, planned
from smartroute_runbook.standins.redshift.result_cache import cached, caching, key_of
from smartroute_runbook.standins.redshift.session import BATCH, Session
from smartroute_runbook.standins.redshift.sql.dialect import parse_tree
from smartroute_runbook.standins.redshift.sql.to_duckdb import DuckDbQuery, translate
from smartroute_runbook.standins.redshift.sql.tokens import Reader, Text
from smartroute_runbook.standins.redshift.statement import StatementRows
from smartroute_runbook.standins.redshift.wire.encode import (
    TIMETZ,
    VARCHAR,
    WireField,
    array_of,
    character_of,
    field_of,
    padded,
)

from .explain import plan_lines
from .merges import require_single_matches

__all__ = ["Given", "SelectStatement", "Write", "explain", "insert", "select", "write"]

PARAMETER_TYPES = {
    16: "BOOLEAN", 20: "BIGINT", 21: "SMALLINT", 23: "INTEGER", 700: "FLOAT", 701: "DOUBLE", 1082: "DATE",
    1083: "TIME", 1114: "TIMESTAMP", 1184: "TIMESTAMPTZ", 1700: "DECIMAL(38,10)", 1043: "VARCHAR", 25: "VARCHAR",
}  # fmt: skip


def described(session: Session, translation: DuckDbQuery, oids: Sequence[int]) -> tuple[WireField, ...]:
    """The columns of a query, from DuckDB's binder; parameters stand in as NULLs of their types."""
    sql = translation.with_parameters(
        lambda number: PARAMETER_TYPES.get(oids[number - 1], "") if number <= len(oids) else ""
    )
    rows = session.cursor.execute(f"DESCRIBE {sql}").fetchall()
    known = array_of if translation.views and not translation.reads else field_of
    fields = [known(row[0], row[1]) for row in rows]
    for index, kind in translation.texts.items():
        if kind.base == "character" and index < len(fields) and fields[index].oid == VARCHAR:
            fields[index] = character_of(fields[index], kind.length)
        elif index in translation.sized and index < len(fields) and fields[index].oid == VARCHAR and kind.length:
            fields[index] = replace(fields[index], modifier=kind.length + 4)
    return tuple(fields)


@dataclass
class SelectStatement:
    """A SELECT."""

    plan: SelectPlan
    kind: str = "SELECT"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> tuple[WireField, ...]:
        """The columns."""
        if self.plan.fields is None:
            self.plan.fields = described(session, self.plan.translation, oids)
        return self.plan.fields

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Streams the rows."""
        del oids
        translation, fields = self.plan.translation, self.plan.fields or ()
        key = key_of(session, translation, values)
        if entry := cached(session, key):
            table, columns = entry
            return StatementRows("SELECT", columns, iter(table.to_batches(max_chunksize=BATCH)), cache_hit=True)
        translation.prepare(session)
        result = session.cursor.execute(_in_utc(translation.sql, fields), list(values))
        fields = fields or session.fields(result)
        read = (padded(batch, fields) for batch in batches(result.to_arrow_reader(BATCH)))
        return StatementRows("SELECT", fields, caching(session, key, fields, read))


def _in_utc(sql: str, fields: Sequence[WireField]) -> str:
    """A query whose TIMETZ columns are times in UTC, as Redshift keeps them (r_Datetime_types): Arrow has no zone."""
    if not any(field.oid == TIMETZ for field in fields):
        return sql
    names = [f"c{at}" for at in range(len(fields))]
    columns = (
        f"CAST((DATE '2000-01-01' + {name}) AT TIME ZONE 'UTC' AS TIME)" if field.oid == TIMETZ else name
        for name, field in zip(names, fields, strict=True)
    )
    return f"SELECT {', '.join(columns)} FROM ({sql}) AS q({', '.join(names)})"


def batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of a result, small enough to encode one at a time."""
    for batch in reader:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


@dataclass
class Write:
    """INSERT, UPDATE, DELETE or MERGE."""

    translation: DuckDbQuery
    kind: str
    target: tuple[str, str]
    atomic: bool = True

    def describe(self, session: Session, oids: Sequence[int]) -> None:
        """Nothing is returned; Redshift has no RETURNING."""

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """Writes, and returns the number of rows."""
        del oids
        self.translation.prepare(session)
        if isinstance(self.translation.tree, exp.Merge):
            require_single_matches(session, self.translation.tree)
        row = session.cursor.execute(self.translation.sql, list(values)).fetchone()
        count = int(row[0]) if row else 0
        session.transaction.touched.append(self.target)
        tag = f"INSERT 0 {count}" if self.kind == "INSERT" else f"{self.kind} {count}"
        return StatementRows(tag, count=count)


def select(session: Session, text: Text) -> SelectStatement:
    """A SELECT or WITH."""
    return SelectStatement(planned(session, text.sql, translate))


def _write(session: Session, text: Text) -> Write:
    translation = translate(session, text.sql)
    return Write(translation, translation.tree.key.upper(), translation.target)


insert = write = _write


@dataclass
class Given:
    """Rows that are already there."""

    table: pa.Table
    fields: tuple[WireField, ...]
    kind: str = "SELECT"
    tag: str = "SELECT"
    atomic: bool = False

    def describe(self, session: Session, oids: Sequence[int]) -> tuple[WireField, ...]:
        """The columns."""
        del session, oids
        return self.fields

    def run(self, session: Session, values: Sequence[Any], oids: Sequence[int]) -> StatementRows:
        """The rows."""
        del session, values, oids
        return StatementRows(self.tag, self.fields, iter(self.table.to_batches(max_chunksize=BATCH)))


def explain(session: Session, text: Text) -> Given:
    """EXPLAIN [VERBOSE]; EXPLAIN ANALYZE does not exist (r_EXPLAIN)."""
    reader = Reader(text, 1)
    if reader.peek() in {"analyze", "analyse", "("}:
        raise reader.error()
    reader.accept("verbose")
    sql = text.between(reader.position, len(text.tokens))
    session.cursor.execute(f"EXPLAIN {translate(session, sql).sql}")  # what cannot be planned is refused
    lines = plan_lines(session, parse_tree(sql))
    return Given(
        pa.table({"QUERY PLAN": pa.array(lines, pa.string())}),
        (field_of("QUERY PLAN", "VARCHAR"),),
        "EXPLAIN",
        "EXPLAIN",
    )
