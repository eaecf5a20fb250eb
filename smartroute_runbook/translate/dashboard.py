"""The dashboard's queries of a run, translated with the schema that Glue has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..views import Note, Part, View
from .glue import glue_schema
from .model import Translation, overview
from .rewrite import translate

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["DashboardQueries", "dashboard"]


@dataclass(frozen=True)
class DashboardQueries:
    """Every query of the dashboard and what becomes of it."""

    translations: tuple[Translation, ...]

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
    return DashboardQueries(tuple(translate(sql, schema, name=name) for name, sql in run.queries.items()))
