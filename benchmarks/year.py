"""A whole rehearsal, four weeks and the rollback, over lakes of 7 to 365 days: seconds, AWS calls, memory by week.

    python benchmarks/year.py --days 7 120 365                       # this version
    python benchmarks/year.py --days 7 120 --than /path/to/checkout  # and another one beside it, in one sitting

Each day is 24 hours of three tables, a partition each, with some hundred rows. The stand-ins run in a process of their
own, and each week's kernel is another: calls are counted in it as botocore sends them, memory is its peak resident
set. Results are appended to ``benchmarks/results/year.md``.
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
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
SHARE = 0.0003
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

    start = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days + 1)
    with Stack(days=days, trips_share=SHARE, start=start) as stack:
        partitions = sum(map(len, stack.lake.partitions.values()))
        print(json.dumps([stack.environ(), stack.lake.rows, partitions]), flush=True)
        sys.stdin.read()


def client(base: Path) -> None:
    """One rehearsal; prints its weeks."""
    import smartroute_runbook
    from smartroute_runbook.rehearse import rehearse

    try:
        from smartroute_runbook.environment.working_folder import copy_to
    except ImportError:  # before 0.2
        from smartroute_runbook.working_folder import copy_to
    copy_to(base)
    print(f"version of {Path(smartroute_runbook.__file__).parents[1]}", file=sys.stderr, flush=True)
    done = rehearse(dict(os.environ), base / "records", base=base).as_json()
    print(json.dumps([done["weeks"], done["tables"], done["valid"]]))


def measured(days: int, package: Path, most: float) -> list[str]:
    """One rehearsal by one version: a row of the table for each week."""
    with tempfile.TemporaryDirectory() as folder:
        hook, calls, base = Path(folder) / "hook", Path(folder) / "calls", Path(folder) / "base"
        hook.mkdir()
        base.mkdir()
        calls.touch()
        (hook / "sitecustomize.py").write_text(COUNTER)
        environ = {**os.environ, "PYTHONPATH": str(package)}
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
            server.stdin.close()
            server.wait(60)
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


HEADER = """
## {when}, {machine}

| days | version | partitions | rows | week | seconds | AWS calls | peak MB | ended |
|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, nargs="+", default=[7], help="of the lake")
    parser.add_argument("--than", type=Path, help="another checkout, measured after this one at each size")
    parser.add_argument("--only-than", action="store_true", help="that checkout alone")
    parser.add_argument("--most", type=float, default=3600, help="seconds of one rehearsal")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--client", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve)
    if given.client:
        return client(given.client)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    text = HEADER.format(when=datetime.datetime.now(datetime.UTC).date(), machine=machine)
    print(text, end="", flush=True)
    versions = [*([] if given.only_than else [HERE]), *([given.than.resolve()] if given.than else [])]
    for days in given.days:
        for package in versions:
            for line in measured(days, package, given.most):
                print(line, flush=True)
                text += f"{line}\n"
    with (Path(__file__).parent / "results" / "year.md").open("a") as file:
        file.write(text)
    return None


if __name__ == "__main__":
    main()
