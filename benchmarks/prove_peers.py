"""The other tools on the same rows as ``prove.py``: reladiff (DuckDB to PostgreSQL, and within each) and datacompy.

    python benchmarks/prove_peers.py --rows 1M --peers /path/to/venv/bin/python

The tools are the extra ``bench`` of this project, in an environment of their own if wanted (``--peers``). PostgreSQL's
``initdb`` and ``pg_ctl`` must be on the path; the server is made in a temporary folder and stopped at the end.
"""

from __future__ import annotations

import argparse
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from prove import SIZES, measured, peak_mb, write_table

NAMED = "year, month, day, hour, batch_timestamp, trip_id, route_id, stop_id, arrival_time, arrival_delay_seconds, "
NAMED += "next_arrival_seconds, headsign, vehicle_id, timestamp, feed_path"
COLUMNS = NAMED.split(", ")
TEXTS = ("trip_id", "route_id", "stop_id", "headsign", "vehicle_id", "feed_path")
KINDS = {name: "VARCHAR" if name in TEXTS else "INTEGER" if name in COLUMNS[:4] else "BIGINT" for name in COLUMNS}
CROSS, IN_DUCKDB, IN_POSTGRES = (f"reladiff, {way}" for way in ("DuckDB to PostgreSQL", "in DuckDB", "in PostgreSQL"))
POLARS = "datacompy, Polars"
FIRST_TO_GO = ("choom", "-n", "1000", "--") if shutil.which("choom") else ()  # when memory ends, nothing else is killed


def plant(run, table: str, rows: int) -> int:
    """The differences of ``prove.py``, by the key that the peers need; how many it were."""
    every = rows // 50
    run(f"UPDATE {table} SET arrival_delay_seconds = COALESCE(arrival_delay_seconds, 0) + 1 WHERE id % {every} = 1")
    run(f"UPDATE {table} SET headsign = headsign || ' ' WHERE id % {every} = 2")
    run(f"DELETE FROM {table} WHERE id % {every} = 3")
    run(f"INSERT INTO {table} SELECT id + {10 * rows}, {NAMED} FROM {table} WHERE id % {every} = 4")
    return sum(1 for number in range(1, rows + 1) if 1 <= number % every <= 4)


def duckdb_tables(folder: Path, size: str) -> int:
    """``base``, ``identical`` and ``scattered`` in one DuckDB file, as Parquet, and two of them as CSV."""
    import duckdb

    from smartroute_runbook.rehearsal.lake.write import write_lake

    days, share = SIZES[size]
    lake = write_lake(folder / "lake", days=days, trips_share=share)
    files = f"read_parquet('{lake.root}/processed/vehicles/**/*.parquet', hive_partitioning = true)"
    with duckdb.connect(str(folder / "bench.duckdb")) as db:
        kinds = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in KINDS.items())
        db.execute(f"CREATE TABLE base AS SELECT row_number() OVER () AS id, {kinds} FROM {files}")
        rows = db.execute("SELECT count(*) FROM base").fetchone()[0]
        for name in ("identical", "scattered"):
            db.execute(f"CREATE TABLE {name} AS FROM base")
        plant(db.execute, "scattered", rows)
        for name in ("base", "identical", "scattered"):
            db.execute(f"COPY {name} TO '{folder}/{name}.parquet'")
        db.execute(f"COPY base TO '{folder}/base.csv' (HEADER false)")
    shutil.rmtree(folder / "lake")
    return rows


class Postgres:
    """A server of its own in a folder, as the user postgres when this one is root."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
        self.data.mkdir()
        self.run_as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.run_as:
            for place in (folder, self.data):
                place.chmod(0o755)
            shutil.chown(self.data, "postgres")
        self._say("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust")
        self.port = free_port()
        settings = "-c fsync=off -c shared_buffers=2GB -c max_wal_size=8GB -c work_mem=64MB -c autovacuum=off"
        settings += f" -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data} -p {self.port}"
        self._say("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", settings, "start")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _say(self, *command: str) -> None:
        subprocess.run([*self.run_as, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def sql(self, statement: str) -> str:
        done = subprocess.run(
            ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-Atqc", statement],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def fill(self, csv: Path, rows: int) -> None:
        kinds = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
        self.sql(f"CREATE TABLE identical (id BIGINT, {kinds})")
        self.sql(f"\\copy identical FROM '{csv}' (FORMAT csv)")
        self.sql("CREATE TABLE scattered AS SELECT * FROM identical")
        self.sql("CREATE TABLE base AS SELECT * FROM identical")
        self.planted = plant(self.sql, "scattered", rows)
        for table in ("base", "identical", "scattered"):
            self.sql(f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
            self.sql(f"VACUUM ANALYZE {table}")

    def blocks(self, table: str) -> int:
        """Bytes of blocks of a table read so far."""
        time.sleep(1)  # statistics arrive late
        what = "SELECT 8192 * (heap_blks_read + heap_blks_hit) FROM pg_statio_user_tables"
        return int(self.sql(f"{what} WHERE relname = '{table}'") or 0)

    def stop(self) -> None:
        self._say("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PEAK = inspect.getsource(peak_mb)
RELADIFF = f"""
import json, sys
from reladiff import Algorithm, connect_to_table, diff_tables
{PEAK}
one, first, two, second, how = sys.argv[1:]
columns = {tuple(COLUMNS)!r}
tables = [connect_to_table(url, name, "id", thread_count=2) for url, name in ((one, first), (two, second))]
options = dict(algorithm=Algorithm(how), extra_columns=columns, max_threadpool_size=2, skip_sort_results=True)
keys = {{row[0] for _, row in diff_tables(*tables, **options)}}
print(json.dumps({{"found": len(keys), "client_mb": peak_mb()}}))
"""
DATACOMPY = f"""
import json, sys
import polars
from datacompy import PolarsCompare
{PEAK}
base, other = (polars.read_parquet(path) for path in sys.argv[1:])
compared = PolarsCompare(base, other, join_columns=["id"])
joined = compared.intersect_rows
columns = [name for name in joined.columns if name.endswith("_match")]
changed = joined.filter(~polars.all_horizontal(columns)).height
lost, new = compared.df1_unq_rows.height, compared.df2_unq_rows.height
print(json.dumps({{"found": changed + lost + new, "client_mb": peak_mb()}}))
"""


def cases(folder: Path, server: Postgres, peers: str) -> list[tuple[str, str, list[str]]]:
    """Tool, tables, and the command that compares ``base`` with them."""
    local = f"duckdb:///{folder}/bench.duckdb"
    run = [peers, "-c", RELADIFF]
    found = []
    for tables in ("identical", "scattered"):
        found += [
            (CROSS, tables, [*run, local, "base", server.url, tables, "hashdiff"]),
            (IN_DUCKDB, tables, [*run, local, "base", local, tables, "joindiff"]),
            (IN_POSTGRES, tables, [*run, server.url, "base", server.url, tables, "joindiff"]),
            (
                POLARS,
                tables,
                [*FIRST_TO_GO, peers, "-c", DATACOMPY, *(f"{folder}/{name}.parquet" for name in ("base", tables))],
            ),
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", choices=SIZES, default="1M")
    parser.add_argument("--peers", default=sys.executable, help="the Python that has the extra 'bench'")
    parser.add_argument("--only", default="", help="tools whose names hold this text")
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    if subprocess.run(
        [given.peers, "-c", "import reladiff, datacompy, polars, psycopg2"], stderr=-3, check=False
    ).returncode:
        print("The other tools are not installed: pip install 'smartroute-runbook[bench]', or name --peers")
        return
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        folder = Path(name)
        began = time.perf_counter()
        rows = duckdb_tables(folder, given.rows)
        server = Postgres(folder)
        try:
            server.fill(folder / "base.csv", rows)
            (folder / "base.csv").unlink()
            print(f"{rows:,} rows ready in {time.perf_counter() - began:.0f} s", flush=True)
            for tool, tables, command in cases(folder, server, given.peers):
                if given.only in tool:
                    case(server, tool, tables, command, rows, given)
        finally:
            server.stop()
    write_table()


def case(server: Postgres, tool: str, tables: str, command: list[str], rows: int, given: argparse.Namespace) -> None:
    before = server.blocks(tables)
    facts = {"rows": rows, "planted": server.planted if tables == "scattered" else 0}

    def after() -> dict:
        if "PostgreSQL" not in tool:
            return facts
        read, whole = server.blocks(tables) - before, int(server.sql(f"SELECT pg_relation_size('{tables}')"))
        return facts | {"bytes_scanned": read, "scans": f"{read / whole:.2f} PostgreSQL"}

    measured(command, given.rows, tool, tables, given.again, after)


if __name__ == "__main__":
    main()
