"""Harvest 100,000 past executions from the stand-in while it throttles as Athena does, killed half way and resumed.

Athena lets ListQueryExecutions 5 a second (burst 10) and BatchGetQueryExecution 20 a second (burst 40). Here both
limits and the harvest's own pace are multiplied by SPEED, so that the calls are as many as they would be and the
clock runs faster.

    python benchmarks/harvest.py [executions]

2026-11-22, 2 shared cores, Python 3.11: 100,000 executions in 4,007 calls (5 of them refused and asked again), 33.6 s
for the second half; the next harvest takes 2 calls; the workload is summarised in 0.7 s.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
from botocore.config import Config

from smartroute_runbook.decide.collect import collect
from smartroute_runbook.decide.summary import summarise
from smartroute_runbook.rehearsal.athena_executions import PastExecution
from smartroute_runbook.rehearsal.control_plane import Refusal
from smartroute_runbook.rehearsal.stack import Stack
from smartroute_runbook.store import FolderStore

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
        return Refusal("TooManyRequestsException", "Rate exceeded")


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
        athena = boto3.client("athena", config=Config(retries={"mode": "adaptive", "max_attempts": 8}))
        store = FolderStore(Path(folder))
        killed = _killed_half_way(athena, store, count)
        before, started = sum(throttle.seen.values()), time.perf_counter()
        history = collect(athena, store, "h", "busy", rate=5 * SPEED)
        seconds = time.perf_counter() - started
        rows = history.table().num_rows
        again = collect(athena, store, "h", "busy", rate=5 * SPEED).calls
        started = time.perf_counter()
        workload = summarise(history.table(), "benchmark")
        print(f"executions {rows:,} of {count:,}; killed after {killed:,}; resumed in {seconds:.1f} s")
        print(f"calls {sum(throttle.seen.values()) - again:,} ({dict(throttle.seen)}), before the kill {before:,}")
        print(f"refused {dict(throttle.refused)}; the next harvest takes {again} calls")
        print(f"summarised {workload.queries:,} in {time.perf_counter() - started:.2f} s")


def _killed_half_way(athena, store, count):
    done = 0

    def stop(added):
        nonlocal done
        done = added
        if added >= count / 2:
            raise KeyboardInterrupt

    try:
        collect(athena, store, "h", "busy", rate=5 * SPEED, progress=stop)
    except KeyboardInterrupt:
        return done
    return done


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
