"""COPY of many rows by redshift_connector against DuckDB's own read of the same files; fetches; connections.

    python benchmarks/redshift_standin.py [rows] [rounds]

COPY and read take turns, so that what else the machine does weighs on both. The target is a COPY at no less than 0.7 of
DuckDB's own speed. Allow three minutes for 20,000,000 rows in three rounds on two quiet cores.

2026-11-22, 2 shared cores, Python 3.11, duckdb 1.5.5: 20,000,000 rows of 7 columns (296 MB), COPY at 0.95 of DuckDB's
own read (11.6 s against 10.1 s in the quieter of two rounds); 10,000 rows fetched in 0.12 s; 200 connections made in
1.7 s and held; peak memory 730 MB for the server, its clients and DuckDB's own reads in one process.
"""

from __future__ import annotations

import gc
import os
import platform
import resource
import ssl
import sys
import tempfile
import threading
import time
import warnings
from datetime import date
from pathlib import Path
from statistics import median

import duckdb
import redshift_connector
import trustme
from moto.backends import get_backend

from smartroute_runbook.standins.redshift.wire.server import RedshiftServer
from smartroute_runbook.standins.s3 import Objects

BUCKET, USER, PASSWORD, ACCOUNT = "bench", "smartroute_admin", "Correct1horse", "123456789012"
COLUMNS = (
    "batch_timestamp bigint, trip_id varchar(60), route_id varchar(12), stop_id varchar(12), arrival_time bigint, "
    "arrival_delay_seconds bigint, headsign varchar(80)"
)
ROWS = (
    "SELECT 1790000000000 + i * 60 AS batch_timestamp, 'AFA' || (i % 90000) || '_A..N55R' AS trip_id, "
    "chr((65 + i % 20)::int) AS route_id, 'S' || (i % 950) || 'N' AS stop_id, 1790000000 + i AS arrival_time, "
    "(hash(i) % 900)::bigint AS arrival_delay_seconds, 'Far Rockaway-' || (i % 40) AS headsign FROM range(?) t(i)"
)


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def machine() -> str:
    """Date, machine and versions, and how busy the machine is before anything of this runs."""
    load = f"load {os.getloadavg()[0]:.1f}"
    parts = (f"{date.today()}", platform.machine(), f"{os.cpu_count()} CPUs", load)  # noqa: DTZ011
    versions = (f"Python {platform.python_version()}", f"duckdb {duckdb.__version__}")
    return "  ".join((*parts, *versions, f"redshift_connector {redshift_connector.__version__}"))


def main(rows: int, rounds: int) -> None:
    warnings.simplefilter("ignore")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write(folder / "files", rows)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        os.environ["SSL_CERT_FILE"] = str(folder / "ca.pem")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        objects = Objects(folder / "mirror")
        get_backend("s3")[ACCOUNT]["aws"].create_bucket(BUCKET, "us-east-1")
        for path in files:
            objects.put(BUCKET, f"rows/{path.name}", path)
        server = RedshiftServer(objects, database=folder / "r.duckdb", tls=tls, authenticate=lambda *_: True)
        server.start()
        try:
            measure(server, files, rows, rounds, folder)
        finally:
            server.stop()


def write(folder: Path, rows: int) -> list[Path]:
    folder.mkdir()
    with duckdb.connect() as db:
        query = ROWS.replace("?", str(rows))
        db.execute(f"COPY ({query}) TO '{folder}' (FORMAT parquet, PER_THREAD_OUTPUT true, FILE_SIZE_BYTES '64MB')")
    found = sorted(folder.rglob("*.parquet"))
    print(f"{rows:,} rows, {len(found)} files, {sum(path.stat().st_size for path in found) / 1e6:.0f} MB")
    return found


def connect(server: RedshiftServer):
    made = redshift_connector.connect(
        host="localhost", port=server.port, user=USER, password=PASSWORD, database="smartroute"
    )
    made.autocommit = True
    return made


def measure(server: RedshiftServer, files: list[Path], rows: int, rounds: int, folder: Path) -> None:
    connection = connect(server)
    cursor = connection.cursor()
    own, copies = [], []
    for number in range(rounds):
        cursor.execute(f"CREATE TABLE t{number} ({COLUMNS})")
        with duckdb.connect(str(folder / f"own{number}.duckdb")) as db:
            names = ", ".join(f"'{path}'" for path in files)
            read = f"CREATE TABLE t AS SELECT * FROM read_parquet([{names}])"
            own.append(seconds(lambda db=db, read=read: db.execute(read)))
        copy = f"COPY t{number} FROM 's3://{BUCKET}/rows/' IAM_ROLE default FORMAT PARQUET"
        copies.append(seconds(lambda copy=copy: cursor.execute(copy)))
        cursor.execute(f"SELECT count(*) FROM t{number}")
        assert cursor.fetchone()[0] == rows
        (folder / f"own{number}.duckdb").unlink()
        if number:
            cursor.execute(f"DROP TABLE t{number}")
        gc.collect()
        print(f"  round {number}: DuckDB {own[-1]:.1f} s, COPY {copies[-1]:.1f} s")
    ratio = median(own) / median(copies)
    print(f"COPY runs at {ratio:.2f} of DuckDB's own read (target: 0.7 or more)")

    def fetch() -> None:
        cursor.execute("SELECT * FROM t0 LIMIT 10000")
        cursor.fetchall()

    print(f"10,000 rows of 7 columns fetched in {median(seconds(fetch) for _ in range(5)):.2f} s")
    opened: list[object] = []
    threads = [threading.Thread(target=lambda: opened.append(connect(server))) for _ in range(200)]

    def all_at_once() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    print(f"200 connections in {seconds(all_at_once):.1f} s; {len(opened)} held")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for each in opened:
        each.close()
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
