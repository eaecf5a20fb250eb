"""What Redshift's own plans, tables and logs advise: a finding, and what a table should be instead where that is known.

Where several queries want different things of a table, it gets what most of them want. Sources: Redshift developer
guide, "Choose the best distribution style", "Choose the best sort key", "SVV_TABLE_INFO", "SYS_QUERY_DETAIL".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp

from smartroute_runbook.engines import Engine
from smartroute_runbook.engines.quoting import literal
from smartroute_runbook.quantities import plural

from .plans import Moved, moved_by, parsed, scans

__all__ = ["APPLIED", "LIMITS", "Advice", "Kind", "TableState", "advice_on", "table_states"]

Kind = Literal["vacuum", "analyze", "distribution", "sort-key", "query", "view", "queue", "compile"]
"""The first four change a table (``APPLIED``), ``view`` is what ``week3.materialize`` makes; the rest is for people."""

APPLIED: tuple[Kind, ...] = ("distribution", "sort-key", "vacuum", "analyze")
"""In the order in which they are applied: each makes the later ones necessary."""

LARGE_ROWS = 1_000_000
"""From so many rows on, a sort key that queries filter on, or a distribution key, is worth a rewrite of the table."""

LIMITS = {"unsorted": 20.0, "stats_off": 10.0, "skew_rows": 4.0}
"""Of SVV_TABLE_INFO: percent unsorted, percent that statistics are off, rows of the fullest over the emptiest slice."""


@dataclass(frozen=True)
class TableState:
    """A table as SVV_TABLE_INFO and PG_TABLE_DEF have it; None where they do not tell.

    Attributes:
        distribution: such as ``KEY(stop_id)``, ``EVEN``, ``AUTO(ALL)``.
        sort: columns of its compound sort key; empty for none.
        fixed: why its keys cannot be altered; '' where they can.
    """

    name: str
    rows: int
    distribution: str
    sort: tuple[str, ...]
    unsorted: float | None
    stats_off: float | None
    skew: float | None
    fixed: str = ""

    @property
    def numbers(self) -> Mapping[str, float | None]:
        """By their names in ``LIMITS``."""
        return {"unsorted": self.unsorted, "stats_off": self.stats_off, "skew_rows": self.skew}

    def over(self, name: str) -> bool:
        """Whether a number is above its limit."""
        value = self.numbers[name]
        return value is not None and value > LIMITS[name]


@dataclass(frozen=True)
class Advice:
    """One finding.

    Attributes:
        where: a query or a table.
        why: what was seen, and what to do.
        table: that is to be changed; '' where no statement does it.
        wanted: its distribution (``ALL``, ``EVEN``, ``KEY(column)``), or the columns of its sort key with commas.
    """

    kind: Kind
    where: str
    why: str
    table: str = ""
    wanted: str = ""


def table_states(engine: Engine, schema: str) -> tuple[TableState, ...]:
    """The tables of a schema that have rows.

    Raises:
        ServiceError: the engine has no such tables of its own.
    """
    named = literal(schema)
    numbers = engine.query(
        'SELECT "table", tbl_rows, diststyle, sortkey1, unsorted, stats_off, skew_rows FROM svv_table_info '  # noqa: S608  (quoted by engines.quoting)
        f'WHERE "schema" = {named} ORDER BY 1'
    ).rows
    columns = engine.query(
        f'SELECT tablename, "column", sortkey FROM pg_table_def WHERE schemaname = {named} AND sortkey <> 0'  # noqa: S608  (quoted by engines.quoting)
    ).rows
    keys: dict[str, list[tuple[int, str]]] = {}
    for table, column, place in columns:
        keys.setdefault(str(table), []).append((int(place), str(column)))
    return tuple(_state(row, sorted(keys.get(str(row[0]), []), key=lambda one: abs(one[0]))) for row in numbers)


def _state(row: Sequence[object], keys: Sequence[tuple[int, str]]) -> TableState:
    name, rows, distribution, sort, *numbers = row
    unsorted, stats_off, skew = (None if value is None else float(str(value)) for value in numbers)
    interleaved = "its sort key is interleaved" if any(place < 0 for place, _ in keys) else ""
    automatic = "Redshift chooses its keys" if "AUTO" in str(sort or "") and "AUTO" in str(distribution) else ""
    return TableState(
        str(name), int(float(str(rows or 0))), str(distribution), tuple(column for _, column in keys), unsorted,
        stats_off, skew, interleaved or automatic,
    )  # fmt: skip


def advice_on(
    plans: Mapping[str, Sequence[str]],
    texts: Mapping[str, str],
    tables: Sequence[TableState],
    large: int = LARGE_ROWS,
) -> tuple[Advice, ...]:
    """All findings, those that change a table first, in the order in which they are applied.

    Args:
        plans: what EXPLAIN printed of each query, by its name.
        texts: their Redshift SQL.
        tables: as ``table_states`` read them.
        large: rows from which on keys are worth a rewrite.
    """
    known = {table.name: table for table in tables}
    trees = {name: parsed(plan) for name, plan in plans.items()}
    moves = {name: moved_by(tree) for name, tree in trees.items()}
    reads = {name: {scan[0] for scan in scans(tree)} for name, tree in trees.items()}
    changes = [
        *_distributions(moves, known, large),
        *_sort_keys(texts, reads, known, large),
        *(one for table in tables for one in _of_table(table)),
    ]
    changed = {(one.kind, one.table) for one in changes}
    for name, joins in moves.items():
        changes += [_unsolved(name, join) for join in joins if ("distribution", join.inner) not in changed]
    return tuple(sorted(changes, key=lambda one: APPLIED.index(one.kind) if one.kind in APPLIED else len(APPLIED)))


def _distributions(moves: Mapping[str, list[Moved]], known: Mapping[str, TableState], large: int) -> Iterator[Advice]:
    wanted: dict[str, Counter[str]] = {}
    asked: dict[str, set[str]] = {}
    for name, joins in moves.items():
        for join in joins:
            for table, style in _styles(join, known, large):
                wanted.setdefault(table, Counter())[style] += 1
                asked.setdefault(table, set()).add(f"{name} ({join.how})")
    for table, styles in wanted.items():
        style = min(styles, key=lambda one: (-styles[one], one))
        yield Advice("distribution", table, _joins(known[table], asked[table], style), table, style)
    for state in known.values():
        if state.over("skew_rows") and state.name not in wanted and not state.fixed:
            times = f"the fullest slice of {state.name} has {state.skew:.1f} times the rows of the emptiest"
            yield Advice("distribution", state.name, f"{times}: distribute it evenly", state.name, "EVEN")


def _styles(join: Moved, known: Mapping[str, TableState], large: int) -> Iterator[tuple[str, str]]:
    """What keeps a join's rows where they are: a copy of a small table on each node, or the join's key for both."""
    inner, outer = known.get(join.inner), known.get(join.outer)
    if inner is not None and inner.rows < large:
        pairs = [(inner, "ALL")]
    elif inner is not None and outer is not None and all(join.columns):
        pairs = [(outer, f"KEY({join.columns[0]})"), (inner, f"KEY({join.columns[1]})")]
    else:
        pairs = []
    yield from ((one.name, style) for one, style in pairs if not one.fixed and one.distribution != style)


def _joins(table: TableState, queries: set[str], style: str) -> str:
    how = "a copy of it on every node" if style == "ALL" else "rows with the same key on the same slice"
    return (
        f"{', '.join(sorted(queries))} moves rows to join {table.name} ({plural(table.rows, 'row')}): {how} needs "
        "no move"
    )


def _sort_keys(
    texts: Mapping[str, str], reads: Mapping[str, set[str]], known: Mapping[str, TableState], large: int
) -> Iterator[Advice]:
    """A sort key skips blocks only for queries that filter on its first column."""
    filters = {name: _filtered(sql) for name, sql in texts.items()}
    for table in known.values():
        if table.rows < large or table.fixed:
            continue
        counts = Counter(
            column for name, columns in filters.items() if table.name in reads.get(name, set()) for column in columns
        )
        first = table.sort[0] if table.sort else ""
        best = min(counts, key=lambda one: (-counts[one], one), default="")
        if not best or counts[best] <= counts.get(first, 0):
            continue
        columns = (best, *(column for column in table.sort if column != best))
        why = (
            f"{plural(counts[best], 'query filters', 'queries filter')} on {best}, {counts.get(first, 0)} on "
            f"{first or 'its sort key (none)'}"
        )
        yield Advice("sort-key", table.name, f"{why}: sort {table.name} by it first", table.name, ", ".join(columns))


def _filtered(sql: str) -> set[str]:
    """Columns that stand bare on one side of a condition of WHERE: a function over one skips nothing."""
    try:
        tree = sqlglot.parse_one(sql, read="redshift")
    except sqlglot.errors.SqlglotError:
        return set()
    columns = set()
    for where in tree.find_all(exp.Where):
        for condition in where.find_all(exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In):
            sides = (condition.this, condition.args.get("expression"))
            columns |= {side.name for side in sides if isinstance(side, exp.Column)}
    return columns


def _of_table(table: TableState) -> Iterator[Advice]:
    if table.over("unsorted"):
        why = f"{table.unsorted:.0f}% of {table.name} is unsorted: filters on its sort key skip less"
        yield Advice("vacuum", table.name, why, table.name)
    if table.over("stats_off"):
        why = f"statistics of {table.name} are {table.stats_off:.0f}% off: plans rest on wrong sizes"
        yield Advice("analyze", table.name, why, table.name)


def _unsolved(query: str, join: Moved) -> Advice:
    between = " and ".join(name for name in (join.outer, join.inner) if name) or "what subqueries give"
    return Advice("query", query, f"{join.how}: a join of {between} moves rows between nodes, and no key helps")
