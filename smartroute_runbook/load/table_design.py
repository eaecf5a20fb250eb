"""The design of a Redshift table: column types and widths, distribution and sort key, each with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.engines.quoting import identifier, qualified
from smartroute_runbook.errors import AccessDenied, ServiceError, Unreachable, UsageError
from smartroute_runbook.lake import Registered, registered
from smartroute_runbook.lake.bucket import run_output
from smartroute_runbook.quantities import plural

from .keys import keys_of
from .source import SourceTable
from .sql import batch_filter, json_text
from .types import RedshiftType, base_of, has_width, nested, text, type_of, width_for

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["TableDesign", "design_table", "widths"]

_WIDTHS_AT_ONCE = 200
_FEW = 3  # files that are named of a partition that is not read, and others that are read to be sure


@dataclass(frozen=True)
class TableDesign:
    """A Redshift table: columns with their types and why, and its keys."""

    name: str
    columns: tuple[tuple[str, str, str], ...]
    distribution: str
    sort: tuple[str, ...]
    why: str

    @property
    def keys(self) -> str:
        """Its keys in words, for the signer."""
        sort = f", sorted by {', '.join(self.sort)}" if self.sort else ""
        return f"{self.name}: {self.distribution or 'distributed by Redshift'}{sort}"

    def ddl(self, schema: str) -> str:
        """CREATE TABLE; no primary key is declared: Redshift does not enforce one and trusts a false one."""
        columns = ",\n    ".join(f"{identifier(name)} {kind}" for name, kind, _ in self.columns)
        keys = f"\n{self.distribution}" if self.distribution else ""
        if self.sort:
            keys += f"\nCOMPOUND SORTKEY ({', '.join(identifier(name) for name in self.sort)})"
        return f"CREATE TABLE IF NOT EXISTS {qualified(schema, self.name)} (\n    {columns}\n){keys}"


def design_table(run: Run, table: SourceTable) -> TableDesign:
    """Types from Glue, widths from the longest value in bytes: one scan of the text and binary columns.

    Raises:
        UsageError: a value is longer than any column of Redshift.
    """
    types = {name: type_of(name, kind, table.carried) for name, kind in table.all_columns}
    widest = widths(run, table)
    distribution, sort, why = keys_of(table, run.settings.load.design)
    columns = []
    for name, kind in table.all_columns:
        if not has_width(kind):
            columns.append((name, str(types[name]), ""))
            continue
        width, reason = width_for(name, kind, widest.get(name, 0))
        sized = RedshiftType(types[name].name, width) if types[name].sized else types[name]
        how = f"{kind}, carried as JSON (load.nested: {table.carried}); " if nested(kind) else ""
        columns.append((name, str(sized), f"{how}{reason}"))
    return TableDesign(table.name, tuple(columns), distribution, sort, why)


def widths(run: Run, table: SourceTable) -> dict[str, int]:
    """Bytes of the longest value of each text and binary column, partition columns too, in passes that Athena takes.

    Raises:
        UsageError: a column holds text that is not UTF-8: Trino reads and unloads its bytes as they are, and COPY
            refuses them (error 1220, "Multibyte character load errors").
    """
    names = [(name, kind) for name, kind in table.all_columns if has_width(kind)]
    widest: dict[str, int] = {}
    for start in range(0, len(names), _WIDTHS_AT_ONCE):
        some = names[start : start + _WIDTHS_AT_ONCE]
        lengths = [
            exp.Max(this=exp.Length(this=_bytes(name, kind))).as_(f"w{n}") for n, (name, kind) in enumerate(some)
        ]
        texts = [(name, kind) for name, kind in some if text(kind) or nested(kind)]
        counts = [exp.CountIf(this=_is_broken(name, kind)).as_(f"u{n}") for n, (name, kind) in enumerate(texts)]
        query = exp.select(*lengths, *counts).from_(exp.table_(table.name, db=table.database, quoted=True))
        row = _read(run, table, query)
        for (name, kind), broken in zip(texts, row[len(some) :], strict=True):
            if broken:
                raise UsageError(
                    f"Column '{name}' of {table.database}.{table.name} holds "
                    f"{plural(int(broken), 'value that is', 'values that are')} not UTF-8",
                    expected="text in UTF-8: COPY takes no other, and no option of it for Parquet replaces bytes",
                    hint=f'Find them: SELECT "$path" ... WHERE {_is_broken(name, kind).sql("athena")}; '
                    "write those files anew",
                )
        widest |= {name: int(value or 0) for (name, _), value in zip(some, row, strict=False)}
    return widest


def _is_broken(name: str, kind: str) -> exp.Expression:
    """Whether a text's bytes are not UTF-8: FROM_UTF8 puts U+FFFD where they are not."""
    whole = exp.Anonymous(
        this="TO_UTF8", expressions=[exp.Anonymous(this="FROM_UTF8", expressions=[_bytes(name, kind)])]
    )
    return exp.NEQ(this=whole, expression=_bytes(name, kind))


def _read(run: Run, table: SourceTable, query: exp.Select) -> tuple[Any, ...]:
    """The only row of a query over a whole table.

    Raises:
        ServiceError: Athena cannot read all of it: with the first partition and the files that it does not read, such
            as of text that is not UTF-8.
    """
    athena = run.athena(run.settings.athena.migration_workgroup, run_output(run))

    def refused(where: exp.Expression | None) -> ServiceError | None:
        try:
            athena.query((query.where(where) if where is not None else query).sql("athena"))
        except (AccessDenied, Unreachable):
            raise  # of no one file
        except ServiceError as error:
            return error
        return None

    try:
        return athena.query(query.sql("athena")).rows[0]
    except (AccessDenied, Unreachable):
        raise
    except ServiceError as error:
        raise ServiceError(
            f"Table {table.database}.{table.name} cannot be read whole{_where(run, table, refused)}: {error.what}",
            hint="Correct what is named (text must be UTF-8, values of their column's type), then run again",
        ) from error


def _where(run: Run, table: SourceTable, refused: Callable[[exp.Expression | None], ServiceError | None]) -> str:
    """The first partition that is not read, with its files, found by halving; '' where others are refused alike."""
    every = registered(run, table)
    if not table.keys or not every:
        return ""

    def read(*some: Registered) -> bool:
        return refused(batch_filter(table.keys, [one.values for one in some])) is None

    parts = every
    while len(parts) > 1:
        half = parts[: len(parts) // 2]
        parts = parts[len(half) :] if read(*half) else half
    others = [one for one in every if one not in parts][:_FEW]
    if read(*parts) or (others and not any(map(read, others))):
        return ""
    files = [file.address for file in parts[0].files]
    more = f" and {len(files) - _FEW:,} more" if len(files) > _FEW else ""
    return f", for partition {parts[0].name} ({', '.join(files[:_FEW])}{more})"


def _bytes(name: str, kind: str) -> exp.Expression:
    """A value's bytes."""
    value: exp.Expression = json_text(name) if nested(kind) else exp.column(name, quoted=True)
    if base_of(kind) == "char":  # of which Trino has no TO_UTF8
        value = exp.cast(value, "VARCHAR")
    if text(kind) or nested(kind):
        value = exp.Anonymous(this="TO_UTF8", expressions=[value])
    return value
