"""The same proofs through the real drivers: PyAthena and redshift_connector against the stand-ins."""

from __future__ import annotations

import math
import os

import pytest

from smartroute_runbook.engines import Athena, Redshift
from smartroute_runbook.prove import Field, TableSpec, golden, queries_equal, tables_equal
from smartroute_runbook.rehearsal.lake.tables import PARTITION_KEYS, TABLES

SCHEMA = "proofs"
TYPES = {"string": "VARCHAR(64)", "double": "DOUBLE PRECISION"}


@pytest.fixture(scope="module")
def engines(stack):
    import boto3

    place = {name.lower(): os.environ[f"SMARTROUTE_REDSHIFT_{name}"] for name in ("HOST", "DATABASE")}
    user, password = (os.environ[f"SMARTROUTE_REDSHIFT_{name}"] for name in ("USER", "PASSWORD"))
    port = int(os.environ["SMARTROUTE_REDSHIFT_PORT"])
    session = boto3.Session(region_name="us-east-1")
    athena = Athena(session, region="us-east-1", workgroup="smartroute-analytics", database="smartroute_analytics")
    redshift = Redshift(**place, login=lambda: (user, password), port=port, schema="public", timeout=60)
    redshift.execute(f"CREATE SCHEMA {SCHEMA}")
    yield athena, redshift
    redshift.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    redshift.close()


@pytest.fixture(scope="module")
def copied(engines):
    """Both small tables of the lake, copied row by row through both drivers."""
    athena, redshift = engines
    specs = []
    for name in ("delay_metrics", "crowding_metrics"):
        columns = tuple(Field(*column) for column in TABLES[name].columns)
        keys = tuple(Field(key, "int") for key in PARTITION_KEYS)
        spec = TableSpec("smartroute_analytics", name, columns, keys, lake_bytes=10**6, schema=SCHEMA)
        names = ", ".join(f'"{field.name}"' for field in columns + keys)
        kinds = ", ".join(f'"{field.name}" {TYPES.get(field.type, field.type)}' for field in columns + keys)
        redshift.execute(f"CREATE TABLE {SCHEMA}.{name} ({kinds})")
        rows = athena.query(f"SELECT {names} FROM {name}").rows
        marks = ", ".join(["(" + ", ".join(["%s"] * len(columns + keys)) + ")"] * len(rows))
        redshift.execute(f"INSERT INTO {SCHEMA}.{name} VALUES {marks}", [value for row in rows for value in row])
        specs.append(spec)
    return specs


@pytest.mark.parametrize("kind", golden.VALUES)
def test_known_values_through_the_drivers(engines, kind):
    for engine in engines:
        assert golden.check(engine, [Field("x", kind)]) == 1


@pytest.mark.parametrize(
    "number", ["9" * 38, "-" + "9" * 36 + ".99", "1." + "0" * 36 + "1", "1234567890123456789012345678901234.56"]
)
def test_a_number_arrives_with_all_its_digits(engines, number):
    scale = len(number.partition(".")[2])
    asked = f"SELECT CAST('{number}' AS DECIMAL(38,{scale})) AS n"
    assert [str(engine.query(asked).rows[0][0]) for engine in engines] == [number, number]
    assert queries_equal(*engines, asked, asked, name="wide").verdict == "equal"


def test_tables_are_equal_then_one_bit_is_not(engines, copied):
    for spec in copied:
        proof = tables_equal(*engines, spec)
        assert (proof.verdict, proof.differences) == ("equal", ())
        assert proof.control_rows > 0
        assert proof.bytes_scanned > 0
    redshift, spec = engines[1], copied[0]
    found = redshift.query(
        f"SELECT avg_delay_seconds, route_id, day, hour FROM {SCHEMA}.delay_metrics WHERE avg_delay_seconds > 1 LIMIT 1"
    )
    before, *where = found.rows[0]
    redshift.execute(
        f"UPDATE {SCHEMA}.delay_metrics SET avg_delay_seconds = %s WHERE route_id = %s AND day = %s AND hour = %s",
        [math.nextafter(before, math.inf), *where],
    )
    (only,) = tables_equal(*engines, spec).differences
    assert (only.reason, only.columns) == ("rounding", ("avg_delay_seconds",))
    assert only.cells[0].control == before
    assert only.row["route_id"] == where[0]


def test_queries_through_the_drivers(engines, copied):
    athena = (
        "SELECT route_id, SUM(vehicle_count) AS vehicles FROM crowding_metrics GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
    )
    redshift = athena.replace("crowding_metrics", f"{SCHEMA}.crowding_metrics").replace("DESC", "DESC NULLS LAST")
    proof = queries_equal(*engines, athena, redshift, name="busiest")
    assert proof.verdict == "equal", proof.why
