"""psycopg 3 against the Redshift stand-in: server-side cursors, pipelines, prepared statements, COPY."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from typing import Any

import psycopg
from outcome import Checks, fail_late

MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001  a TIMESTAMP has no zone
ROW = (1, "ü", Decimal("-12.50"), dt.date(2024, 2, 29), MOMENT, MOMENT.replace(tzinfo=dt.UTC), 0.1, True, 2**40, None)


def main() -> None:  # noqa: C901  what is tried on one connection, one after the other
    connection = psycopg.connect("", sslrootcert=os.environ["PGSSLROOTCERT"], client_encoding="UTF8")
    checks = Checks("psycopg", psycopg.__version__, lambda error: getattr(error, "sqlstate", None) or "",
                    lambda: connection.rollback())  # fmt: skip

    def rows(sql: str, values: Any = None, **options: Any) -> list[tuple[Any, ...]]:
        return connection.cursor(**options).execute(sql, values).fetchall()

    def named(**options: Any) -> Any:
        with connection.cursor("mine", **options) as cursor:
            cursor.itersize = 7
            cursor.execute("SELECT n FROM seen_p WHERE n < %s ORDER BY n", [50])
            first = cursor.fetchmany(3)
            return first, [column.name for column in cursor.description], sum(n for (n,) in cursor)

    def two_at_once() -> None:
        with connection.cursor("one") as one, connection.cursor("two") as two:
            one.execute("SELECT 1")
            two.execute("SELECT 2")

    def pipeline() -> list[Any]:
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int + 1", [n]) for n in range(4)]
        return [cursor.fetchone() for cursor in cursors]

    def broken_pipeline() -> None:
        with connection.pipeline():
            connection.execute("SELECT 1")
            connection.execute("SELECT nope FROM seen_p")

    def prepared() -> list[Any]:
        return [connection.execute("SELECT n FROM seen_p WHERE n = %s", [n], prepare=True).fetchone() for n in range(8)]

    def unnamed_encoding() -> Any:
        with psycopg.connect("", sslrootcert=os.environ["PGSSLROOTCERT"]) as other:
            return other.info.parameter_status("client_encoding"), other.execute("SELECT 'ü'").fetchone()

    def stream() -> list[Any]:  # of a connection of its own: a pipeline after it fails, on PostgreSQL too
        with psycopg.connect("", sslrootcert=os.environ["PGSSLROOTCERT"]) as other:
            return [*other.cursor().stream("SELECT n FROM seen_p ORDER BY n LIMIT 3")]

    def nested() -> None:
        with connection.transaction(), connection.transaction():
            pass

    def copied(sql: str) -> None:
        with connection.cursor().copy(sql) as copy:
            list(copy) if "TO" in sql else copy.write_row((1,))

    connection.execute(
        "CREATE TABLE p (a int, b varchar(20), c decimal(10,2), d date, e timestamp, f timestamptz, g float8, "
        "h boolean, i bigint, j smallint)"
    )
    connection.execute("CREATE TABLE many_p (n int)")
    connection.execute("CREATE VIEW seen_p AS SELECT n FROM many_p")
    connection.commit()
    holes = ", ".join(["%s"] * len(ROW))
    checks.passes(
        "insert of every type", lambda: connection.execute(f"INSERT INTO p VALUES ({holes})", ROW).rowcount, 1
    )
    checks.passes("executemany", lambda: connection.cursor().executemany(
        "INSERT INTO many_p VALUES (%s)", [(n,) for n in range(100)]), None)  # fmt: skip
    connection.commit()
    checks.passes("values as text", lambda: rows("SELECT * FROM p"), [ROW])
    checks.passes("values in binary", lambda: rows("SELECT * FROM p", binary=True), [ROW])
    checks.passes("parameters in binary", lambda: rows(
        "SELECT a FROM p WHERE c = %b AND d = %b AND e = %b AND g = %b", (*ROW[2:5], ROW[6])), [(1,)])  # fmt: skip
    checks.passes("server-side cursor", named, ([(0,), (1,), (2,)], ["n"], sum(range(3, 50))))
    checks.passes("server-side cursor, binary", lambda: named(binary=True)[0], [(0,), (1,), (2,)])
    checks.passes("stream", stream, [(0,), (1,), (2,)])
    checks.passes("pipeline", pipeline, [(1,), (2,), (3,), (4,)])
    checks.passes("prepared statement", prepared, [(n,) for n in range(8)])
    checks.refuses("an error in a pipeline", broken_pipeline, "42703", 'column "nope" does not exist')
    checks.refuses("two server-side cursors", two_at_once, "0A000", "only one cursor at a time can be open per session")
    checks.refuses(
        "scrollable cursor", lambda: named(scrollable=True), "0A000", "not rehearsable: DECLARE SCROLL CURSOR"
    )
    checks.refuses("cursor WITH HOLD", lambda: named(withhold=True), "0A000", "not rehearsable: DECLARE HOLD CURSOR")
    checks.refuses("COPY FROM STDIN", lambda: copied("COPY many_p FROM STDIN"), "42601", 'at or near "STDIN"')
    checks.refuses("COPY TO STDOUT", lambda: copied("COPY many_p TO STDOUT"), "42601", 'at or near "STDOUT"')
    checks.refuses("array parameter", lambda: rows("SELECT n FROM seen_p WHERE n = ANY(%s)", [[1, 2]]), "0A000",
                   "op ANY/ALL (array) not supported")  # fmt: skip
    checks.refuses("nested transaction", nested, "0A000", 'SQL command "SAVEPOINT')
    checks.refuses("LISTEN", lambda: connection.execute("LISTEN x"), "0A000", 'SQL command "LISTEN x" not supported.')
    checks.passes("encoding by Redshift's name", unnamed_encoding, ("UNICODE", ("ü",)))
    connection.close()


fail_late(main)
