"""Does the dashboard answer from the candidate what it answers from the control?

First both are asked through the dashboard's API, as it is. Where the two answers differ, that may be a tie at a LIMIT,
or rows that the lake has and Redshift does not have yet: then the engines themselves are asked over the rows that both
hold, and the candidate's own answer is held against the one that came through the API.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smartroute_runbook.api.routing import CANDIDATE, CONTROL
from smartroute_runbook.api.values import json_value, single
from smartroute_runbook.engines import Column, Rows
from smartroute_runbook.errors import RunbookError
from smartroute_runbook.prove.queries import queries_equal
from smartroute_runbook.prove.results import results_equal
from smartroute_runbook.prove.shape import Shape, shape_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.query_parameters import Unbindable, with_defaults
from smartroute_runbook.tolerance import Tolerance

from .attempt import Taken
from .dashboard import Answer, Dashboard
from .publish import published_text

if TYPE_CHECKING:
    from smartroute_runbook.measure import DashboardQueries
    from smartroute_runbook.runs.run import Run

__all__ = ["Agreement", "Compared", "Proven", "proven"]

_TRIES = 3  # of the API against its own engine: rows that are loaded meanwhile make a difference once
_UNPROVEN = Tolerance(relative=1e-9)  # of fractions, where nobody knows what the query computes


@dataclass(frozen=True)
class Proven:
    """A query as week 3 compared it.

    Attributes:
        control: Athena's text, over the rows that both engines hold.
        candidate: Redshift's text over the same rows.
        text: Redshift's text as it is published.
        tolerances: by output column.
    """

    control: str
    candidate: str
    text: str
    tolerances: Mapping[str, Tolerance]


def proven(queries: DashboardQueries, texts: Mapping[str, str]) -> dict[str, Proven]:
    """The dashboard's queries as they were compared, by name.

    Args:
        queries: translated, as of where both engines hold the same rows.
        texts: what is published for Redshift, by name.
    """
    found = {}
    for one in queries.translations:
        if one.sql is not None:
            control, candidate = queries.compared(one.name)
            over_view = texts[one.name] not in (one.sql, queries.templates.get(one.name))
            pair = (control, texts[one.name] if over_view else candidate)
            found[one.name] = Proven(*pair, texts[one.name], one.tolerances)
    return found


@dataclass(frozen=True)
class Compared:
    """One query on both engines.

    Attributes:
        wrong: how the candidate's answer differs; '' for not at all.
        failed: why there was nothing to compare: an engine did not answer.
        behind: the answers differ because Redshift lacks partitions that the lake has.
    """

    query: str
    wrong: str = ""
    failed: str = ""
    behind: bool = False
    taken: tuple[Taken, ...] = ()


class Agreement:
    """Compares answers.

    Args:
        run: the run.
        queries: as they were proven, by name; or names alone, where only the API can be asked.
        backlog: how many partitions Redshift lacks; asked only where the engines themselves disagree.
    """

    def __init__(
        self, run: Run, queries: Iterable[str] | Mapping[str, Proven], backlog: Callable[[Run], int] | None = None
    ) -> None:
        self._run, self._backlog = run, backlog
        given = queries if isinstance(queries, Mapping) else {}
        self._proven = {name: one for name, one in given.items() if isinstance(one, Proven)}

    def ask(self, dashboard: Dashboard, query: str, pool: Executor) -> tuple[Future[Taken], Future[Taken]]:
        """Ask a query of the control and of the candidate through the API, in threads of a pool."""
        control, candidate = (pool.submit(self._ask, dashboard, query, engine) for engine in (CONTROL, CANDIDATE))
        return control, candidate

    def compare(self, dashboard: Dashboard, query: str, taken: tuple[Taken, Taken] | None = None) -> Compared:
        """Say whether both engines' answers agree.

        Args:
            dashboard: asked through its API.
            query: its name.
            taken: the control's answer and the candidate's, where they were asked already.
        """
        control, candidate = taken or (self._ask(dashboard, query, CONTROL), self._ask(dashboard, query, CANDIDATE))
        taken = (control, candidate)
        for one in taken:
            if one.answer.error:
                return Compared(query, failed=f"{one.asked}: {one.answer.error}", taken=taken)
        try:
            why = self._quick(query, control.answer, candidate.answer) and self._confirmed(dashboard, query)
        except RunbookError as error:
            return Compared(query, failed=f"the answers differ, and could not be settled: {error}", taken=taken)
        if why and self._backlog is not None and query in self._proven and (lacking := self._backlog(self._run)):
            lake = (
                f"{plural(lacking, 'partition is', 'partitions are')} not loaded as in the lake: "
                "'smartroute-runbook sync' loads them"
            )
            return Compared(query, failed=lake, behind=True, taken=taken)
        return Compared(query, wrong=why, taken=(control, replace(candidate, wrong=why)))

    def _ask(self, dashboard: Dashboard, query: str, engine: str) -> Taken:
        at = time.monotonic()
        return Taken(at, dashboard.ask(query, engine), engine)

    def _quick(self, query: str, control: Answer, candidate: Answer) -> str:
        """How the API's two answers differ; a tie at the LIMIT is no difference."""
        shape, known = self._shape(query, CONTROL), self._proven.get(query)
        allowed = known.tolerances if known else None
        return _differs(_rows(control.columns, control.rows), _rows(candidate.columns, candidate.rows), shape, allowed)

    def _confirmed(self, dashboard: Dashboard, query: str) -> str:
        """What is wrong with the candidate when the API's answers differ; '' where the lake has moved on, or a tie."""
        known = self._proven.get(query)
        if known is None:
            return "the rows differ"
        published = published_text(self._run, query, CANDIDATE)
        if published != known.text:
            return "the rows differ, and the text that is published for it is not the one that was proven"
        with self._run.redshift() as redshift:
            proof = queries_equal(
                self._run.athena(), redshift, known.control, known.candidate, name=query, tolerances=known.tolerances
            )
            if proof.verdict == "different":
                return proof.why
            return self._through_the_api(dashboard, query, known.text, redshift)

    def _through_the_api(self, dashboard: Dashboard, query: str, sql: str, redshift: Any) -> str:
        """Whether the API tells what its own engine says."""
        shape, why, sql = self._shape(query, CANDIDATE), "", with_defaults(sql)
        for _ in range(_TRIES):
            own = redshift.query(sql)
            answer = dashboard.ask(query, CANDIDATE)
            why = answer.error or _differs(_as_sent(own), _rows(answer.columns, answer.rows), shape, {})
            if not why:
                return ""
        return f"the API tells other rows than the engine itself: {why}"

    def _shape(self, query: str, engine: str) -> Shape:
        """What the published text promises; nothing where it is none that can be read."""
        try:
            text = with_defaults(published_text(self._run, query, engine) or "")
            return replace(shape_of(text, "athena" if engine == CONTROL else "redshift"), moving="")
        except (RunbookError, Unbindable):
            return Shape()


def _differs(control: Rows, candidate: Rows, shape: Shape, allowed: Mapping[str, Tolerance] | None) -> str:
    """How two answers of the API differ; '' for not at all.

    Args:
        control: one answer.
        candidate: the other one.
        shape: what the query promises.
        allowed: tolerances by column, every other one is exact; None where they are not known.
    """
    if len(control.columns) != len(candidate.columns):
        return f"{plural(len(control.columns), 'column')} against {len(candidate.columns)}"
    kinds = [_kind([row[n] for row in (*control.rows, *candidate.rows)]) for n in range(len(control.columns))]
    columns = tuple(Column(c.name, kind) for c, kind in zip(control.columns, kinds, strict=True))
    if allowed is None:
        sides = (control.rows, candidate.rows)
        allowed = {c.name.lower(): _UNPROVEN for n, c in enumerate(columns) if _fractions(n, sides)}
    # The order of the rows is week 3's to prove: sorting of text in the API's JSON says nothing about it.
    unordered = replace(shape, order=(), ordered=False) if shape.limit is None else shape
    proof = results_equal(replace(control, columns=columns), replace(candidate, columns=columns), tolerances=allowed,
                          shape=unordered)  # fmt: skip
    return "" if proof.verdict in ("equal", "within", "tie", "nothing to compare") else proof.why


def _rows(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Rows:
    return Rows(tuple(Column(name, "varchar") for name in names), [tuple(row) for row in rows], 0.0)


def _as_sent(own: Rows) -> Rows:
    """An engine's own answer as the API would tell it."""
    forms = [single if column.type == "real" else json_value for column in own.columns]
    sent = [
        [None if value is None else form(value) for form, value in zip(forms, row, strict=True)] for row in own.rows
    ]
    return _rows([column.name for column in own.columns], sent)


def _fractions(column: int, sides: Iterable[Sequence[Sequence[Any]]]) -> bool:
    return any(isinstance(row[column], float) for rows in sides for row in rows)


def _kind(values: Sequence[Any]) -> str:
    there = [value for value in values if value is not None]
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in there)
    return "double" if there and numbers else "varchar"
