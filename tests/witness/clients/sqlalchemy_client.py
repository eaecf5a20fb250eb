"""sqlalchemy-redshift against the Redshift stand-in: tables made, rows written and read, everything reflected."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa
from outcome import Checks, fail_late

AT = dt.datetime(2024, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001  a TIMESTAMP has no zone


def main() -> None:
    environ = os.environ
    url = sa.URL.create(
        "redshift+psycopg2", environ["PGUSER"], environ["PGPASSWORD"], environ["PGHOST"], int(environ["PGPORT"]),
        environ["PGDATABASE"],
    )  # fmt: skip
    trust = {"sslmode": "verify-full", "sslrootcert": environ["PGSSLROOTCERT"]}
    engine = sa.create_engine(url, connect_args=trust, poolclass=sa.NullPool)
    versions = f"{version('sqlalchemy-redshift')}, SQLAlchemy {sa.__version__}"
    checks = Checks("sqlalchemy-redshift", versions,
                    lambda error: getattr(getattr(error, "orig", None), "pgcode", None) or "")  # fmt: skip
    metadata = sa.MetaData()
    orders = sa.Table(
        "sa_orders", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(40), nullable=False), sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("at", sa.DateTime), sa.Column("ok", sa.Boolean), redshift_diststyle="KEY", redshift_distkey="id",
        redshift_sortkey=("at", "id"),
    )  # fmt: skip
    sa.Table("sa_small", metadata, sa.Column("n", sa.BigInteger), redshift_diststyle="ALL")
    rows = [(n, f"n{n}", Decimal(n) * Decimal("1.25"), AT, n % 2 == 1) for n in range(5)]

    names = [column.name for column in orders.columns]
    given = [dict(zip(names, row, strict=True)) for row in rows]

    def inspector() -> sa.Inspector:
        return sa.inspect(engine)

    def made() -> None:
        metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE VIEW sa_view AS SELECT id, price FROM sa_orders WHERE price > 2"))

    def written() -> int:
        with engine.begin() as connection:
            return connection.execute(orders.insert(), given).rowcount

    def read(query: Any, **options: Any) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execution_options(**options).execute(query)]

    def nested() -> None:
        with engine.connect() as connection, connection.begin(), connection.begin_nested():
            pass

    def columns(name: str) -> list[tuple[str, str, bool]]:
        return [(each["name"], str(each["type"]), each["nullable"]) for each in inspector().get_columns(name)]

    def options(name: str) -> Any:
        given = inspector().get_table_options(name)
        return given["redshift_diststyle"], given["redshift_distkey"], given["redshift_sortkey"]

    def reflected() -> list[str]:
        table = sa.Table("sa_orders", sa.MetaData(), autoload_with=engine)
        return [str(column.name) for column in (*table.columns, sa.Column("key"), *table.primary_key)]

    checks.passes("create_all and a view", made, None)
    checks.passes("insert", written, 5)
    checks.passes("select", lambda: read(sa.select(orders).where(orders.c.id > 2).order_by(orders.c.id)), rows[3:])
    ids = sa.select(orders.c.id).order_by(orders.c.id)
    checks.passes("stream_results", lambda: read(ids, stream_results=True, yield_per=2),
                  [(n,) for n in range(5)])  # fmt: skip
    checks.passes("reflection: schemas", lambda: "public" in inspector().get_schema_names(), True)
    checks.passes("reflection: tables", lambda: {"sa_orders", "sa_small"} <= {*inspector().get_table_names()}, True)
    checks.passes("reflection: views", lambda: "sa_view" in inspector().get_view_names(), True)
    checks.passes("reflection: has_table", lambda: [inspector().has_table(name) for name in ("sa_orders", "nope")],
                  [True, False])  # fmt: skip
    checks.passes("reflection: columns", lambda: columns("sa_orders"), [
        ("id", "INTEGER", False), ("name", "VARCHAR(40)", False), ("price", "NUMERIC(10, 2)", True),
        ("at", "TIMESTAMP", True), ("ok", "BOOLEAN", True)])  # fmt: skip
    checks.passes("reflection: columns of a view", lambda: columns("sa_view"),
                  [("id", "INTEGER", True), ("price", "NUMERIC(10, 2)", True)])  # fmt: skip
    checks.passes("reflection: primary key", lambda: inspector().get_pk_constraint("sa_orders")["constrained_columns"],
                  ["id"])  # fmt: skip
    checks.passes("reflection: a view's text", lambda: "price > 2" in inspector().get_view_definition("sa_view"), True)
    checks.passes("reflection: KEY", lambda: options("sa_orders"), ("KEY", "id", ("at", "id")))
    checks.passes("reflection: ALL", lambda: options("sa_small"), ("ALL", None, ()))
    checks.passes("reflection: Table(autoload_with)", reflected, ["id", "name", "price", "at", "ok", "key", "id"])
    checks.refuses("reflection: temporary tables, as on Redshift", lambda: inspector().get_temp_table_names(), "42703",
                   "column pg_class.relpersistence does not exist")  # fmt: skip
    checks.refuses("savepoint", nested, "0A000", 'SQL command "SAVEPOINT')


fail_late(main)
