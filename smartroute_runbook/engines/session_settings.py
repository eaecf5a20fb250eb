"""What a session of Redshift must be set to, so that SQL means there what it was translated and proven to mean.

A database may compare texts without regard to case, and an administrator may give a user's sessions another time zone
or another form of dates: then queries answer otherwise than on Athena, though every table is equal. Where that is so
the runbook asks nothing of Redshift. Sources: Redshift developer guide, "DB_COLLATION", "ALTER USER" and the pages of
the parameters named here; PG_SETTINGS has what a session is set to.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartroute_runbook.errors import UsageError

from .interface import Engine
from .quoting import literal

__all__ = ["require_usual_session"]

_UTC = ("UTC", "GMT", "UCT", "ZULU", "ETC/UTC", "UNIVERSAL")
_USUAL = {
    "timezone": (_UTC, "moments with a time zone are shown and cast in it"),
    "datestyle": (("ISO, MDY", "ISO,MDY"), "dates are written and read by it"),
    "describe_field_name_in_uppercase": (("OFF", "FALSE"), "columns of an answer have other names"),
    "json_parse_dedup_attributes": (("OFF", "FALSE"), "nested values lose attributes when they are loaded"),
    "json_parse_truncate_strings": (("OFF", "FALSE"), "texts in nested values are cut off when they are loaded"),
}
"""By parameter, the values that are usual (the first one by default), and what another one does."""
_ASKED = f"SELECT name, setting FROM pg_settings WHERE LOWER(name) IN ({', '.join(map(literal, _USUAL))})"  # noqa: S608  (constants)


def require_usual_session(redshift: Engine) -> None:
    """Refuse a session that is set otherwise.

    Raises:
        UsageError: each difference is named, with what takes it back.
    """
    others = list(_others(redshift))
    if not others:
        return
    raise UsageError(
        "Redshift would answer otherwise than SQL was translated for: " + "; ".join(why for why, _ in others),
        expected="a database that is CASE_SENSITIVE, and parameters of the session as they are by default",
        hint="; ".join(dict.fromkeys(hint for _, hint in others)),
    )


def _others(redshift: Engine) -> Iterator[tuple[str, str]]:
    """What is set otherwise, and what takes it back."""
    collation = str(redshift.query("SELECT db_collation()").scalar())
    if collation.lower() != "case_sensitive":
        make = "CREATE DATABASE ... COLLATE CASE_SENSITIVE, and name it in redshift.database"
        yield f"the database is {collation}: 'A' equals 'a' in it", make
    for name, value in redshift.query(_ASKED).rows:
        usual, effect = _USUAL[str(name).lower()]
        if str(value).upper() not in usual:
            yield f"{str(name).lower()} is {value} ({effect})", f"ALTER USER ... RESET {str(name).lower()}"
