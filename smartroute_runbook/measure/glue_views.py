"""Views that Glue keeps (Presto views), as views on Redshift: found, translated, proposed; what cannot be is named.

They are made without schema binding: such a view depends on no table, so that a table can be altered or made anew
under it. Source: Redshift developer guide, "CREATE VIEW".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import RunbookError, UsageError
from smartroute_runbook.runs.reconcile import Reconciled, Resource
from smartroute_runbook.runs.secrets.scanning import without_secrets
from smartroute_runbook.runs.steps import Proposal
from smartroute_runbook.translate.exports import glue_view
from smartroute_runbook.translate.qualify import qualified
from smartroute_runbook.translate.rewrite import translate
from smartroute_runbook.translate.schema import Schema

from .glue_schema import glue_columns

if TYPE_CHECKING:
    from smartroute_runbook.runs.run import Run

__all__ = ["CreateViews", "GlueView", "read_views"]


@dataclass(frozen=True)
class GlueView:
    """A view of the database: the statement that makes it on Redshift, or why there is none; what it reads."""

    name: str
    create: str = ""
    why_not: str = ""
    reads: frozenset[str] = frozenset()


def read_views(run: Run) -> tuple[GlueView, ...]:
    """The views of ``athena.database``, each after those that it reads. Reads Glue; changes nothing."""
    database, schema_name = run.settings.athena.database, run.settings.redshift.schema_name
    glue = run.clients.boto("glue")
    with explained(f"Reading the views of {database} from Glue"):
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
        tables = {str(table["Name"]).lower(): table for page in pages for table in page["TableList"]}
    raw = {name: table for name, table in tables.items() if table.get("TableType") == "VIRTUAL_VIEW"}
    if not raw:
        return ()
    carried = {table.lower() for table in run.settings.athena.tables}
    columns = {name: _columns(run, table, carried=name in carried) for name, table in tables.items()}
    columns |= {name: glue_columns(view) for name, view in raw.items()}
    schema = Schema.of({f"{schema_name}.{name}": found for name, found in columns.items() if found})
    views = {name: _read(view, schema, schema_name) for name, view in raw.items()}
    return tuple(_ordered(views, carried))


def _columns(run: Run, table: Mapping[str, Any], *, carried: bool) -> Mapping[str, Any]:
    """A table's columns; none of a table that is not carried and has a type that the runbook does not know."""
    columns = glue_columns(table, run.settings.load.nested)
    try:
        Schema.of({"database.table": columns} if columns else {})
    except UsageError:
        if carried:
            raise
        return {}
    return columns


def _read(view: Mapping[str, Any], schema: Schema, schema_name: str) -> GlueView:
    name = str(view["Name"]).lower()
    sql = glue_view(view)
    if sql is None:
        return GlueView(name, why_not="its text is no Presto view's: write it on Redshift by hand")
    try:
        text, reads = qualified(sql, schema, schema_name)
    except RunbookError as error:
        return GlueView(name, why_not=without_secrets(str(error)))
    target = exp.table_(name, db=schema_name, quoted=True).sql("redshift")
    made = translate(f"CREATE OR REPLACE VIEW {target} AS {text}", schema, name=name)
    if made.sql is None:
        return GlueView(name, why_not="; ".join(f"{p.why}: {p.hint}" for p in made.problems), reads=reads)
    return GlueView(name, f"{made.sql.rstrip().rstrip(';')}\nWITH NO SCHEMA BINDING", reads=reads)


def _ordered(views: Mapping[str, GlueView], carried: set[str]) -> Iterator[GlueView]:
    """Those that read only what there is, one after the other; then those that lack something, with its name."""
    there, left = set(carried), dict(views)
    while ready := [name for name, view in left.items() if view.create and view.reads <= there]:
        for name in sorted(ready):
            yield left.pop(name)
            there.add(name)
    for name, view in sorted(left.items()):
        lacking = sorted(view.reads - there)
        why = f"it reads {', '.join(lacking)}, which is not on Redshift: name it in athena.tables"
        if any(one in views for one in lacking):
            why = f"it reads {', '.join(lacking)}, a view that is not made itself"
        yield replace(view, name=name, create="", why_not=view.why_not or why)


class CreateViews(Reconciled):
    """Make the views that could be translated; a view whose text changed in Glue is made anew."""

    id = "week3.views"
    needs = "week2.loaded"
    undo = "DROP VIEW of each; nothing reads them before the dashboard does"

    def propose(self, run: Run) -> Proposal:
        """Each view's statement; and which views cannot be made, and why."""
        refused = [f"{view.name}: {view.why_not}" for view in read_views(run) if view.why_not]
        facts = {"views that are not made": refused} if refused else {}
        return replace(super().propose(run), facts=facts)

    def resources(self, run: Run) -> Iterator[Resource]:
        """One view each: the statement that made it, as the journal has it, when the view is there."""
        schema = exp.Literal.string(run.settings.redshift.schema_name).sql("redshift")
        with run.redshift() as redshift:
            rows = redshift.query(f"SELECT viewname FROM pg_views WHERE schemaname = {schema}").rows  # noqa: S608  (a literal made by sqlglot)
        there = {str(name).strip() for (name,) in rows}
        made = {entry.body["view"]: entry.body["sql"] for entry in run.journal.of("view")}
        for view in read_views(run):
            if view.create:
                now = {"sql": made.get(view.name, "made by hand")} if view.name in there else None
                why = f"reads {', '.join(sorted(view.reads))}"
                yield Resource(f"view {view.name}", now, {"sql": view.create}, partial(_create, run, view), why)


def _create(run: Run, view: GlueView) -> None:
    with run.redshift() as redshift:
        redshift.execute(view.create)
    run.journal.append("view", {"view": view.name, "sql": view.create})
