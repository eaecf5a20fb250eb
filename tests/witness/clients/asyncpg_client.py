"""asyncpg against the Redshift stand-in: fetch, prepared statements, cursors, a pool, cancelling; binary values."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import ssl
from collections.abc import Awaitable
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import asyncpg
from outcome import Checks, fail_late

MOMENT = dt.datetime(2024, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001  a TIMESTAMP has no zone
ROW = (1, "ü", Decimal("-12.50"), dt.date(2024, 2, 29), MOMENT, MOMENT.replace(tzinfo=dt.UTC), 0.1, True, 2**40, None)
SLOW = "SELECT count(*) FROM many a, many b, many c, many d, many e"


def main() -> None:  # noqa: C901  what is tried on one connection, one after the other
    loop = asyncio.new_event_loop()
    trust = ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"])

    def run(awaitable: Awaitable[Any]) -> Any:
        return loop.run_until_complete(asyncio.wait_for(awaitable, 60))

    connection = run(asyncpg.connect(ssl=trust))
    checks = Checks("asyncpg", version("asyncpg"), lambda error: getattr(error, "sqlstate", None) or "")

    def fetch(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(record) for record in run(connection.fetch(sql, *values))]

    async def parameters_and_columns() -> Any:
        prepared = await connection.prepare("SELECT a, b, c FROM t WHERE a = $1 AND d <= $2")
        names = [each.name for each in prepared.get_parameters()]
        return names, [(each.name, each.type.name) for each in prepared.get_attributes()]

    async def by_cursor() -> int:
        total = 0
        async with connection.transaction():
            async for record in connection.cursor("SELECT n FROM many ORDER BY n", prefetch=7):
                total += record[0]
        return total

    async def in_parts() -> Any:
        async with connection.transaction():
            cursor = await connection.cursor("SELECT n FROM many ORDER BY n")
            return (
                [tuple(each) for each in await cursor.fetch(2)],
                await connection.fetchval("SELECT 7"),
                tuple(await cursor.fetchrow()),
            )

    async def nested() -> None:
        async with connection.transaction(), connection.transaction():
            pass

    async def moved() -> None:
        async with connection.transaction():
            await (await connection.cursor("SELECT n FROM many")).forward(2)

    async def pooled() -> list[Any]:
        async with asyncpg.create_pool(ssl=trust, min_size=1, max_size=2) as pool:
            return [await pool.fetchval("SELECT 1"), await pool.fetchval("SELECT 2")]

    async def too_slow() -> str:
        try:
            await connection.fetch(SLOW, timeout=0.5)
        except TimeoutError:
            return await connection.fetchval("SELECT 'alive'::varchar(5)")
        return "not slow"

    run(connection.execute(
        "CREATE TABLE t (a int, b varchar(20), c decimal(10,2), d date, e timestamp, f timestamptz, g float8, "
        "h boolean, i bigint, j smallint)"
    ))  # fmt: skip
    run(connection.execute("CREATE TABLE many (n int)"))
    holes = ", ".join(f"${at}" for at in range(1, 11))
    checks.passes("insert of every type", lambda: run(connection.execute(f"INSERT INTO t VALUES ({holes})", *ROW)),
                  "INSERT 0 1")  # fmt: skip
    checks.passes(
        "executemany",
        lambda: run(connection.executemany("INSERT INTO many VALUES ($1)", [(n,) for n in range(100)])),
        None,
    )
    checks.passes("values come back as they went", lambda: fetch("SELECT * FROM t"), [ROW])
    numbers = [Decimal(text) for text in ("0.00", "-0.01", "10000.00", "99999999.99", "0.10")]
    literals = ", ".join(f"{number}::numeric(10,2)" for number in numbers)
    checks.passes("decimals in binary", lambda: fetch(f"SELECT {literals}"), [tuple(numbers)])
    checks.passes("time and interval", lambda: fetch("SELECT time '03:04:05', interval '1 day 2 hours'"),
                  [(dt.time(3, 4, 5), dt.timedelta(days=1, hours=2))])  # fmt: skip
    checks.passes("types of parameters", lambda: run(parameters_and_columns()),
                  (["int4", "date"], [("a", "int4"), ("b", "varchar"), ("c", "numeric")]))  # fmt: skip
    checks.passes("BETWEEN, IN, LIKE, LIMIT", lambda: fetch(
        "SELECT a FROM t WHERE c BETWEEN $1 AND $2 AND a IN ($3, $4) AND b LIKE $5 LIMIT $6",
        Decimal(-13), Decimal(0), 1, 2, "%", 5), [(1,)])  # fmt: skip
    checks.passes("cursor in a loop", lambda: run(by_cursor()), 4950)
    checks.passes("cursor beside a query", lambda: run(in_parts()), ([(0,), (1,)], 7, (2,)))
    checks.passes("pool, with its reset", lambda: run(pooled()), [1, 2])
    checks.passes("a timeout cancels", lambda: run(too_slow()), "alive")
    checks.refuses("unknown column", lambda: fetch("SELECT nope FROM t"), "42703", 'column "nope" does not exist')
    checks.refuses("array parameter", lambda: fetch("SELECT a FROM t WHERE a = ANY($1::int[])", [1]), "0A000",
                   "op ANY/ALL (array) not supported")  # fmt: skip
    checks.refuses("nested transaction", lambda: run(nested()), "0A000", 'SQL command "SAVEPOINT')
    checks.refuses("MOVE", lambda: run(moved()), "0A000", 'SQL command "MOVE')
    checks.refuses("LISTEN", lambda: run(connection.add_listener("x", print)), "0A000", 'SQL command "LISTEN')
    checks.refuses("copy_records_to_table", lambda: run(connection.copy_records_to_table("many", records=[(1,)])),
                   "42601", 'syntax error at or near "STDIN"')  # fmt: skip
    checks.refuses("copy_from_query", lambda: run(connection.copy_from_query("SELECT 1", output=os.devnull)), "42601",
                   'syntax error at or near "("')  # fmt: skip
    checks.refuses("copy_from_table", lambda: run(connection.copy_from_table("many", output=os.devnull)), "42601",
                   'syntax error at or near "STDOUT"')  # fmt: skip
    run(connection.close())


fail_late(main)
