# ruff: noqa: E501 - tables of test data read best as tables
"""Both stand-ins with the same awkward rows in a database of their own, for proving that a translation means the same."""

from __future__ import annotations

import io
import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from smartroute_runbook.engines import Athena, Redshift
from smartroute_runbook.tolerance import EXACT
from smartroute_runbook.translate import Schema

BUCKET = "smartroute-data-lake-123456789012"
SCHEMA_FILE = Path(__file__).parents[1] / "translate" / "schema.yaml"
DATABASE, LAKE = "lab", "smartroute_analytics"
WORKGROUP = "smartroute-analytics"
ARROW = {"bigint": pa.int64(), "int": pa.int32(), "smallint": pa.int16(), "double": pa.float64(), "float": pa.float32(),
         "string": pa.string(), "boolean": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("ms"),
         "decimal(10,2)": pa.decimal128(10, 2), "decimal(18,4)": pa.decimal128(18, 4)}  # fmt: skip
REDSHIFT = {"string": "varchar(400)", "double": "float8", "float": "real", "int": "integer"}

T = datetime
D = Decimal
SAMPLES = [
    # id, small, i, n, money, rate, x, s, u, parts, doc, ok, day, at, seconds, millis
    (1, 1, 7, 45, D("12.34"), D("1.2345"), 2.5, "alpha", "Größe", "a,b,c", '{"a":{"b":"x"},"n":1}', True, date(2026, 1, 31), T(2026, 1, 31, 8, 59, 59, 999000), 1758459600, 1758459600123),
    (2, 2, -7, -46, D("-0.05"), D("-0.0001"), -2.5, "beta", "Ünïcödé", "a,,c", '{"a":{"b":""},"n":2}', False, date(2026, 2, 28), T(2026, 2, 28, 10, 0, 0), 1758463259, 1758463259999),
    (3, 3, 3, 2, D("0.00"), D("3.0000"), 0.5, "", "日本語", "", '{"a":{}}', None, date(2024, 2, 29), T(2024, 2, 29, 0, 0, 0), 0, 0),
    (4, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None),
    (5, 4, 2, 1, D("66.65"), D("0.0005"), 1.5, "gamma", "tail ", "one", "not json", True, date(1969, 12, 31), T(1969, 12, 31, 23, 59, 59, 500000), -1, -1),
    (6, 5, 2147483647, 9007199254740993, D("99999999.99"), D("9999999999.9999"), 1e10, "Gamma", "é", ",", "[1,2,3]", False, date(2026, 12, 27), T(2026, 12, 27, 23, 59, 59, 1000), 1790000000, 1790000000000),
    (7, 6, -1, 3, D("2.50"), D("-7.5000"), -0.5, "a%b_c\\d", "naïve", "x,y", '{"a":{"b":"é"},"n":null}', True, date(2021, 1, 3), T(2021, 1, 3, 12, 30, 15, 250000), 1609677015, 1609677015250),
    (8, 7, 0, 0, D("1.05"), D("0.3333"), 3.25, "route 42-A", "STRASSE", "k=v,k2=v2", "{}", False, date(2026, 3, 29), T(2026, 3, 29, 2, 30, 0), 1774751400, 1774751400000),
    (9, 1, 5, 45, D("12.34"), D("2.0000"), 2.5, "alpha", "Größe", "a,b", '{"a":1}', True, date(2026, 11, 1), T(2026, 11, 1, 5, 30, 0), 1793511000, 1793511000000),
    (10, 2, 10, 100, D("3.33"), D("1.1111"), 1e-7, "\tTabbed", " lead", " a , b ", '"s"', None, date(2026, 9, 21), T(2026, 9, 21, 13, 0, 0), 1790000001, 1790000001001),
]  # fmt: skip
ROUTES = [
    (1, "A", "A train", D("2.90")),
    (2, "B", None, D("2.90")),
    (3, "GS", "Shuttle", None),
    (5, "7X", "Flushing Express", D("7.00")),
]


def schema() -> Schema:
    return Schema.load(SCHEMA_FILE)


class Lab:
    """Engines with the tables `samples` and `routes`, and the first rows of the lake's."""

    _shared: Lab | None = None

    @classmethod
    def shared(cls, stack) -> Lab:
        """The lab of the session's stack, made once."""
        if cls._shared is None:
            cls._shared = cls(stack)
        return cls._shared

    def __init__(self, stack) -> None:
        import boto3

        glue, s3 = stack.client("glue"), stack.client("s3")
        self.athena = Athena(boto3.Session(), region="us-east-1", workgroup=WORKGROUP, database=DATABASE)
        environ = stack.environ()
        self.redshift = Redshift(
            host=environ["SMARTROUTE_REDSHIFT_HOST"], port=int(environ["SMARTROUTE_REDSHIFT_PORT"]),
            database=environ["SMARTROUTE_REDSHIFT_DATABASE"], schema=DATABASE, timeout=60,
            login=lambda: (environ["SMARTROUTE_REDSHIFT_USER"], environ["SMARTROUTE_REDSHIFT_PASSWORD"]),
        )  # fmt: skip
        self.redshift.execute(f"CREATE SCHEMA IF NOT EXISTS {DATABASE}")
        glue.create_database(DatabaseInput={"Name": DATABASE})
        tables = yaml.safe_load(SCHEMA_FILE.read_text())
        self._table(glue, s3, "samples", tables["lab.samples"], SAMPLES)
        self._table(glue, s3, "routes", tables["lab.routes"], ROUTES)
        for name in ("vehicles", "delay_metrics", "crowding_metrics"):
            columns = tables[f"lab.{name}"]
            named = ", ".join(f'"{c}"' for c in columns)
            rows = self.athena.query(f"SELECT {named} FROM {LAKE}.{name} ORDER BY {named} LIMIT 300").rows
            self._table(glue, s3, name, columns, rows)

    def _table(self, glue, s3, name, columns, rows) -> None:
        body = io.BytesIO()
        arrays = [pa.array(v, ARROW[t]) for v, t in zip(zip(*rows, strict=True), columns.values(), strict=True)]
        pq.write_table(pa.table(arrays, names=list(columns)), body)
        s3.put_object(Bucket=BUCKET, Key=f"lab/{name}/part.parquet", Body=body.getvalue())
        serde = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
        storage = {"Columns": [{"Name": c, "Type": t} for c, t in columns.items()], "SerdeInfo": serde,
                   "Location": f"s3://{BUCKET}/lab/{name}/",
                   "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                   "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"}  # fmt: skip
        table = {"Name": name, "StorageDescriptor": storage, "TableType": "EXTERNAL_TABLE",
                 "Parameters": {"classification": "parquet"}}  # fmt: skip
        glue.create_table(DatabaseName=DATABASE, TableInput=table)
        ddl = ", ".join(f'"{c}" {REDSHIFT.get(t, t)}' for c, t in columns.items())
        self.redshift.execute(f"CREATE TABLE {DATABASE}.{name} ({ddl})")
        self._insert(name, rows)

    def _insert(self, name, rows):
        for start in range(0, len(rows), 100):
            batch = rows[start : start + 100]
            marks = ", ".join("(" + ", ".join(["%s"] * len(batch[0])) + ")" for _ in batch)
            values = [value for row in batch for value in row]
            self.redshift.execute(f"INSERT INTO {DATABASE}.{name} VALUES {marks}", values)

    def rows(self, engine: str, sql: str):
        return getattr(self, engine).query(sql).rows


def plain(value):
    """A value as both engines' drivers may give it, without its type's accent."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat() + " 00:00:00.000000"
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, float):
        return value if math.isnan(value) or math.isinf(value) else Decimal(repr(value))
    return value


def same_value(a, b, tolerance) -> bool:
    a, b = plain(a), plain(b)
    if a == b:
        return True
    if isinstance(a, Decimal) and isinstance(b, Decimal):
        wide = tolerance if not tolerance.exact else None
        if wide is None:
            return float(a) == float(b)  # a decimal beside the same decimal carried as a double
        return wide.allows(float(a), float(b)) or abs(float(a) - float(b)) <= wide.absolute * (1 + 1e-9)
    return False


def differences(athena, redshift, tolerances, columns, *, ordered=False):
    """What differs between two results, as text; empty when they are equal as multisets."""
    if len(athena) != len(redshift):
        return [f"{len(athena)} rows on Athena, {len(redshift)} on Redshift"]
    allowed = [tolerances.get(name, EXACT) for name, _ in columns]
    left = list(redshift)
    found = []
    for row in athena:
        for other in left[:1] if ordered else left:
            if len(other) == len(row) and all(map(same_value, row, other, allowed)):
                left.remove(other)
                break
        else:
            found.append(f"Athena has {row!r}; Redshift is left with {left[:3]!r}")
            if ordered:
                break
    return found
