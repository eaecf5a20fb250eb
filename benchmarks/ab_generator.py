"""The A/B week's load generator beside pgbench and vegeta: how late does a request begin although a session was free?

    python benchmarks/ab_generator.py [rounds]

Every generator asks for something that takes 20 ms, for five seconds, at the same number of requests a second; all take
turns in one run, round by round. Ours asks two sides (a pair is two requests) at random moments, or at constant ones as
wrk2 does. ``pgbench --rate`` asks PostgreSQL (``pg_sleep``), at random moments; its lag is of its own log. vegeta (by
VEGETA or in PATH; ``go install github.com/tsenart/vegeta/v12@latest``) asks an HTTP server at constant moments; its lag
is each request's own time against its place in the schedule, which begins with whoever was least late.
"""

from __future__ import annotations

import csv
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from witness.postgres.record import server

from smartroute_runbook.engines import Rows
from smartroute_runbook.measure.ab.generator import PairRequest, Side, fire
from smartroute_runbook.measure.ab.traffic import from_users

RATES = (100, 200, 400, 800, 1200, 1600, 2000, 3000)  # requests a second
SECONDS, LIMIT = 5, 5.0  # of each attempt; milliseconds
HTTP = """
import asyncio
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n"
class Slow(asyncio.Protocol):
    def connection_made(self, transport):
        self.to, self.left = transport, b""
    def data_received(self, data):
        *whole, self.left = (self.left + data).split(b"\\r\\n\\r\\n")
        for _ in whole:
            asyncio.get_running_loop().call_later(0.02, self.to.write, ANSWER)
async def main():
    made = await asyncio.get_running_loop().create_server(Slow, "127.0.0.1", 0, backlog=1000)
    print(made.sockets[0].getsockname()[1], flush=True)
    await made.serve_forever()
asyncio.run(main())
"""


class Sleeper:
    """A session that takes 20 ms for anything."""

    name = "sleeper"

    def query(self, _sql, _parameters=()):
        time.sleep(0.02)
        return Rows((), [], 20.0)

    def execute(self, _sql, _parameters=()):
        return -1


def sessions_for(rate) -> int:
    """Twice as many as are busy at a time, and some."""
    return max(8, rate // 20)


def ours(at, sessions):
    """Start lags of both sides, milliseconds."""
    requests = [PairRequest(float(moment), 0, n % 2) for n, moment in enumerate(at)]
    sides = tuple(Side([Sleeper() for _ in range(sessions)], ["x"]) for _ in range(2))
    control, candidate, _ = fire(sides, requests, answer_seconds=5, stop=threading.Event())
    return 1000 * np.array([one.own_lag for one in (*control, *candidate)])


def poisson(rate):
    return ours(np.sort(np.random.default_rng(rate).uniform(0, SECONDS, SECONDS * rate // 2)), sessions_for(rate))


def constant(rate):
    return ours(np.arange(SECONDS * rate // 2) / (rate / 2), sessions_for(rate))


def pgbench(programs, folder):
    def lags(rate):
        with tempfile.TemporaryDirectory() as work:
            (Path(work) / "asks.sql").write_text("SELECT pg_sleep(0.02);\n")
            command = [
                str(programs / "pgbench"), "-n", "-R", str(rate), "-T", str(SECONDS), "-c", str(2 * sessions_for(rate)),
                "-j", "2", "-l", "-f", "asks.sql", "-h", folder, "-U", "witness", "postgres",
            ]  # fmt: skip
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"pgbench at {rate}/s: {done.stderr.strip().splitlines()[-1]}")
                return None
            lines = [line.split() for path in Path(work).glob("pgbench_log*") for line in path.read_text().splitlines()]
        return np.array([int(fields[6]) / 1000 for fields in lines])

    return lags


def vegeta(program, port):
    def lags(rate):
        clients = str(2 * sessions_for(rate))
        attack = [
            program,
            "attack",
            f"-rate={rate}/s",
            f"-duration={SECONDS}s",
            "-workers",
            clients,
            "-connections",
            clients,
        ]
        target = f"GET http://127.0.0.1:{port}/\n".encode()
        raw = subprocess.run(attack, input=target, capture_output=True, check=True).stdout
        rows = subprocess.run([program, "encode", "--to", "csv"], input=raw, capture_output=True, check=True).stdout
        found = [(int(row[0]), int(row[8]), row[1]) for row in csv.reader(rows.decode().splitlines())]
        if any(status != "200" for *_, status in found):
            print(f"vegeta at {rate}/s: {sum(status != '200' for *_, status in found)} requests failed")
        behind = np.array([moment / 1e6 - 1000 * number / rate for moment, number, _ in found])
        return behind - behind.min()

    return lags


def main(rounds: int = 2) -> None:
    load, now = ", ".join(f"{value:.1f}" for value in os.getloadavg()), datetime.now(UTC)
    print(f"{now:%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}")
    program = os.environ.get("VEGETA") or shutil.which("vegeta")
    http = subprocess.Popen([sys.executable, "-c", HTTP], stdout=subprocess.PIPE, text=True)
    try:
        port = int(http.stdout.readline())
        with server("-c max_connections=400") as (programs, folder):
            asked = {"ours, random": poisson, "pgbench, random": pgbench(programs, folder), "ours, constant": constant}
            if program:
                asked["vegeta, constant"] = vegeta(program, port)
            beside(asked, rounds)
    finally:
        http.kill()
    for users in (100, 500):
        traffic = from_users(users, 60, range(6), [0], seed=users)
        at = traffic.at[traffic.at < 10]
        p50, p99 = np.percentile(ours(at, users), (50, 99))
        rate = 2 * len(at) / 10
        print(f"{users} users, six panels at once each minute: {rate:.0f} requests/s, p50 {p50:.1f}, p99 {p99:.1f} ms")


def beside(asked, rounds) -> None:
    """Every generator at every rate, in turn; p99 of each round in milliseconds."""
    print("\n| requests/s | " + " | ".join(asked) + " |\n|---|" + "---|" * len(asked), flush=True)
    best = defaultdict(int)
    for rate in RATES:
        cells = {name: [] for name in asked}
        for _ in range(rounds):
            for name, lags_at in asked.items():
                lags = lags_at(rate)
                if lags is not None and len(lags):
                    cells[name].append(float(np.percentile(lags, 99)))
        for name, found in cells.items():
            if found and min(found) < LIMIT:
                best[name] = rate
        shown = (" / ".join(f"{value:.1f}" for value in found) or "-" for found in cells.values())
        print(f"| {rate:,} | " + " | ".join(shown) + " |", flush=True)
    print(f"\nHighest rate with p99 under {LIMIT:g} ms in a round: {dict(best)}; load now {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
