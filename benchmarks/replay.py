"""The load generator's own part: its highest rate, its lateness, and what latency from the actual start hides."""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import date

import numpy as np

from smartroute_runbook.engines import Rows
from smartroute_runbook.measure.replay import Slot, replay


class Sleeper:
    """An engine that takes what it is told."""

    name = "sleeper"

    def __init__(self, seconds):
        self._seconds = iter(seconds)

    def query(self, _sql, _parameters=()):
        time.sleep(next(self._seconds, 0.0))
        return Rows((), [], 0.0)

    def execute(self, _sql, _parameters=()):
        return -1


QUERIES = {"q": ("SELECT 1", "SELECT 1")}


def shots(seconds, rate, count):
    slots = [Slot(n / rate, "control", "q") for n in range(count)]
    return replay({"control": Sleeper(seconds), "candidate": Sleeper([])}, QUERIES, slots)


def line(values):
    return "  ".join(f"p{p} {1000 * np.percentile(values, p):8.2f} ms" for p in (50, 95, 99))


def main() -> None:
    print(f"{date.today()}  Python {platform.python_version()}  {os.cpu_count()} CPUs")  # noqa: DTZ011
    for rate in (50, 500, 2_000):
        found = shots([], rate, 2 * rate)
        done = len(found) / found[-1].finished
        print(f"{rate:6} shots/s asked, {done:8.0f} done; late by {line([s.lag for s in found])}")
    stalled = [0.01] * 100 + [1.5] + [0.01] * 299
    found = shots(stalled, 50, 400)
    print(f"one stall of 1.5 s, from the scheduled start: {line([s.latency for s in found])}")
    print(f"                    from the actual start:    {line([s.service for s in found])}")


if __name__ == "__main__":
    sys.exit(main())
