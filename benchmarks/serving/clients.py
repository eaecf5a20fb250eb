"""Clients that ask the API over HTTP as browsers do: each keeps its connection, asks, reads, thinks.

    python -m serving.clients HOST:PORT SECONDS CLIENTS THINK

They are a process of their own, so that they do not wait for whoever switches engines. Printed at the end: one JSON
object a request.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .queries import ANSWERS, COLUMNS

PATIENCE = 60.0  # seconds: longer than any deadline, so that a late answer is seen as late


@dataclass(frozen=True)
class Asked:
    """One request; ``failed`` says why there was no answer, ``wrong`` how it differs from the known one."""

    at: float
    query: str
    seconds: float
    engine: str = "none"
    failed: str = ""
    wrong: str = ""


@dataclass
class Load:
    """What all clients met, once the context is over."""

    asked: list[Asked] = field(default_factory=list)


@contextmanager
def clients(url: str, seconds: float, number: int, think: float) -> Iterator[Load]:
    """Clients that ask while the context is open; waits for the last of them."""
    where = url.removeprefix("http://")
    command = [sys.executable, "-m", "serving.clients", where, *map(str, (seconds, number, think))]
    load = Load()
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # they are about to begin
        yield load
        load.asked += [Asked(**json.loads(line)) for line in process.stdout]


def request(connection: http.client.HTTPConnection, query: str) -> Asked:
    """Ask one query."""
    at = time.time()
    try:
        connection.request("GET", f"/api/{query}")
        response = connection.getresponse()
        body: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as broken:
        connection.close()
        return Asked(at, query, time.time() - at, failed=f"{type(broken).__name__}: {broken}")
    took, engine = time.time() - at, str(body.get("engine", "none"))
    if response.status != 200:
        return Asked(at, query, took, engine, failed=f"{response.status}: {body.get('error')}")
    right = body["columns"] == COLUMNS[query] and body["rows"] == ANSWERS[query]
    return Asked(at, query, took, engine, wrong="" if right else json.dumps(body["rows"])[:200])


def main(where: str, seconds: float, number: int, think: float) -> None:
    """Ask for so many seconds."""
    asked: list[Asked] = []
    end = time.monotonic() + seconds

    def client(n: int) -> None:
        chance = random.Random(n)
        connection = http.client.HTTPConnection(where, timeout=PATIENCE)
        time.sleep(chance.random() * think)
        while time.monotonic() < end:
            asked.append(request(connection, chance.choice(list(ANSWERS))))
            time.sleep(chance.uniform(0.5, 1.5) * think)
        connection.close()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(number)]
    print("go", flush=True)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in asked:
        print(json.dumps(asdict(one)))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
