"""One hundred clients who ask the dashboard all the time, and what they met.

    python -m cutting_over.users URL FILE

They are a process of their own, so that they do not wait for whoever cuts over. Each asks one of three queries whose
answers are known, about every four seconds, and writes one line a request.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

QUERIES = {"one": "SELECT 1 AS one", "two": "SELECT 2 AS two", "three": "SELECT 3 AS three"}
ANSWERS = {"one": [[1]], "two": [[2]], "three": [[3]]}
CLIENTS, THINK = 100, 4.0  # seconds between two requests of one client, give or take a half
PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Request:
    """One request; ``failed`` and ``instead`` say why there was no answer, or why Athena gave it instead."""

    at: float
    query: str
    engine: str
    seconds: float
    failed: str
    instead: str
    wrong: bool


@dataclass(frozen=True)
class Met:
    """The requests of a time."""

    requests: tuple[Request, ...]

    @property
    def failed(self) -> int:
        return sum(bool(one.failed) for one in self.requests)

    @property
    def wrong(self) -> int:
        return sum(one.wrong for one in self.requests)

    @property
    def instead(self) -> int:
        return sum(bool(one.instead) for one in self.requests)

    @property
    def slowest(self) -> float:
        return max((one.seconds for one in self.requests), default=0.0)

    def last(self, engine: str) -> float:
        """When the last request was asked that this engine answered for itself; 0 for none."""
        return max((one.at for one in self.requests if one.engine == engine and not one.instead), default=0.0)


class Users:
    """The clients, as a context manager."""

    def __init__(self, url: str, file: Path) -> None:
        self._command = [sys.executable, "-m", "cutting_over.users", url, str(file)]
        self._file = file

    def __enter__(self) -> Users:
        self._file.touch()
        self._process = subprocess.Popen(self._command, cwd=Path(__file__).parents[1])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def met(self, since: float, until: float | None = None) -> Met:
        """What they met between two moments (seconds since the epoch)."""
        time.sleep(0.3)
        lines = self._file.read_text().splitlines()
        every = (Request(**json.loads(line)) for line in lines if line.endswith("}"))
        return Met(tuple(one for one in every if since <= one.at <= (until or time.time())))


def ask(url: str, query: str) -> Request:
    at, engine, failed, instead, wrong = time.time(), "?", "", "", False
    try:
        with urllib.request.urlopen(f"{url}/api/{query}", timeout=PATIENCE) as answer:
            body = json.load(answer)
        engine, instead, wrong = body["engine"], body.get("fallback", ""), body["rows"] != ANSWERS[query]
    except urllib.error.HTTPError as refused:
        with refused:
            failed = refused.read()[:200].decode(errors="replace")
    except OSError as broken:
        failed = str(broken) or type(broken).__name__
    return Request(at, query, engine, time.time() - at, failed, instead, wrong)


def main(url: str, file: Path) -> None:
    """Ask until killed."""
    lock, handle = threading.Lock(), file.open("a", buffering=1)

    def client(number: int) -> None:
        chance = random.Random(number)
        time.sleep(chance.random() * THINK)
        while True:
            line = json.dumps(vars(ask(url, chance.choice(list(QUERIES)))))
            with lock:
                handle.write(line + "\n")
            time.sleep(chance.uniform(0.5, 1.5) * THINK)

    for number in range(CLIENTS):
        threading.Thread(target=client, args=(number,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
