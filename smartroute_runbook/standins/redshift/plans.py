"""Translated SELECTs, kept while nothing that they depend on has changed: a dashboard sends the same texts all day.

What a translation depends on is the text, the types of its parameters, the session's settings and search path, and the
schema of the database. Privileges are asked each time. Rows are kept elsewhere (``result_cache``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartroute_runbook.standins.redshift.wire.encode import WireField

if TYPE_CHECKING:
    from .session import Session
    from .sql.to_duckdb import DuckDbQuery

__all__ = ["SelectPlan", "planned"]

ENTRIES = 500
SAME_TRANSLATION = frozenset({"query_group", "application_name", "statement_timeout"})  # settings that change none


@dataclass
class SelectPlan:
    """A translated SELECT, and the columns of its result once they were asked for."""

    translation: DuckDbQuery
    fields: tuple[WireField, ...] | None = None


def planned(session: Session, text: str, translate: Callable[[Session, str], DuckDbQuery]) -> SelectPlan:
    """The plan of a SELECT with parameters of the session's ``parameter_oids``: the one that is kept, else a new one.

    Raises:
        SqlError: what Redshift refuses; 42501, a table of it may not be read.
    """
    plans, key = session.engine.plans, _key(session, text)
    if key is not None and (kept := plans.get(key)):
        for schema, table in kept.translation.reads:
            session.names.may("select", "table", schema, table)
        return kept
    made = SelectPlan(translate(session, text))
    if key is not None and not made.translation.views:  # relations of the catalog are made for a session
        if len(plans) >= ENTRIES:
            plans.clear()
        plans[key] = made
    return made


def _key(session: Session, text: str) -> Hashable | None:
    """None where a session may see other tables than the rest: within a transaction, or with temporary ones."""
    if session.transaction.status != b"I" or session.names.has_temporary():
        return None
    settings = tuple((name, value) for name, value in session.settings.items() if name not in SAME_TRANSLATION)
    return text, session.parameter_oids, session.names.schemas()[1:], settings, session.engine.schema_version
