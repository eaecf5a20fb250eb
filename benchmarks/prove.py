"""What a proof costs: seconds, memory of the client, passes and bytes, through both drivers against the stand-ins.

    python benchmarks/prove.py --trips-share 0.05

The stand-ins run in a process of their own, so that the client's memory is the client's. 0.05 of the trips of one
weekday are about a million rows of 15 columns, 0.5 ten million. Results go to ``benchmarks/results/prove.md``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

SCHEMA = "bench"
LAKE = "smartroute-data-lake-123456789012"
TYPES = {"string": "VARCHAR(256)", "bigint": "BIGINT", "double": "DOUBLE PRECISION", "int": "INT"}


def serve(share: float) -> None:
    """The stand-ins, until standard input ends."""
    from smartroute_runbook.rehearsal.stack import Stack

    with Stack(trips_share=share) as stack:
        stack.redshift.engine.may_read = lambda *_: None  # roles are not what is measured
        print(json.dumps(stack.environ()), flush=True)
        sys.stdin.read()


def connect():
    import boto3

    from smartroute_runbook.engines import Athena, Redshift

    session = boto3.Session()
    output = f"s3://{LAKE}/staging/bench/"
    session.client("athena").create_work_group(
        Name="bench",
        Configuration={"EnforceWorkGroupConfiguration": False, "ResultConfiguration": {"OutputLocation": output}},
    )
    place = {
        name.lower(): os.environ[f"SMARTROUTE_REDSHIFT_{name}"] for name in ("HOST", "DATABASE", "USER", "PASSWORD")
    }
    port = int(os.environ["SMARTROUTE_REDSHIFT_PORT"])
    athena = Athena(session, region="us-east-1", workgroup="bench", database="smartroute_analytics", output=output)
    return athena, Redshift(**place, port=port, schema="public", timeout=600)


def load(athena, redshift):
    """The lake's vehicles, exported and copied."""
    from smartroute_runbook.prove import Field, TableSpec
    from smartroute_runbook.rehearsal.tables import PARTITION_KEYS, TABLES

    columns = tuple(Field(*column) for column in TABLES["vehicles"].columns)
    keys = tuple(Field(key, "int") for key in PARTITION_KEYS)
    names = ", ".join(f'"{field.name}"' for field in columns + keys)
    kinds = ", ".join(f'"{field.name}" {TYPES[field.type]}' for field in columns + keys)
    place = f"s3://{LAKE}/staging/bench/vehicles/"
    athena.execute(f"UNLOAD (SELECT {names} FROM vehicles) TO '{place}' WITH (format = 'PARQUET')")
    redshift.execute(f"CREATE SCHEMA {SCHEMA}")
    redshift.execute(f"CREATE TABLE {SCHEMA}.vehicles ({kinds})")
    redshift.execute(f"COPY {SCHEMA}.vehicles FROM '{place}' IAM_ROLE default FORMAT AS PARQUET")
    return TableSpec("smartroute_analytics", "vehicles", columns, keys, lake_bytes=10**9, schema=SCHEMA)


SCATTERED = "MOD(STRTOL(SUBSTRING(MD5(trip_id || stop_id || batch_timestamp), 1, 8), 16), {every}) = {n}"


def plant(redshift, where: str, rows: int) -> None:
    """About 100 rows changed, 50 deleted and 50 doubled, among the rows of a condition."""
    name = f"{SCHEMA}.vehicles"
    every = max(1, rows // 50)
    chosen = [f"{where} AND {SCATTERED.format(every=every, n=n)}" for n in range(4)]
    redshift.execute(f"UPDATE {name} SET arrival_delay_seconds = arrival_delay_seconds + 1 WHERE {chosen[0]}")
    redshift.execute(f"UPDATE {name} SET headsign = headsign || ' ' WHERE {chosen[1]}")
    redshift.execute(f"DELETE FROM {name} WHERE {chosen[2]}")
    redshift.execute(f"INSERT INTO {name} SELECT * FROM {name} WHERE {chosen[3]}")


def measured(what: str, athena, redshift, spec) -> str:
    from smartroute_runbook.prove import tables_equal

    proof = tables_equal(athena, redshift, spec)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = (
        what, f"{proof.control_rows:,}", proof.verdict, len(proof.differences), proof.unlocated_buckets,
        f"{proof.seconds:.1f}", f"{memory:.0f}", f"{proof.scans:.2f}", f"{proof.bytes_scanned / 1e6:.1f}",
        proof.queries,
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


HEADER = """
## {when}, {machine}

| tables | rows | verdict | differences | not fetched | seconds | client MB | passes | Athena MB | queries |
|---|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trips-share", type=float, default=0.05)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve(given.trips_share)
        return
    command = [sys.executable, __file__, "--serve", "--trips-share", str(given.trips_share)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        os.environ.update(json.loads(server.stdout.readline()))
        athena, redshift = connect()
        began = time.perf_counter()
        spec = load(athena, redshift)
        print(f"loaded in {time.perf_counter() - began:.1f} s", flush=True)
        lines = [measured("identical", athena, redshift, spec)]
        hours = "hour IN (13, 14)"
        rows = int(redshift.query(f"SELECT COUNT(*) FROM {SCHEMA}.vehicles WHERE {hours}").scalar())
        plant(redshift, hours, rows)
        lines.append(measured("200 differences in two hours", athena, redshift, spec))
        total = int(redshift.query(f"SELECT COUNT(*) FROM {SCHEMA}.vehicles").scalar())
        plant(redshift, "hour NOT IN (13, 14)", total)
        lines.append(measured("400 differences, 200 of them scattered", athena, redshift, spec))
    finally:
        server.stdin.close()
        server.wait(60)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    text = HEADER.format(when=datetime.datetime.now(datetime.UTC).date(), machine=machine) + "\n".join(lines) + "\n"
    results = Path(__file__).parent / "results" / "prove.md"
    results.parent.mkdir(exist_ok=True)
    with results.open("a") as file:
        file.write(text)
    print(text)


if __name__ == "__main__":
    main()
