"""The dashboard's queries of a run, translated with the schema that Glue has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..canonical import VOLATILE
from ..views import Note, Part, View
from .clock import pin_clock
from .glue import glue_schema
from .model import Translation, overview
from .rewrite import translate
from .schema import Schema

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["DashboardQueries", "dashboard", "translated_queries"]


@dataclass(frozen=True)
class DashboardQueries:
    """Every query of the dashboard and what becomes of it.

    Attributes:
        translations: one a query.
        pinned: both texts of those that ask for the time, with one moment in its place: so they can be compared.
        moment: that moment, UTC.
    """

    translations: tuple[Translation, ...]
    pinned: Mapping[str, tuple[str, str]] = field(default_factory=dict, metadata=VOLATILE)
    moment: str = field(default="", metadata=VOLATILE)

    def compared(self, name: str) -> tuple[str, str]:
        """The texts to run on both engines when a query's answers are compared."""
        return self.pinned.get(name) or self.pairs[name]

    @property
    def pairs(self) -> dict[str, tuple[str, str]]:
        """Athena and Redshift text by name, of those that have both."""
        return {one.name: (one.source, one.sql) for one in self.translations if one.sql is not None}

    @property
    def redshift(self) -> dict[str, str]:
        """Redshift text by name."""
        return {name: sql for name, (_, sql) in self.pairs.items()}

    @property
    def blocks(self) -> tuple[str, ...]:
        """A query without a translation blocks the gates over this."""
        return tuple(
            f"query {one.name} is {one.status}: {'; '.join(problem.why for problem in one.problems)}"
            for one in self.translations
            if one.sql is None
        )

    def view(self) -> View:
        """All in one table, then each side by side."""
        head = overview(self.translations)
        parts: list[Part] = list(head.parts)
        for one in self.translations:
            shown = one.view()
            parts += [Note(f"**{shown.title}**", shown.tone), *shown.parts]
        return View(head.title, tuple(parts), "bad" if self.blocks else "good")


def dashboard(run: Run) -> DashboardQueries:
    """Translate the dashboard's queries (``experiment.queries``). Reads Glue; changes nothing."""
    schema = glue_schema(run.clients.boto("glue"), run.settings.athena.database)
    return translated_queries(run.queries, schema, datetime.now(UTC).replace(microsecond=0))


def translated_queries(queries: Mapping[str, str], schema: Schema, moment: datetime) -> DashboardQueries:
    """Translate queries by name; those that ask for the time also with it pinned to a moment."""
    made = tuple(translate(sql, schema, name=name) for name, sql in queries.items())
    pinned = {}
    for one in made:
        if any(note.rule == "clock" for note in one.notes):
            source = pin_clock(one.source, moment)
            sql = translate(source, schema, name=one.name).sql
            if sql is not None:
                pinned[one.name] = (source, sql)
    return DashboardQueries(made, pinned, f"{moment:%Y-%m-%d %H:%M:%S}" if pinned else "")
