"""Redshift of the truth tables: redshift_connector over TLS."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import redshift_connector
from truth.truth_answer import Answer, Refused

from smartroute_runbook.rehearsal.smartroute_account import LAKE

NAMES = {
    16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 700: "real", 701: "double precision",
    1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 4000: "super",
}  # fmt: skip


class RedshiftTruth:
    """Each row runs in a transaction of its own that is rolled back; ``as: someone`` runs it as that user."""

    def __init__(self, stack: Any) -> None:
        self._stack, self._count = stack, itertools.count()
        self._connection = self._connect()

    def _connect(self, **given: Any) -> Any:
        env = self._stack.environ()
        options = {
            "host": "localhost",
            "port": int(env["SMARTROUTE_REDSHIFT_PORT"]),
            "user": env["SMARTROUTE_REDSHIFT_USER"],
            "password": env["SMARTROUTE_REDSHIFT_PASSWORD"],
            "database": env["SMARTROUTE_REDSHIFT_DATABASE"],
        }
        connection = redshift_connector.connect(**{**options, **given})
        connection.autocommit = True
        return connection

    def run(self, statements: list[str], row: dict[str, Any]) -> Answer:
        number = next(self._count)
        names = {"{scratch}": f"s3://{LAKE}/truth-redshift/{number}/", "{id}": f"row_{number}"}
        cursor = self._connection.cursor()
        answer = Answer(None, "")
        try:
            for statement in statements:
                for name, value in names.items():
                    statement = statement.replace(name, value)
                try:
                    cursor.execute(statement)
                except redshift_connector.Error as error:
                    raise Refused(" ".join(str(part) for part in error.args[0].values())) from error
                answer = _answer(cursor)
            return answer
        finally:
            cursor.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


def _answer(cursor: Any) -> Answer:
    if not cursor.description:
        return Answer(None, "")
    rows = cursor.fetchall()
    described = cursor.ps["row_desc"][0]
    kind = NAMES.get(described["type_oid"], str(described["type_oid"]))
    if described["type_oid"] == 1700:
        modifier = described["type_modifier"] - 4
        kind = f"numeric({modifier >> 16},{modifier & 0xFFFF})"
    return Answer(_text(rows[0][0]) if rows else "(no rows)", kind)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return str(value)
    return str(value)
