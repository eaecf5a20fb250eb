"""What is sent to break the API: each must be refused in its own words, and leave it as well as it was."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

LONG = 100_000  # characters: more than any line that the server reads


@dataclass(frozen=True)
class Attack:
    """A request, and the statuses that are a clean refusal of it."""

    name: str
    path: str
    expected: tuple[int, ...]
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


ATTACKS = (
    Attack("SQL as a query's name", "/api/" + quote("one; DROP TABLE vehicles", safe=""), (404,)),
    Attack("a quote in the name", "/api/" + quote("one' OR '1'='1", safe=""), (404,)),
    Attack("a path out of the prefix", "/api/..%2F..%2Fsecret", (404,)),
    Attack("a path out of the prefix, plain", "/api/../../secret", (404,)),
    Attack("a NUL in the name", "/api/one%00", (404,)),
    Attack("a name of other letters", "/api/" + quote("één"), (404,)),
    Attack("a query that is not published", "/api/nowhere", (502,)),
    Attack("SQL as an engine", "/api/one?engine=" + quote("redshift; DROP TABLE vehicles"), (400,)),
    Attack("an unknown parameter", "/api/one?limit=5", (400,)),
    Attack("a parameter twice", "/api/one?engine=athena&engine=redshift", (400,)),
    Attack("an oversized parameter", "/api/one?x=" + "a" * 3_000, (414,)),
    Attack("an oversized line", "/api/one?x=" + "a" * LONG, (414,)),
    Attack("an oversized name", "/api/" + "a" * 3_000, (404,)),
    Attack("an oversized header", "/api/one", (431,), headers=(("X-Long", "a" * LONG),)),
    Attack("too many headers", "/api/one", (431,), headers=tuple((f"X-{n}", "a") for n in range(200))),
    Attack("a body of 1 MB", "/api/one", (405,), "POST", b"x" * 1_000_000),
    Attack("a method of nobody", "/api/one", (501,), "BREW"),
    Attack("a route that it does not follow", "/api/one", (200,), headers=(("Engine-Route", "redshift"),)),
)


@dataclass(frozen=True)
class Refusal:
    """What came back: 0 where the connection ended without an answer."""

    attack: Attack
    status: int
    error: str
    seconds: float

    @property
    def clean(self) -> bool:
        """As expected, and without anything of the inside."""
        return self.status in self.attack.expected and "Traceback" not in self.error


def attacked(url: str) -> list[Refusal]:
    """Send each, over a connection of its own."""
    return [_sent(url.removeprefix("http://"), one) for one in ATTACKS]


def _sent(where: str, attack: Attack) -> Refusal:
    connection, began = http.client.HTTPConnection(where, timeout=30), time.monotonic()
    status, text = 0, ""
    with suppress(OSError):  # it need not take all of what it refuses
        connection.request(attack.method, attack.path, attack.body or None, dict(attack.headers))
    try:
        response = connection.getresponse()
        status, text = response.status, response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as broken:
        text = f"{type(broken).__name__}: {broken}"
    finally:
        connection.close()
    return Refusal(attack, status, _error(text), time.monotonic() - began)


def _error(text: str) -> str:
    try:
        body: dict[str, Any] = json.loads(text)
    except ValueError:
        return " ".join(text.split())[:200]
    return str(body.get("error", ""))
