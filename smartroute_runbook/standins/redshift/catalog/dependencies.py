"""What views read: for DROP, and as pg_depend and pg_rewrite tell it, which tools such as dbt ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
from sqlglot import exp

from smartroute_runbook.standins.redshift.database import CATALOG
from smartroute_runbook.standins.redshift.sql.dialect import parse_tree

from .parts import TABLE_OID

if TYPE_CHECKING:
    from smartroute_runbook.standins.redshift.session import Session

__all__ = ["ViewRead", "dependencies", "rewrites", "view_reads"]

PG_CLASS, PG_REWRITE = 1259, 2618
"""Object ids of these two catalog tables in every PostgreSQL."""


class ViewRead(NamedTuple):
    """A view and one relation that it reads; a view WITH NO SCHEMA BINDING holds none (r_CREATE_VIEW)."""

    schema: str
    view: str
    kind: str
    reads: tuple[str, str]


def view_reads(session: Session) -> Iterator[ViewRead]:
    """Each view of the database with each relation that its definition names."""
    views = session.cursor.execute(
        f"SELECT schema_name, table_name, kind, definition FROM {CATALOG}.relations WHERE kind <> 'table'"
    ).fetchall()
    for schema, view, kind, definition in views:
        tables = parse_tree(definition.removeprefix("auto ")).find_all(exp.Table) if definition else ()
        names = {tuple(part.name.lower() for part in each.parts) for each in tables}
        for reads in sorted({place for name in names if (place := session.names.find(name))}):
            yield ViewRead(schema, view, kind, reads)


def dependencies(session: Session) -> pa.Table:
    """pg_depend: the rewrite rule of a view depends on what the view reads."""
    ids = _ids(session)
    pairs = [(ids[each.schema, each.view], ids[each.reads]) for each in view_reads(session) if each.reads in ids]
    return pa.table(
        {
            "classid": pa.array([PG_REWRITE] * len(pairs), pa.int64()),
            "objid": pa.array([view for view, _ in pairs], pa.int64()),
            "objsubid": pa.array([0] * len(pairs), pa.int32()),
            "refclassid": pa.array([PG_CLASS] * len(pairs), pa.int64()),
            "refobjid": pa.array([read for _, read in pairs], pa.int64()),
            "refobjsubid": pa.array([0] * len(pairs), pa.int32()),
            "deptype": pa.array(["n"] * len(pairs), pa.string()),
        }
    )


def rewrites(session: Session) -> pa.Table:
    """pg_rewrite: the rule that each view is, under the view's own object id."""
    ids = _ids(session)
    views = sorted({ids[each.schema, each.view] for each in view_reads(session)})
    return pa.table(
        {
            "oid": pa.array(views, pa.int64()),
            "rulename": pa.array(["_RETURN"] * len(views), pa.string()),
            "ev_class": pa.array(views, pa.int64()),
            "ev_attr": pa.array([-1] * len(views), pa.int16()),
            "ev_type": pa.array(["1"] * len(views), pa.string()),
            "is_instead": pa.array([True] * len(views), pa.bool_()),
        }
    )


def _ids(session: Session) -> dict[tuple[str, str], int]:
    rows = session.cursor.execute(f"SELECT schema_name, table_name, {TABLE_OID} FROM {CATALOG}.relations").fetchall()
    return {(schema, name): oid for schema, name, oid in rows}
