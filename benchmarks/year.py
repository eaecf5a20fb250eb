"""A whole rehearsal, four weeks and the rollback, over lakes of 7 to 365 days: seconds, AWS calls, memory by week.

    python benchmarks/year.py --days 7 120 365                       # this version
    python benchmarks/year.py --days 7 120 --than /path/to/checkout  # and another one beside it, in one sitting
    python benchmarks/year.py --days 15 --week2                      # week 2 alone, its steps without a notebook

Each day is 24 hours of three tables, a partition each, with a few rows. The stand-ins run in a process of their
own, and each week's kernel is another: calls are counted in it as botocore sends them, memory is its peak resident
set. Results are appended to ``benchmarks/results/year.md``.
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
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
PACKAGE = "smartroute_runbook"
SHARE = 0.0003
ROWS = 12  # of ``vehicles`` an hour
#: Counts what a kernel sends to AWS; imported by Python itself at the start of each process.
COUNTER = """
import os, sys
if "ipykernel" in " ".join(sys.orig_argv):
    import botocore.client
    sent, into = botocore.client.BaseClient._make_api_call, os.open(os.environ["YEAR_CALLS"], os.O_WRONLY | os.O_APPEND)
    def counted(self, operation, arguments):
        service = self.meta.service_model.service_name
        os.write(into, f"{os.getpid()} {service}.{operation}\\n".encode())
        return sent(self, operation, arguments)
    botocore.client.BaseClient._make_api_call = counted
    import threading, time
    def peak():
        while True:
            held = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
            os.write(into, f"{os.getpid()} peak {held}\\n".encode())
            time.sleep(0.5)
    threading.Thread(target=peak, daemon=True).start()
"""
WEEKS = ("1", "2", "3", "4", "rollback")


def serve(days: int) -> None:
    """The stand-ins over a lake that ends two days ago, until standard input ends."""
    from smartroute_runbook.rehearsal.stack import Stack

    with Stack(lake=Path("vehicles.parquet"), days=days) as stack:
        partitions = sum(map(len, stack.lake.partitions.values()))
        print(json.dumps([stack.environ(), stack.lake.rows, partitions]), flush=True)
        sys.stdin.read()


def hourly(days: int, into: Path) -> None:
    """The same few rows of the timetable's lake in every hour of so many days, the last one two days ago."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from smartroute_runbook.rehearsal.lake.write import write_lake

    with tempfile.TemporaryDirectory() as folder:
        write_lake(Path(folder) / "one", trips_share=SHARE)
        files = sorted((Path(folder) / "one" / "processed" / "vehicles").rglob("*.parquet"))
        some = pq.read_table(files[len(files) // 2], partitioning=None).slice(0, ROWS)
    start = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days + 1)
    first = datetime.datetime.combine(start, datetime.time(), datetime.UTC)
    began = int(pc.min(some["batch_timestamp"]).as_py()) // 3_600_000 * 3600
    tables = []
    for hour in range(24 * days):
        ahead = int(first.timestamp()) + 3600 * hour - began
        columns = {name: some[name] for name in some.column_names}
        for name, unit in (("batch_timestamp", 1000), ("arrival_time", 1), ("timestamp", 1)):
            columns[name] = pc.add(some[name], pa.scalar(ahead * unit, some[name].type))
        tables.append(pa.table(columns))
    pq.write_table(pa.concat_tables(tables), into)


def client(base: Path) -> None:
    """One rehearsal; prints its weeks."""
    import smartroute_runbook
    from smartroute_runbook.rehearse import rehearse

    try:
        from smartroute_runbook.environment.working_folder import copy_to
    except ImportError:  # before 0.2
        copy_to = import_module(f"{PACKAGE}.working_folder").copy_to
    copy_to(base)
    print(f"version of {Path(smartroute_runbook.__file__).parents[1]}", file=sys.stderr, flush=True)
    done = rehearse(dict(os.environ), base / "records", base=base).as_json()
    print(json.dumps([done["weeks"], done["tables"], done["valid"]]))


def week2(base: Path) -> None:
    """Week 2's steps on the three tables; prints what each took, the calls, the memory, and whether all is equal."""
    import botocore.client

    sent: Counter[str] = Counter()
    send = botocore.client.BaseClient._make_api_call

    def counted(client, operation, arguments):
        sent[f"{client.meta.service_model.service_name}.{operation}"] += 1
        return send(client, operation, arguments)

    botocore.client.BaseClient._make_api_call = counted
    run, do = _begun(base)
    from smartroute_runbook import load

    sent.clear()
    seconds, began = {}, time.process_time()
    steps = {
        "inventory": lambda: load.inventory(run), "tables": lambda: do(load.CreateTables()),
        "load": lambda: run.do(load.LoadDays()), "count": lambda: load.reconcile(run), "proof": lambda: load.prove(run),
    }  # fmt: skip
    for name, step in steps.items():
        at = time.perf_counter()
        done = step()
        seconds[name] = round(time.perf_counter() - at, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    facts = {"seconds": seconds, "calls": sum(sent.values()), "most": sent.most_common(6), "peak": peak}
    print(json.dumps(facts | {"cpu": round(time.process_time() - began, 1), "equal": not done.blocks}))


def _begun(base: Path):
    """A run whose second week is about to load, in either version, and how a step is signed and done."""
    try:
        from smartroute_runbook.environment.parameters import load_parameters
    except ImportError:  # before 0.2: no gate was asked
        names = (("parameters", "load_parameters"), ("run", "Run"), ("working_folder", "copy_to"))
        load_parameters, Run, copy_to = (getattr(import_module(f"{PACKAGE}.{m}"), n) for m, n in names)  # noqa: N806
        reach = None
    else:
        sys.path.append(str(HERE / "tests"))
        from support.gates import do_signed, pass_week, reach

        from smartroute_runbook.environment.working_folder import copy_to
        from smartroute_runbook.runs.run import Run
    from smartroute_runbook import load, prepare

    copy_to(base)
    run = Run.open("rehearsal", "benchmark", load_parameters("rehearsal", base)["settings"], base=base)
    if reach is None:
        for step in (*prepare.steps(run), load.MigrationWorkgroup()):
            run.do(step)
        return run, run.do
    reach(run, 1, through="week1.decision")
    do_signed(run, prepare.steps(run))
    pass_week(run, 1)
    run.begin(2)
    run.do(load.MigrationWorkgroup())
    return run, lambda step: do_signed(run, [step], "week2.tables")


def measured_week2(days: int, package: Path, most: float) -> list[str]:
    """Week 2 by one version: a row of its table."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "PYTHONPATH": str(package)}
        hourly(days, Path(folder) / "vehicles.parquet")
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(days)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=folder,
        )  # fmt: skip
        try:
            reached, rows, partitions = json.loads(server.stdout.readline())
            command = [sys.executable, __file__, "--week2-client", folder]
            before = _cpu(server.pid)
            try:
                out = subprocess.run(
                    command, env=environ | reached, cwd=folder, stdout=subprocess.PIPE, text=True, check=True,
                    timeout=most,
                ).stdout  # fmt: skip
            except subprocess.TimeoutExpired:
                return [f"| {days} | {package.name} | {partitions:,} | | stopped after {most:,.0f} s | | | | |"]
            serving = _cpu(server.pid) - before
        finally:
            _stop(server)
    facts = json.loads(out.splitlines()[-1])
    whole = sum(facts["seconds"].values())
    print(facts["seconds"], facts["most"], file=sys.stderr)
    cells = [days, package.name, f"{partitions:,}", f"{sum(rows.values()):,}", f"{whole:.1f}"]
    cells += [f"{facts['cpu'] + serving:.1f}", f"{facts['calls']:,}", facts["peak"], facts["equal"]]
    return ["| " + " | ".join(map(str, cells)) + " |"]


def _stop(server: subprocess.Popen) -> None:
    """Ends the stand-ins; an older version may take its time, and what was measured is not to be lost by it."""
    server.stdin.close()
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.kill()


def _cpu(process: int) -> float:
    """Seconds of processor that a process took so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(days: int, package: Path, most: float) -> list[str]:
    """One rehearsal by one version: a row of the table for each week."""
    with tempfile.TemporaryDirectory() as folder:
        hook, calls, base = Path(folder) / "hook", Path(folder) / "calls", Path(folder) / "base"
        hook.mkdir()
        base.mkdir()
        calls.touch()
        (hook / "sitecustomize.py").write_text(COUNTER)
        environ = {**os.environ, "PYTHONPATH": str(package)}
        hourly(days, Path(folder) / "vehicles.parquet")
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(days)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ, cwd=folder,
        )  # fmt: skip
        try:
            reached, rows, partitions = json.loads(server.stdout.readline())
            environ |= reached | {"PYTHONPATH": f"{hook}{os.pathsep}{package}", "YEAR_CALLS": str(calls)}
            command = [sys.executable, __file__, "--client", str(base)]
            try:
                out = subprocess.run(
                    command, env=environ, cwd=base, stdout=subprocess.PIPE, text=True, check=True, timeout=most
                ).stdout
            except subprocess.TimeoutExpired:
                return [f"| {days} | {package.name} | {partitions:,} | | stopped after {most:,.0f} s | | |"]
        finally:
            _stop(server)
        weeks, tables, valid = json.loads(out)
        equal = valid and [table["verdict"] for table in tables] == ["equal"] * 3
        return rows_of(days, package, f"{partitions:,} | {sum(rows.values()):,}", weeks, calls, equal)


def rows_of(days: int, package: Path, made: str, weeks: list[dict], calls: Path, equal: bool) -> list[str]:
    """A line a week; the kernels are in the order of the weeks."""
    sent: Counter[str] = Counter()
    peaks: dict[str, int] = {}
    kinds: dict[str, Counter[str]] = {}
    for line in calls.read_text().splitlines():
        process, what, *number = line.split()
        if number:
            peaks[process] = max(peaks.get(process, 0), int(number[0]))
        else:
            sent[process] += 1
            kinds.setdefault(process, Counter())[what] += 1
    lines = []
    for process, week in zip(peaks, weeks, strict=True):
        state = week["status"] if equal or week["status"] != "completed" else "NOT EQUAL"
        cells = [days, package.name, made, week["week"], f"{week['seconds']:.1f}", f"{sent[process]:,}"]
        lines.append("| " + " | ".join(map(str, [*cells, f"{peaks[process] / 1024:.0f}", state])) + " |")
        print(week["week"], dict(kinds.get(process, Counter()).most_common(6)), week.get("error", ""), file=sys.stderr)
    return lines


WEEK2 = """
## {when}, {machine}: week 2

Seconds from the inventory to the proof; "processor" are those of client and stand-ins together, which other programs on
the machine lengthen less.

| days | version | partitions | rows | seconds | processor | AWS calls | peak MB | equal |
|---|---|---|---|---|---|---|---|---|
"""
HEADER = """
## {when}, {machine}

| days | version | partitions | rows | week | seconds | AWS calls | peak MB | ended |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, nargs="+", default=[7], help="of the lake")
    parser.add_argument("--than", type=Path, help="another checkout, measured after this one at each size")
    parser.add_argument("--week2", action="store_true", help="its steps alone, without a notebook")
    parser.add_argument("--only-than", action="store_true", help="that checkout alone")
    parser.add_argument("--most", type=float, default=3600, help="seconds of one rehearsal")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--client", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--week2-client", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.week2_client:
        return week2(given.week2_client)
    if given.serve:
        return serve(given.serve)
    if given.client:
        return client(given.client)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    text = (WEEK2 if given.week2 else HEADER).format(when=datetime.datetime.now(datetime.UTC).date(), machine=machine)
    print(text, end="", flush=True)
    versions = [*([] if given.only_than else [HERE]), *([given.than.resolve()] if given.than else [])]
    for days in given.days:
        for package in versions:
            for line in (measured_week2 if given.week2 else measured)(days, package, given.most):
                print(line, flush=True)
                text += f"{line}\n"
    with (Path(__file__).parent / "results" / "year.md").open("a") as file:
        file.write(text)
    return None


if __name__ == "__main__":
    main()
