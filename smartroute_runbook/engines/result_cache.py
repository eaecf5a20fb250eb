"""Redshift's result cache: off where rows are proven and engines compared, and asked whether it was hit.

Source: Redshift developer guide, "Result caching" (``enable_result_cache_for_session``) and SYS_QUERY_HISTORY
(``result_cache_hit``, ``query_label`` from ``SET query_group``).
"""

from __future__ import annotations

import re

from smartroute_runbook.errors import ServiceError, UsageError

from .interface import Engine
from .quoting import literal

__all__ = ["cache_hits", "label_session", "quoted", "require_rows_read", "set_result_cache"]


def quoted(label: str) -> str:
    """A label as SQL text; SET takes no bound parameter, and engines disagree on how a quote is escaped.

    Raises:
        UsageError: the label has characters other than letters, digits, blanks and ``_.:/-``, or more than 320.
    """
    if not re.fullmatch(r"[\w .:/-]{1,320}", label, re.ASCII):
        raise UsageError(f"{label!r} is not a label", expected="at most 320 letters, digits, blanks and _.:/-")
    return literal(label)


def set_result_cache(engine: Engine, *, on: bool) -> bool:
    """Switch the session's result cache; whether the session then says so."""
    wanted = "on" if on else "off"
    try:
        engine.execute(f"SET enable_result_cache_for_session TO {wanted}")
        return str(engine.query("SHOW enable_result_cache_for_session").scalar()).lower() == wanted
    except (ServiceError, IndexError):
        return False


def require_rows_read(engine: Engine) -> None:
    """Switch the result cache off: what was answered before proves nothing of the rows.

    Raises:
        ServiceError: it stays on.
    """
    if not set_result_cache(engine, on=False):
        raise ServiceError(
            "Redshift does not switch its result cache off for this session, so that no proof would read its rows",
            expected="'off' from SHOW enable_result_cache_for_session",
            hint="Run again; if it stays, look whether the user may SET it",
        )


def label_session(engine: Engine, label: str) -> bool:
    """Name the session's queries in SYS_QUERY_HISTORY; whether the engine could."""
    try:
        engine.execute(f"SET query_group TO {quoted(label)}")
    except ServiceError:
        return False
    return True


def cache_hits(engine: Engine, label: str) -> tuple[int, int] | None:
    """Queries with a label that the result cache answered, and all of them; None when the engine does not tell."""
    try:
        found = engine.query(
            "SELECT SUM(CASE WHEN result_cache_hit THEN 1 ELSE 0 END), COUNT(*) FROM sys_query_history "  # noqa: S608  (quoted by engines.quoting)
            f"WHERE query_label = {quoted(label)} AND query_type = 'SELECT'"
        )
    except ServiceError:
        return None
    hits, total = found.rows[0]
    return int(hits or 0), int(total)
