"""dbt-redshift and dbt-athena run a project of our own from debug to its documentation, unmodified."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from .outcome import FAILED, OURS, PASSED, Outcome

PROJECT = Path(__file__).parent / "stations"
LATER = ("--vars", "{later: true}")
"""One trip's status has changed: the second snapshot keeps both states."""
STEPS: tuple[tuple[str, ...], ...] = (
    ("debug",), ("seed",), ("run",), ("run",), ("test", "--exclude", "tag:after"), ("snapshot",),
    ("run", "--select", "stg_trips", *LATER), ("snapshot", *LATER), ("test", "--select", "tag:after"),
    ("docs", "generate"),
)  # fmt: skip
COLUMNS = {
    "raw_fares": 4, "raw_riders": 3, "raw_trips": 4, "stg_fares": 4, "stg_riders": 3, "stg_trips": 4, "riders": 7,
    "trips": 9, "trips_by_day": 2, "trips_snapshot": 8,
}  # fmt: skip
"""Relations that the documentation must know, with how many columns."""
COMMENT = "One row a rider."
"""What the documentation must say of riders, as the database told it (persist_docs)."""


def outcomes(target: str, programs: Path, environ: Mapping[str, str]) -> Iterator[Outcome]:
    """Each step of dbt against one engine.

    Args:
        target: ``redshift`` or ``athena``.
        programs: the folder with ``dbt``.
        environ: where the stand-ins are.
    """
    version = _version(programs, target)
    with tempfile.TemporaryDirectory(prefix="witness-dbt-") as folder:
        project = Path(folder) / "stations"
        shutil.copytree(PROJECT, project)
        settings = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
        for step in STEPS:
            command = [str(programs / "dbt"), *step, "--target", target, "--profiles-dir", "."]
            done = subprocess.run(
                command, cwd=project, env={**os.environ, **environ, **settings}, capture_output=True, text=True,
                check=False, timeout=600,
            )  # fmt: skip
            said = done.stdout + done.stderr
            counted = re.findall(r"PASS=\d+ WARN=\d+ ERROR=\d+", said)
            good = not done.returncode and not any(word in said for word in OURS)
            words = counted[-1] if counted else "" if good else said[-400:]
            yield Outcome(f"dbt-{target}", version, " ".join(step), PASSED if good else FAILED, " ".join(words.split()))
        yield _documented(target, version, project / "target" / "catalog.json")


def _documented(target: str, version: str, catalog: Path) -> Outcome:
    nodes = json.loads(catalog.read_text())["nodes"] if catalog.exists() else {}
    seen = {name.rpartition(".")[2]: len(node["columns"]) for name, node in nodes.items()}
    comment = next((each["metadata"]["comment"] for name, each in nodes.items() if name.endswith(".riders")), None)
    good = seen == COLUMNS and comment == COMMENT
    said = f"{len(seen)} relations" if good else f"{seen} {comment!r}, expected {COLUMNS} {COMMENT!r}"
    return Outcome(f"dbt-{target}", version, "relations and comments in the docs", PASSED if good else FAILED, said)


def _version(programs: Path, target: str) -> str:
    code = f"from importlib.metadata import version as v; print(v('dbt-{target}') + ', core ' + v('dbt-core'))"
    return subprocess.run(
        [str(programs / "python"), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
