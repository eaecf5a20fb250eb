"""The dashboard's queries of a run, translated with the schema that Glue has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from smartroute_runbook.canonical import VOLATILE
from smartroute_runbook.errors import UsageError
from smartroute_runbook.query_parameters import Unbindable
from smartroute_runbook.translate.as_of import AsOf, bound_tables, pin_clock
from smartroute_runbook.translate.query_template import translated
from smartroute_runbook.translate.rewrite import translate
from smartroute_runbook.translate.schema import Schema
from smartroute_runbook.translate.translation import Translation, overview
from smartroute_runbook.views import Code, Folded, Part, View

from .glue_schema import glue_schema

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["DashboardQueries", "Pinned", "dashboard", "translated_queries"]


@dataclass(frozen=True)
class Pinned:
    """Both texts of a query as of one moment, so that its answers can be compared, and what is to be said of them."""

    source: str
    sql: str
    said: str


@dataclass(frozen=True)
class DashboardQueries:
    """Every query of the dashboard and what becomes of it.

    Attributes:
        translations: one a query.
        templates: Redshift text with parameters of those that declare some; all else is of their defaults.
        pinned: those that are compared in another text than the dashboard's.
        covered: the rows that are compared, in words; '' for all.
    """

    evidence_name: ClassVar[str] = "dashboardqueries"
    evidence_version: ClassVar[int] = 1

    translations: tuple[Translation, ...]
    templates: Mapping[str, str] = field(default_factory=dict)
    pinned: Mapping[str, Pinned] = field(default_factory=dict, metadata=VOLATILE)
    covered: str = field(default="", metadata=VOLATILE)

    def compared(self, name: str) -> tuple[str, str]:
        """The texts to run on both engines when a query's answers are compared."""
        one = self.pinned.get(name)
        return (one.source, one.sql) if one else self.pairs[name]

    @property
    def pairs(self) -> dict[str, tuple[str, str]]:
        """Athena and Redshift text by name, of those that have both."""
        return {one.name: (one.source, one.sql) for one in self.translations if one.sql is not None}

    @property
    def redshift(self) -> dict[str, str]:
        """Redshift text by name."""
        return {name: sql for name, (_, sql) in self.pairs.items()}

    @property
    def published(self) -> dict[str, str]:
        """What the dashboard's API is given for Redshift, by name."""
        return {**self.redshift, **self.templates}

    @property
    def blocks(self) -> tuple[str, ...]:
        """A query without a translation blocks the gates over this."""
        return tuple(
            f"query {one.name} is {one.status}: {'; '.join(problem.why for problem in one.problems)}"
            for one in self.translations
            if one.sql is None
        )

    def view(self) -> View:
        """All in one table; each side by side with its reasons, folded."""
        head = overview(self.translations)
        parts: list[Part] = list(head.parts)
        for one in self.translations:
            shown = one.view()
            parts.append(Folded(shown.title, shown.parts))
        for name, template in self.templates.items():
            parts.append(Folded(f"{name}: as it is published, with its parameters", (Code(template),)))
        return View(head.title, tuple(parts), "bad" if self.blocks else "good")


def dashboard(run: Run, as_of: AsOf | None = None) -> DashboardQueries:
    """Translate the dashboard's queries (``experiment.queries``). Reads Glue; changes nothing.

    Args:
        run: the run.
        as_of: up to where both engines hold the same rows; by default the clock alone is pinned, to now.
    """
    schema = glue_schema(run.clients.boto("glue"), run.settings.athena.database, run.settings.load.nested)
    moment = as_of or AsOf(datetime.now(UTC).replace(microsecond=0))
    return translated_queries(run.query_texts, schema, moment)


def translated_queries(queries: Mapping[str, str], schema: Schema, as_of: AsOf) -> DashboardQueries:
    """Translate queries by name, with their parameters' defaults; also as of a moment, where that is another text.

    Raises:
        UsageError: a query declares a parameter wrongly.
    """
    made, templates = [], {}
    for name, text in queries.items():
        try:
            one, template = translated(name, text, schema)
        except Unbindable as error:
            raise UsageError(f"Query {name}: {error}", hint="docs/dashboard-api.md has the forms") from None
        made.append(one)
        if template is not None:
            templates[name] = template
    found = {one.name: _pinned(one, schema, as_of) for one in made if one.sql is not None}
    pinned = {name: texts for name, texts in found.items() if texts}
    return DashboardQueries(tuple(made), templates, pinned, as_of.covered if as_of.rows else "")


def _pinned(one: Translation, schema: Schema, as_of: AsOf) -> Pinned | None:
    clock_note, source = "", one.source
    if any(note.rule == "clock" for note in one.notes):
        source = pin_clock(source, as_of.moment)
        clock_note = f"The clock is pinned to {as_of.moment:%Y-%m-%d %H:%M:%S} UTC on both engines."
    source = bound_tables(source, schema, as_of.rows)
    if source == one.source:
        return None
    sql = translate(source, schema, name=one.name).sql
    if sql is None:  # compared as it is; what the lake has since is then a difference
        return Pinned(one.source, one.sql or "", "Compared as it is: as of a moment it has no translation.")
    return Pinned(source, sql, clock_note)
