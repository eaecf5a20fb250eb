"""Harvest 100,000 past executions from the stand-in while it throttles as Athena does, killed half way and resumed.

Athena lets ListQueryExecutions 5 a second (burst 10) and BatchGetQueryExecution 20 a second (burst 40). Here both
limits and the harvest's own pace are multiplied by SPEED, so that the calls are as many as they would be and the
clock runs faster.

    python benchmarks/harvest.py [executions]

2026-11-23, 2 cores shared by seven others (load 9), Python 3.11: 100,000 executions in 4,034 calls (32 of them refused
and asked again); killed by SIGKILL with 50,000 kept, of which none is asked for again but one, to see that this is
still the same Athena; 42 s for the second half; the next harvest takes 2 calls; the workload is summarised in 1.0 s,
a month of 30,000,000 queries projected in 0.04 s.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
from botocore.config import Config

from smartroute_runbook.decide.collect import collect
from smartroute_runbook.decide.pricing import price
from smartroute_runbook.decide.summary import summarise
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.prices import price_book
from smartroute_runbook.rehearsal.stack import Stack
from smartroute_runbook.runs.query_history import History
from smartroute_runbook.runs.store import FolderStore
from smartroute_runbook.standins.api.operations import ApiError
from smartroute_runbook.standins.athena.executions import PastExecution

SPEED = 10
LIMITS = {"ListQueryExecutions": (5, 10), "BatchGetQueryExecution": (20, 40)}


class Throttle:
    """Token buckets, as a fault of the stand-in; counts what it sees and what it refuses."""

    def __init__(self):
        self.tokens = {name: float(burst) for name, (_, burst) in LIMITS.items()}
        self.at = dict.fromkeys(LIMITS, time.monotonic())
        self.seen, self.refused, self.lock = Counter(), Counter(), threading.Lock()

    def __call__(self, call):
        if call.operation not in LIMITS:
            return None
        rate, burst = LIMITS[call.operation]
        with self.lock:
            now = time.monotonic()
            gained = (now - self.at[call.operation]) * rate * SPEED
            self.tokens[call.operation] = min(burst, self.tokens[call.operation] + gained)
            self.at[call.operation] = now
            self.seen[call.operation] += 1
            if self.tokens[call.operation] >= 1:
                self.tokens[call.operation] -= 1
                return None
            self.refused[call.operation] += 1
        return ApiError("TooManyRequestsException", "Rate exceeded")


CHILD = """
import sys
from pathlib import Path
import boto3
from botocore.config import Config
from smartroute_runbook.decide.collect import collect
from smartroute_runbook.environment.settings import Settings
from smartroute_runbook.runs.store import FolderStore
athena = boto3.client("athena", config=Config(retries={"mode": "adaptive", "max_attempts": 8}))
collect(athena, FolderStore(Path(sys.argv[1])), "h", "busy", rate=float(sys.argv[2]))
"""


def main(count):
    throttle, now = Throttle(), datetime.now(UTC)
    with Stack(trips_share=0.001, faults=throttle) as stack, tempfile.TemporaryDirectory() as folder:
        boto3.client("athena").create_work_group(Name="busy")
        sql = "SELECT route_id, count(*) FROM vehicles WHERE day = {} GROUP BY 1"
        stack.athena.seed_history(
            PastExecution(sql.format(n % 28), "busy", "d", now - timedelta(seconds=30 * n), 900, 50, 10**8, "SUCCEEDED")
            for n in range(count)
        )
        throttle.seen.clear()
        store = FolderStore(Path(folder))
        kept = _killed_half_way(store, count)
        before, started = sum(throttle.seen.values()), time.perf_counter()
        athena, asked = _listening()
        history = collect(athena, store, "h", "busy", rate=5 * SPEED)
        seconds = time.perf_counter() - started
        rows, twice = history.table().num_rows, len(asked & kept)
        again = collect(athena, store, "h", "busy", rate=5 * SPEED).calls
        print(f"executions {rows:,} of {count:,}; killed (SIGKILL) with {len(kept):,} kept; resumed in {seconds:.1f} s")
        print(f"calls {sum(throttle.seen.values()) - again:,} ({dict(throttle.seen)}), before the kill {before:,}")
        print(f"of what was kept, asked again: {twice} (to see that this is still the same Athena)")
        print(f"refused {dict(throttle.refused)}; the next harvest takes {again} calls")
        _project(history.table())


def _listening():
    """A client, and the ids that it asks for."""
    athena = boto3.client("athena", config=Config(retries={"mode": "adaptive", "max_attempts": 8}))
    asked = set()
    athena.meta.events.register(
        "provide-client-params.athena", lambda params, **_: asked.update(params.get("QueryExecutionIds", ()))
    )
    return athena, asked


def _killed_half_way(store, count):
    """Harvest in a process of its own, killed as soon as half is in the store; the ids that are there."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(store.folder), str(5 * SPEED)])
    while child.poll() is None and len(store.keys("h/")) * 1_000 < count / 2:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    return set(History.open(store, "h").known)


def _project(table):
    """A month of 30 million queries: the measured shapes, as many times as it takes."""
    started = time.perf_counter()
    workload = summarise(table, "benchmark")
    print(f"summarised {workload.queries:,} in {time.perf_counter() - started:.2f} s")
    times = -(-30_000_000 // workload.queries)
    bigger = tuple((mb, n * times) for mb, n in workload.billed_mb)
    month = replace(workload, billed_mb=bigger, queries=workload.queries * times)
    started = time.perf_counter()
    costs = price(month, Settings(), price_book())
    seconds = time.perf_counter() - started
    print(
        f"projected {month.queries:,} queries in {seconds:.2f} s: break-even {costs.cluster.break_even} queries a day"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
