"""The zip, unpacked as Lambda does, in a fresh process each time: until its first answer, and until its second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from smartroute_runbook.api.package import Packaged, package

from .world import SETTINGS

_SCRIPT = """
import json, sys, time
began = time.perf_counter()
sys.path.insert(0, sys.argv[1])
from smartroute_runbook.api.lambda_handler import handle
import smartroute_runbook, boto3
assert smartroute_runbook.__file__.startswith(sys.argv[1])
imported = time.perf_counter() - began
seconds = []
for _ in range(2):
    began = time.perf_counter()
    answer = handle(json.loads(sys.argv[2]))
    seconds.append(time.perf_counter() - began)
    assert answer["statusCode"] == 200, answer
print(json.dumps([imported, *seconds]), file=sys.stderr)
"""


@dataclass(frozen=True)
class Start:
    """Seconds: of the whole process until its end, of the imports, of the first answer, of the second."""

    engine: str
    process: float
    imports: float
    first: float
    second: float


def starts(times: int) -> tuple[Packaged, list[Start]]:
    """The zip, and so many cold starts of it for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        made = package(Path(folder) / "api.zip")
        with zipfile.ZipFile(made.path) as archive:
            archive.extractall(Path(folder) / "task")
        found = [_start(f"{folder}/task", engine) for _ in range(times) for engine in ("athena", "redshift")]
    return made, found


def _start(task: str, engine: str) -> Start:
    event = {
        "requestContext": {"http": {"method": "GET"}}, "rawPath": "/api/one", "rawQueryString": f"engine={engine}",
    }  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, task, json.dumps(event)],
        capture_output=True, text=True, check=False, cwd=task, env={**os.environ, **SETTINGS},
    )  # fmt: skip
    process = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Start(engine, process, *json.loads(done.stderr.splitlines()[-1]))
