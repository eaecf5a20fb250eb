"""Load a batch: COPY into a staging table, check it, swap it in, and note it in the ledger, in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from smartroute_runbook.engines.quoting import identifier, literal, qualified
from smartroute_runbook.errors import RunbookError, ServiceError, VerificationFailed

from .columns import RedshiftColumn, drift_of, redshift_columns
from .export import Export
from .source import Batch, SourceTable
from .sql import batch_filter, copy_sql, delete_sql, staged
from .types import WIDEST, WIDEST_BINARY, RedshiftType

if TYPE_CHECKING:
    from smartroute_runbook.engines import Redshift, RedshiftDataApi
    from smartroute_runbook.runs.run import Run

__all__ = ["LoadError", "load_batch", "load_error", "refresh_views", "require_columns"]

_STATEMENT = 90_000  # bytes of one statement; the Data API takes 100 kB


@dataclass(frozen=True)
class LoadError:
    """What Redshift reports of a refused file."""

    file: str
    column: str
    value: str
    reason: str

    @property
    def words(self) -> str:
        """Where, what and why."""
        return f"File {self.file}, column {self.column}, value {self.value!r}: {self.reason}"

    @property
    def hint(self) -> str:
        """What helps against this cause."""
        if "longer than the length" in self.reason:
            return (
                f"Correct the value in the lake, or widen column {self.column}: 'smartroute-runbook sync --mend'. "
                "ALTER COLUMN TYPE by hand is refused for a sort or distribution key and for a column that a "
                "materialized view reads"
            )
        if "schema" in self.reason or "Unmatched number" in self.reason:
            return "The table's columns are not the export's: 'smartroute-runbook sync --mend' proposes the ALTER"
        return "Correct the value in the lake, then run again"


def require_columns(table: SourceTable, columns: Sequence[RedshiftColumn], what: str = "loaded into") -> None:
    """Refuse a table whose columns in Redshift are not Glue's.

    Raises:
        VerificationFailed: each difference is named.
    """
    drift = drift_of(table, columns)
    if drift:
        raise VerificationFailed(
            f"Nothing is {what} {table.name}: {'; '.join(one.words for one in drift)}",
            expected="the same columns in the lake and in Redshift",
            hint="'smartroute-runbook sync --mend' proposes the ALTER that mends it, applies it and loads",
        )


def load_batch(run: Run, redshift: Redshift | RedshiftDataApi, table: SourceTable, export: Export, role: str) -> None:
    """One transaction: lock, stage, check counts and partitions, replace the partitions, note them: all or nothing.

    The ledger is locked first, before the transaction's snapshot is taken: a load that was killed may still be running
    in Redshift (the Data API goes on by itself), and the next one must see what it committed. Source of the lock's and
    the snapshot's order: Redshift developer guide, "c_serial_isolation", "r_LOCK".

    Raises:
        VerificationFailed: the table's columns are not those of the export any more.
        ServiceError: the batch was refused; file, column and value are named where Redshift reports them.
    """
    schema, batch = run.settings.redshift.schema_name, export.batch
    columns = redshift_columns(redshift, schema).get(table.name, ())
    require_columns(table, columns)
    where = batch_filter(table.keys, [part.values for part in batch.partitions])
    book = f"{qualified(schema, 'migration_ledger')}"
    statements = [
        f"LOCK TABLE {book}",
        *(_staged(table, columns, export, where, role) if export.total else ()),
        delete_sql(schema, table.name, where),
        *(_swapped(table, columns, schema) if export.total else ()),
        *_noted(run, book, export),
    ]
    try:
        redshift.transaction(statements)
    except ServiceError as error:
        refusal = load_error(redshift, export)
        if refusal is None:
            raise
        raise ServiceError(f"{error} {refusal.words}", hint=refusal.hint) from error
    run.journal.append(
        "loaded",
        {
            "table": table.name,
            "day": batch.date,
            "rows": export.total,
            "bytes": export.bytes,
            "partitions": {part.name: [part.source, export.rows[part.name]] for part in batch.partitions},
        },
    )


def _staged(
    table: SourceTable, columns: Sequence[RedshiftColumn], export: Export, where: exp.Expression, role: str
) -> list[str]:
    """The staging table in the export's own order; the staged rows must be the exported ones, of these partitions."""
    stage = identifier(staged(table.name))
    types = {column.name: column.type for column in columns}
    defined = ", ".join(f"{identifier(name)} {_room(types[name])}" for name, _ in table.all_columns)
    inside = f"SELECT COUNT(*) FROM {stage} WHERE {where.sql('redshift')}"  # noqa: S608  (stage is quoted, where is a sqlglot tree)
    return [
        f"CREATE TEMP TABLE {stage} ({defined})",
        copy_sql(stage, export.manifest, role),
        _asserted(f"SELECT COUNT(*) FROM {stage}", export.total, f"staged rows are not the {export.total} exported"),  # noqa: S608  (quoted by engines.quoting)
        _asserted(inside, export.total, "staged rows belong to other partitions than those that were exported"),
    ]


def _room(kind: RedshiftType) -> str:
    """The column's own type, so that COPY names what does not fit; the widest where the catalogue has no size.

    What becomes SUPER is text until it is parsed.
    """
    if kind.name == "SUPER":
        return f"VARCHAR({WIDEST})"
    return f"VARBYTE({WIDEST_BINARY})" if kind.name == "VARBYTE" and not kind.length else str(kind)


def _asserted(query: str, number: int, message: str) -> str:
    """A statement that fails, and the transaction with it, unless a query counts so many."""
    return f"SELECT CASE WHEN ({query}) = {number} THEN 1 ELSE CAST({literal(message)} AS INTEGER) END"


def _swapped(table: SourceTable, columns: Sequence[RedshiftColumn], schema: str) -> list[str]:
    stage, target = identifier(staged(table.name)), qualified(schema, table.name)
    parsed = {column.name for column in columns if column.type.name == "SUPER"}
    names = [identifier(name) for name, _ in table.all_columns]
    values = [f"JSON_PARSE({identifier(n)})" if n in parsed else identifier(n) for n, _ in table.all_columns]
    alike = [column.name for column in columns] == [name for name, _ in table.all_columns]
    to = f" ({', '.join(names)})"
    if alike and 2 * len(to.encode()) > _STATEMENT:  # both lists of names are more than the Data API takes
        to = ""
    into = f"INSERT INTO {target}{to} SELECT {', '.join(values)} FROM {stage}"  # noqa: S608  (quoted by engines.quoting)
    return [into, f"DROP TABLE {stage}"]


def _noted(run: Run, book: str, export: Export) -> Iterator[str]:
    """The ledger's rows replaced, in statements that any transport takes."""
    batch = export.batch
    ours = f"table_name = {literal(batch.table)}"
    for names in _chunks([literal(part.name) for part in batch.partitions]):
        yield f"DELETE FROM {book} WHERE {ours} AND part IN ({', '.join(names)})"  # noqa: S608  (quoted by engines.quoting)
    for rows in _chunks(list(_rows(run, export))):
        yield f"INSERT INTO {book} VALUES {', '.join(rows)}"  # noqa: S608  (book is quoted, rows are literals)


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode()) + 2
        if chunk and size + length > _STATEMENT:
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += length
    if chunk:
        yield chunk


def _rows(run: Run, export: Export) -> Iterator[str]:
    for part in export.batch.partitions:
        texts = (literal(part.table), literal(part.name), literal(part.source))
        yield f"({', '.join(texts)}, {export.rows[part.name]:d}, {literal(run.id)}, GETDATE())"


def refresh_views(run: Run) -> None:
    """Materialized views over what was loaded: Redshift's own refresh comes when the cluster has time."""
    schema = run.settings.redshift.schema_name
    stale = f"""SELECT name FROM stv_mv_info WHERE "schema" = {literal(schema)} AND is_stale = 't'"""  # noqa: S608  (quoted by engines.quoting)
    with run.redshift() as redshift:
        for (name,) in redshift.query(stale).rows:
            redshift.execute(f"REFRESH MATERIALIZED VIEW {qualified(schema, str(name).strip())}")


def load_error(redshift: Redshift | RedshiftDataApi, export: Export) -> LoadError | None:
    """This export's load error (STL_LOAD_ERRORS; SYS_LOAD_ERROR_DETAIL keeps no values)."""
    ours = literal(export.manifest.split("/")[-2])  # the prefix that no other export has
    sql = (
        "SELECT filename, colname, raw_field_value, err_reason FROM stl_load_errors "  # noqa: S608  (quoted by engines.quoting)
        f"WHERE POSITION({ours} IN filename) > 0 ORDER BY starttime DESC LIMIT 1"
    )
    with contextlib.suppress(RunbookError):
        for file, column, value, reason in redshift.query(sql).rows:
            return LoadError(str(file).strip(), str(column).strip(), str(value).strip()[:80], str(reason).strip())
    return None


def batch_words(batch: Batch) -> str:
    """A batch as messages name it: its table and partition, or its days."""
    if len(batch.partitions) == 1:
        return f"{batch.table} {batch.partitions[0].name}"
    return f"{batch.table} {batch.date}"
