"""psycopg2 against the Redshift stand-in: named cursors, values, errors, cancelling."""

from __future__ import annotations

import datetime as dt
import os
import threading
from decimal import Decimal
from io import StringIO
from typing import Any

import psycopg2
import psycopg2.errors
from outcome import Checks, fail_late
from psycopg2.extras import execute_values

MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001  a TIMESTAMP has no zone
ROW = (1, "ü'\\", Decimal("-12.50"), dt.date(2024, 2, 29), MOMENT, 0.1, True, 2**40, None)


def main() -> None:
    connection = psycopg2.connect("", sslrootcert=os.environ["PGSSLROOTCERT"])
    number = psycopg2.__version__.split()[0]
    checks = Checks(
        "psycopg2", number, lambda error: getattr(error, "pgcode", None) or "", lambda: connection.rollback()
    )
    cursor = connection.cursor()

    def rows(sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        cursor.execute(sql, values)
        return cursor.fetchall()

    def named(**options: Any) -> Any:
        with connection.cursor("mine", **options) as server_side:
            server_side.itersize = 7
            server_side.execute("SELECT n FROM many2 ORDER BY n")
            return server_side.fetchmany(3), sum(n for (n,) in server_side)

    def slow() -> None:
        timer = threading.Timer(0.7, connection.cancel)
        timer.start()
        cursor.execute("SELECT count(*) FROM many2 a, many2 b, many2 c, many2 d, many2 e")

    def encoded() -> Any:
        before = connection.encoding
        connection.rollback()
        connection.set_client_encoding("UTF8")
        return before, connection.encoding, rows("SELECT 'ü'::varchar(4)")

    cursor.execute(
        "CREATE TABLE p2 (a int, b varchar(20), c decimal(10,2), d date, e timestamp, g float8, h boolean, i bigint, "
        "j smallint)"
    )
    cursor.execute("CREATE TABLE many2 (n int)")
    connection.commit()
    checks.passes("insert of every type", lambda: cursor.execute(
        "INSERT INTO p2 VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", ROW), None)  # fmt: skip
    checks.passes("execute_values", lambda: execute_values(
        cursor, "INSERT INTO many2 VALUES %s", [(n,) for n in range(100)]), None)  # fmt: skip
    connection.commit()
    checks.passes("values", lambda: rows("SELECT * FROM p2"), [ROW])
    checks.passes("named cursor", named, ([(0,), (1,), (2,)], sum(range(3, 100))))
    checks.passes("named cursor, not scrollable", lambda: named(scrollable=False)[1], sum(range(3, 100)))
    checks.passes("encoding, told again when set", encoded, ("UNICODE", "UTF8", [("ü",)]))
    checks.refuses(
        "scrollable cursor", lambda: named(scrollable=True), "0A000", "not rehearsable: DECLARE SCROLL CURSOR"
    )
    checks.refuses("cursor WITH HOLD", lambda: named(withhold=True), "0A000", "not rehearsable: DECLARE HOLD CURSOR")
    checks.refuses("copy_from", lambda: cursor.copy_from(StringIO("1\n"), "many2"), "42601", 'at or near "stdin"')
    checks.refuses("copy_expert TO", lambda: cursor.copy_expert("COPY many2 TO STDOUT", StringIO()), "42601",
                   'at or near "STDOUT"')  # fmt: skip
    checks.refuses("cancel", slow, "57014", "Query cancelled on user's request")
    checks.refuses("list parameter", lambda: rows("SELECT n FROM many2 WHERE n = ANY(%s)", [[1, 2]]), "0A000",
                   "op ANY/ALL (array) not supported")  # fmt: skip
    checks.refuses("division by zero", lambda: rows("SELECT 1/0"), "22012", "Divide by zero")
    connection.close()


fail_late(main)
