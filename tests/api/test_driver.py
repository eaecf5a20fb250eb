"""Redshift's answers over pooled connections, each value as the other engines give it."""

from __future__ import annotations

import pytest
import redshift_connector

from smartroute_runbook.api.redshift_driver import RedshiftDriverEngine


@pytest.fixture(scope="module")
def engine(standins_of_the_session):
    def connect():
        connection = redshift_connector.connect(**standins_of_the_session.connection)
        connection.autocommit = True
        return connection

    with pytest.MonkeyPatch.context() as patch:
        for name, value in standins_of_the_session.environ.items():
            patch.setenv(name, value)
        made = RedshiftDriverEngine(connect, most=2)
        yield made
        made.close()


@pytest.mark.parametrize(("sql", "value"), [
    ("DATE '1500-02-28'", "1500-02-28"),
    ("DATE '12025-11-24'", "12025-11-24"),
    ("CAST('23:59:59.999999' AS time)", "23:59:59.999999"),
    ("CAST('08:00:00.000123' AS time)", "08:00:00.000123"),
    ("TIMESTAMP '2026-11-28 12:00:00.500'", "2026-11-28T12:00:00.5"),
    ("CAST('2026-11-28 12:00:00+05:30' AS timestamptz)", "2026-11-28T06:30:00+00:00"),
    ("CAST(NULL AS timestamp)", None),
    ("CAST(0.1 AS real)", 0.1),
    ("CAST(NULL AS real)", None),
    ("CAST(16777217 AS real)", 16777216.0),
    ("CAST('1267650600228230105184144982017' AS numeric(38,0))", 1.2676506002282302e30),  # of 28 digits: ...23e30
    ("'10%' || '%s' || '%%'", "10%%s%%"),
    ("CAST('10%' LIKE '1%' AS int)", 1),
])  # fmt: skip
def test_a_value(engine, sql, value):
    assert engine.query(f"SELECT {sql} AS v", 30).rows == [[value]]
