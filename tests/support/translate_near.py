"""Both stand-ins asked in this process, without their wires, over the lab's rows: for soaks of thousands of queries."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from pyathena.converter import DefaultTypeConverter
from support.translate_lab import DATABASE, REDSHIFT
from witness.standin import StandIn
from witness.trino.answers import Refusal
from witness.trino.queries import TABLES, columns

from smartroute_runbook.errors import ServiceError
from smartroute_runbook.standins.redshift.database import Database
from smartroute_runbook.standins.redshift.errors import SqlError
from smartroute_runbook.standins.redshift.session import Session
from smartroute_runbook.standins.redshift.statements.dispatch import parse
from smartroute_runbook.standins.redshift.wire.encode import FLOAT4


class NearLab:
    """What `Lab` is, for the tables `samples` and `routes`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._athena, self._convert = StandIn(), DefaultTypeConverter().convert
        objects: Any = SimpleNamespace()  # no query reads S3
        self._redshift = Session(Database(objects, Path(self._folder.name) / "near.db"), "near", parse)
        self._redshift.execute(f"CREATE SCHEMA {DATABASE}")
        self._redshift.execute(f"SET search_path TO {DATABASE}, public")
        for name, rows in TABLES.items():
            made = ", ".join(f'"{c}" {REDSHIFT.get(t, t)}' for c, t in columns(name).items())
            self._redshift.execute(f"CREATE TABLE {name} ({made})")
            values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
            self._redshift.execute(f"INSERT INTO {name} VALUES {values}")

    def rows(self, engine: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query, in the types that the drivers give.

        Raises:
            ServiceError: the engine refuses it.
        """
        return self._of_athena(sql) if engine == "athena" else self._of_redshift(sql)

    def _of_athena(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            types, rows = self._athena.run(sql)
        except Refusal as refused:
            raise ServiceError(f"Athena: {refused}") from refused
        names = [re.sub(r"\(.*\)", "", kind) for kind in types]
        return [tuple(self._convert(kind, cell) for kind, cell in zip(names, row, strict=True)) for row in rows]

    def _of_redshift(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            answer = self._redshift.execute(sql)
        except SqlError as error:
            self._redshift.execute("ROLLBACK")
            raise ServiceError(f"Redshift: {error}") from error
        reals = [field.oid == FLOAT4 for field in answer.columns]
        return [tuple(map(_value, row, reals)) for row in answer.rows]


def _value(cell: object, real: bool) -> object:
    """A REAL has the digits that it is written with, as its text on the wire."""
    return float(str(np.float32(cell))) if real and isinstance(cell, float) else cell


def _literal(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''").replace("\\", "\\\\") + "'"
    return str(value) if isinstance(value, (int, float)) or type(value).__name__ == "Decimal" else f"'{value}'"
