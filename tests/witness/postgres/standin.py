"""The Redshift stand-in asked in this process, without its wire: an expression's value as text."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from smartroute_runbook.standins.redshift.database import Database
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statements.dispatch import parse

from .answers import Answer


class RedshiftStandIn:
    """One session on a database of its own."""

    def __init__(self, folder: Path) -> None:
        objects: Any = SimpleNamespace()  # no expression reads S3
        self.session = Session(Database(objects, folder / "witness.db"), "witness", parse)

    def ask(self, text: str) -> Answer:
        """The value, or the SQLSTATE that it fails with; ``not rehearsable`` where the stand-in says so."""
        try:
            ((value,),) = self.session.execute(f"SELECT {text}").rows
        except SqlError as error:
            self.session.execute("ROLLBACK")
            return ("not rehearsable" if "not rehearsable" in str(error) else error.state), True
        return value, False

    def rows(self, sql: str) -> list[list[Any]]:
        """A statement's rows.

        Raises:
            SqlError: it fails; what was open is rolled back.
        """
        try:
            return [list(row) for row in self.session.execute(sql).rows]
        except SqlError:
            self.session.execute("ROLLBACK")
            raise
