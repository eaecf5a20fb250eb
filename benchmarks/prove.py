"""What a proof costs: seconds, memory of the client, bytes and scans, through both drivers against the stand-ins.

    python benchmarks/prove.py --rows 1M            # or 10M, 50M; --again repeats cases that have a result already

The stand-ins run in a process of their own and every case in another, so that the client's memory is the client's.
Each case is one line of ``benchmarks/results/prove.jsonl``; a run that was stopped goes on with the case it stopped
at. ``prove_peers.py`` adds other tools on the same rows; both write the table ``benchmarks/results/prove.md``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "prove.jsonl"
SIZES = {"1M": (1, 0.051), "10M": (1, 0.513), "50M": (3, 0.87)}  # days of the lake, share of the trips
LAKE = "smartroute-data-lake-123456789012"
TYPES = {"string": "VARCHAR(256)", "bigint": "BIGINT", "double": "DOUBLE PRECISION", "int": "INT"}
TABLES = ("identical", "clustered", "scattered")
OURS = "smartroute-runbook, Athena to Redshift (stand-ins)"
FLOOR = "no proof: one MD5 a row, Athena and Redshift (stand-ins)"


# -- shared with prove_peers ---------------------------------------------------------------------------------------


def measured(
    command: list[str], size: str, tool: str, tables: str, again: bool, more: Callable[[], dict] = dict
) -> dict | None:
    """One case in a process of its own, which prints its facts as JSON, its peak memory too (see ``peak_mb``)."""
    lines = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    if not again and any((line["size"], line["tool"], line["tables"]) == (size, tool, tables) for line in lines):
        print(f"{size} {tool}, {tables}: measured before", flush=True)
        return None
    others = busy()
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        process.wait()
        seconds = time.perf_counter() - began
        out.seek(0)
        said = out.read()
    if process.returncode:
        print(f"{size} {tool}, {tables}: failed with {process.returncode}", flush=True)
        facts = {"failed": process.returncode}
    else:
        facts = json.loads(said.strip().splitlines()[-1])
    case = {
        "date": str(datetime.datetime.now(datetime.UTC).date()), "machine": machine(), "others": f"{others:.0%}",
        "size": size, "tool": tool, "tables": tables, "seconds": round(seconds, 1),
        **more(), **facts,
    }  # fmt: skip
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(case) + "\n")
    print(json.dumps(case), flush=True)
    return case


def busy(seconds: float = 2.0) -> float:
    """The share of the machine's processors that others use, just before a case."""

    def idle() -> tuple[int, int]:
        with open("/proc/stat") as lines:  # noqa: PTH123
            ticks = list(map(int, lines.readline().split()[1:]))
        return ticks[3] + ticks[4], sum(ticks)

    idle_before, all_before = idle()
    time.sleep(seconds)
    idle_after, all_after = idle()
    return 1 - (idle_after - idle_before) / (all_after - all_before)


def peak_mb() -> int:
    """Not ru_maxrss, which begins with what the process was before exec: a copy of its parent."""
    with open("/proc/self/status") as lines:  # noqa: PTH123
        return round(int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB"


COLUMNS = (
    "size",
    "tool",
    "tables",
    "rows",
    "planted",
    "found",
    "seconds",
    "client_mb",
    "bytes_scanned",
    "scans",
    "others",
)


def place(line: dict) -> tuple:
    """Where a case stands in the table: by size, ours first."""
    return list(SIZES).index(line["size"]), line["tool"] != OURS, line["tool"]


def write_table() -> None:
    """The last result of each case, as a table."""
    lines = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    last = {(line["size"], line["tool"], line["tables"]): line for line in lines}
    text = ["# Proofs side by side", "", (Path(__file__).parent / "prove_notes.md").read_text().strip(), ""]
    for day, host in sorted({(line["date"], line["machine"]) for line in last.values()}):
        text += [f"## {day}, {host}", "", "| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        chosen = [line for line in last.values() if (line["date"], line["machine"]) == (day, host)]
        for line in sorted(chosen, key=place):
            cells = (line.get(name, "failed" if name == "found" and "failed" in line else "-") for name in COLUMNS)
            text.append("| " + " | ".join(f"{c:,}" if isinstance(c, int) else str(c) for c in cells) + " |")
        text.append("")
    RESULTS.with_suffix(".md").write_text("\n".join(text))


# -- ours ----------------------------------------------------------------------------------------------------------


def serve(size: str) -> None:
    """The stand-ins, until standard input ends."""
    from smartroute_runbook.rehearsal.stack import Stack

    days, share = SIZES[size]
    with Stack(days=days, trips_share=share) as stack:
        stack.redshift.engine.may_read = lambda *_: None  # roles are not what is measured
        print(json.dumps(stack.environ()), flush=True)
        sys.stdin.read()


def connect():
    import boto3

    from smartroute_runbook.engines import Athena, Redshift

    session = boto3.Session()
    output = f"s3://{LAKE}/staging/bench/"
    place = {name.lower(): os.environ[f"SMARTROUTE_REDSHIFT_{name}"] for name in ("HOST", "DATABASE")}
    port = int(os.environ["SMARTROUTE_REDSHIFT_PORT"])
    athena = Athena(session, region="us-east-1", workgroup="bench", database="smartroute_analytics", output=output)
    redshift = Redshift(
        **place,
        login=lambda: (os.environ["SMARTROUTE_REDSHIFT_USER"], os.environ["SMARTROUTE_REDSHIFT_PASSWORD"]),
        port=port,
        schema="public",
        timeout=3600,
    )
    redshift.execute("SET enable_result_cache_for_session TO off")  # as a proof does it: rows are read each time
    return athena, redshift


def spec(schema: str):
    from smartroute_runbook.prove import Field, TableSpec
    from smartroute_runbook.rehearsal.lake.tables import PARTITION_KEYS
    from smartroute_runbook.rehearsal.lake.tables import TABLES as LAKE_TABLES

    columns = tuple(Field(*column) for column in LAKE_TABLES["vehicles"].columns)
    keys = tuple(Field(key, "int") for key in PARTITION_KEYS)
    return TableSpec("smartroute_analytics", "vehicles", columns, keys, lake_bytes=10**9, schema=schema)


def load() -> dict[str, int]:
    """The lake's vehicles copied to three schemas; how many differences each has."""
    import boto3

    configuration = {"EnforceWorkGroupConfiguration": False}
    boto3.client("athena").create_work_group(Name="bench", Configuration=configuration)
    athena, redshift = connect()
    fields = (*spec("").columns, *spec("").partitions)
    names = ", ".join(f'"{field.name}"' for field in fields)
    kinds = ", ".join(f'"{field.name}" {TYPES[field.type]}' for field in fields)
    place = f"s3://{LAKE}/staging/bench/vehicles/"
    athena.execute(f"UNLOAD (SELECT {names} FROM vehicles) TO '{place}' WITH (format = 'PARQUET')")
    planted = {}
    for schema in TABLES:
        redshift.execute(f"CREATE SCHEMA {schema}")
        redshift.execute(f"CREATE TABLE {schema}.vehicles ({kinds})")
        redshift.execute(f"COPY {schema}.vehicles FROM '{place}' IAM_ROLE default FORMAT AS PARQUET")
        where = {"clustered": "hour IN (13, 14)", "scattered": "1 = 1"}.get(schema)
        planted[schema] = plant(redshift, f"{schema}.vehicles", where) if where else 0
    return planted


CHOSEN = "MOD(STRTOL(SUBSTRING(MD5(trip_id || stop_id || batch_timestamp), 1, 12), 16), {every}) = {n}"


def plant(redshift, name: str, where: str) -> int:
    """About 100 rows changed, 50 deleted and 50 doubled, among the rows of a condition; how many it were."""
    rows = int(redshift.query(f"SELECT COUNT(*) FROM {name} WHERE {where}").scalar())
    chosen = [f"{where} AND {CHOSEN.format(every=max(1, rows // 50), n=n)}" for n in range(4)]
    return sum(
        redshift.execute(statement)
        for statement in (
            f"UPDATE {name} SET arrival_delay_seconds = COALESCE(arrival_delay_seconds, 0) + 1 WHERE {chosen[0]}",
            f"UPDATE {name} SET headsign = headsign || ' ' WHERE {chosen[1]}",
            f"DELETE FROM {name} WHERE {chosen[2]}",
            f"INSERT INTO {name} SELECT * FROM {name} WHERE {chosen[3]}",
        )
    )


class Kept:
    """Fingerprints kept in this process, with the identity of partitions that do not change."""

    def __init__(self, partitions) -> None:
        self.identity, self.data = dict.fromkeys(partitions, "the same files"), {}

    def read(self, name: str) -> bytes | None:
        return self.data.get(name)

    def write(self, name: str, data: bytes) -> None:
        self.data[name] = data


def again() -> None:
    """A proof, and the same once more with the first one's fingerprints: nothing changed."""
    from smartroute_runbook.prove import tables_equal

    engines, table = connect(), spec("identical")
    keys = ", ".join(field.name for field in table.partitions)
    memory = Kept(tuple(map(int, row)) for row in engines[0].query(f"SELECT DISTINCT {keys} FROM vehicles").rows)
    first, second = (tables_equal(*engines, table, memory=memory) for _ in range(2))
    facts = {
        "rows": second.control_rows, "planted": 0, "found": len(second.differences), "verdict": second.verdict,
        "bytes_scanned": second.bytes_scanned, "client_mb": peak_mb(),
        "scans": f"{second.scans:.2f} Athena, {second.candidate_scans:.2f} Redshift",
        "seconds": round(second.seconds, 1), "first_seconds": round(first.seconds, 1),
    }  # fmt: skip
    print(json.dumps(facts))


def prove(tables: str, planted: int) -> None:
    from smartroute_runbook.prove import tables_equal

    proof = tables_equal(*connect(), spec(tables))
    found = sum(abs(item.rows[0] - item.rows[1]) or item.rows[0] for item in proof.differences)
    scans = f"{proof.scans:.2f} Athena, {proof.candidate_scans:.2f} Redshift"
    facts = {
        "rows": proof.control_rows, "planted": planted, "found": found, "bytes_scanned": proof.bytes_scanned,
        "scans": scans, "verdict": proof.verdict, "queries": proof.queries, "proof_seconds": round(proof.seconds, 1),
        "unlocated_groups": proof.unlocated_buckets, "client_mb": peak_mb(),
    }  # fmt: skip
    print(json.dumps(facts))


def floor() -> None:
    """The least that any proof by MD5 inside the engines costs: one digest of each row's text, on both at once."""
    from concurrent.futures import ThreadPoolExecutor

    from sqlglot import exp

    from smartroute_runbook.prove.encoding import hexadecimal, row_expression

    def digest(engine) -> int:
        dialect = "athena" if engine.name == "athena" else "redshift"
        table = spec("identical").relation(dialect)
        row = hexadecimal(row_expression(spec("").columns, dialect), dialect).as_("digest")
        digests = exp.select(row).from_(table).subquery("digests")
        query = exp.select("COUNT(*)", "MAX(digest)").from_(digests)
        return int(engine.query(query.sql(dialect=dialect)).rows[0][0])

    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(digest, connect()))
    print(json.dumps({"rows": rows[0], "client_mb": peak_mb()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", choices=SIZES, default="1M")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--prove", choices=TABLES, help=argparse.SUPPRESS)
    parser.add_argument("--planted", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--proven-again", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.rows)
    if given.floor:
        return floor()
    if given.proven_again:
        return again()
    if given.prove:
        return prove(given.prove, given.planted)
    me = [sys.executable, __file__, "--rows", given.rows]
    server = subprocess.Popen([*me, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        os.environ.update(json.loads(server.stdout.readline()))
        began = time.perf_counter()
        planted = load()
        print(f"loaded three times in {time.perf_counter() - began:.1f} s", flush=True)
        for tables in TABLES:
            measured([*me, "--prove", tables, "--planted", str(planted[tables])], given.rows, OURS, tables, given.again)
        measured([*me, "--proven-again"], given.rows, OURS, "identical, proven again", given.again)
        measured([*me, "--floor"], given.rows, FLOOR, "identical", given.again)
    finally:
        server.stdin.close()
        server.wait(60)
    return write_table()


if __name__ == "__main__":
    main()
