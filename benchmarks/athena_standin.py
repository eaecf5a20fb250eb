"""Athena's stand-in by PyAthena against DuckDB on the same local files: scan and group-by; 200 queries at once.

    python benchmarks/athena_standin.py [rows] [rounds]

The two take turns, so that what else the machine does weighs on both. The target is half of DuckDB's own speed at
20,000,000 rows.

What was measured is in results/stand_ins.md.
"""

from __future__ import annotations

import logging
import os
import platform
import resource
import sys
import tempfile
import threading
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import boto3
import duckdb
import pyathena

from smartroute_runbook.standins.athena.storage.catalog import PARQUET
from smartroute_runbook.standins.process import exported
from smartroute_runbook.standins.s3 import Objects
from smartroute_runbook.standins.stack import StandIns

CLIENTS = 200
COLUMNS = {
    "batch_timestamp": "bigint", "trip_id": "string", "route_id": "string", "stop_id": "string",
    "arrival_time": "bigint", "arrival_delay_seconds": "bigint", "headsign": "string",
}  # fmt: skip
ROWS = (
    "SELECT 1790000000000 + i * 60 AS batch_timestamp, 'AFA' || (i % 90000) || '_A..N55R' AS trip_id, "
    "chr((65 + i % 20)::int) AS route_id, 'S' || (i % 950) || 'N' AS stop_id, 1790000000 + i AS arrival_time, "
    "(hash(i) % 900)::bigint AS arrival_delay_seconds, 'Far Rockaway-' || (i % 40) AS headsign FROM range(?) t(i)"
)
QUERIES = {
    "scan": "SELECT COUNT(*), SUM(arrival_delay_seconds), MIN(arrival_time), MAX(headsign) FROM vehicles",
    "filter": "SELECT COUNT(*) FROM vehicles WHERE arrival_delay_seconds > 300 AND route_id IN ('A', 'C', 'E')",
    "group by route": "SELECT route_id, COUNT(*), AVG(arrival_delay_seconds), MAX(arrival_time) FROM vehicles"
    " GROUP BY route_id ORDER BY route_id",
    "group by stop and route": "SELECT stop_id, route_id, COUNT(*), SUM(arrival_delay_seconds) FROM vehicles"
    " GROUP BY stop_id, route_id ORDER BY 3 DESC, 1, 2 LIMIT 20",
}


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def write(folder: Path, rows: int) -> list[Path]:
    folder.mkdir()
    with duckdb.connect() as db:
        query = ROWS.replace("?", str(rows))
        db.execute(f"COPY ({query}) TO '{folder}' (FORMAT parquet, PER_THREAD_OUTPUT true, FILE_SIZE_BYTES '64MB')")
    return sorted(folder.rglob("*.parquet"))


def build(objects: Objects, files: list[Path]) -> None:
    """The files as an Athena table, in a workgroup with a place for results."""
    boto3.client("s3").create_bucket(Bucket="lake")
    for path in files:
        objects.put("lake", f"vehicles/{path.name}", path)
    glue = boto3.client("glue")
    glue.create_database(DatabaseInput={"Name": "bench"})
    place = {
        **PARQUET,
        "Columns": [{"Name": n, "Type": t} for n, t in COLUMNS.items()],
        "Location": "s3://lake/vehicles/",
    }
    table = {"Name": "vehicles", "TableType": "EXTERNAL_TABLE", "PartitionKeys": [], "StorageDescriptor": place}
    glue.create_table(DatabaseName="bench", TableInput=table)
    results = {"ResultConfiguration": {"OutputLocation": "s3://lake/results/"}}
    boto3.client("athena").create_work_group(Name="bench", Configuration=results)


def connect():
    return pyathena.connect(work_group="bench", schema_name="bench", region_name="us-east-1", poll_interval=0.01)


def compare(files: list[Path], rounds: int) -> None:
    names = ", ".join(f"'{path}'" for path in files)
    with duckdb.connect() as own, connect() as connection:
        own.execute(f"CREATE VIEW vehicles AS SELECT * FROM read_parquet([{names}])")
        cursor = connection.cursor()
        for name, sql in QUERIES.items():
            alone, through = [], []
            for _ in range(rounds):
                alone.append(seconds(lambda sql=sql: own.execute(sql).fetchall()))
                through.append(seconds(lambda sql=sql: cursor.execute(sql).fetchall()))
            assert len(cursor.execute(sql).fetchall()) == len(own.execute(sql).fetchall())
            ratio = median(alone) / median(through)
            print(
                f"  {name:<24} DuckDB {median(alone):6.3f} s   Athena {median(through):6.3f} s   {ratio:.2f} of DuckDB"
            )
        cursor.execute("SELECT COUNT(*) FROM vehicles")
        print(f"  COUNT(*) scans {cursor.data_scanned_in_bytes} bytes")


def at_once() -> None:
    """As many connections as the quota allows queries, each with a query of its own that must come back right."""
    held, answers, gate = [], [], threading.Event()

    def client(number: int) -> None:
        with connect() as connection:
            held.append(number)
            gate.wait()
            sql = f"SELECT {number}, COUNT(*) FROM vehicles WHERE arrival_delay_seconds = {number}"
            answers.append(connection.cursor().execute(sql).fetchone()[0])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while len(held) < CLIENTS:
        time.sleep(0.01)

    def release() -> None:
        gate.set()
        for thread in threads:
            thread.join()

    took = seconds(release)
    assert sorted(answers) == list(range(CLIENTS))
    print(f"{CLIENTS} connections held; {CLIENTS} queries at once all answered in {took:.1f} s")


def main(rows: int, rounds: int) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, ", end="")
    print(f"duckdb {duckdb.__version__}, PyAthena {pyathena.__version__}, median of {rounds} rounds")
    with tempfile.TemporaryDirectory() as name:
        files = write(Path(name) / "files", rows)
        print(f"{rows:,} rows, {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")
        with StandIns() as aws, exported(aws.environ):
            build(aws.objects, files)
            compare(files, rounds)
            at_once()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"peak memory {peak:.0f} MB: the stand-in, its S3 with every file, the clients and DuckDB's own reads")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 5,
    )
