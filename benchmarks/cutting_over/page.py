"""What was measured, row by row, and the page made of it: a benchmark that was stopped goes on with the rest."""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from .users import CLIENTS, THINK
from .world import DASHBOARD

Row = dict[str, Any]


class Rows:
    """Rows in a file, one JSON object a line, each with its part of the benchmark, moment and load average."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, part: str) -> list[Row]:
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        return [row for row in map(json.loads, lines) if row["part"] == part]

    def add(self, part: str, **row: Any) -> None:
        at = {"part": part, "at": time.strftime("%Y-%m-%d %H:%M"), "load": round(os.getloadavg()[0], 1)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(at | row) + "\n")


def _sum(rows: list[Row], *names: str) -> list[int]:
    return [sum(row[name] for row in rows) for name in names]


def switches(rows: list[Row]) -> Iterator[str]:
    requests, failed, wrong = _sum(rows, "requests", "failed", "wrong")
    yield f"{len(rows)} cut-overs, 1 to 100 %, and back: {requests:,} requests, **{failed} failed, {wrong} wrong**"
    yield ""
    yield "| seconds | median | slowest |"
    yield "|---|---|---|"
    for what, key in (
        ("a whole cut-over", "took"),
        ("from 100 % until the last request was asked that Athena answered", "there"),
        ("from the way back until the last request was asked that Redshift answered", "back"),
    ):
        yield f"| {what} | {median(row[key] for row in rows):.2f} | {max(row[key] for row in rows):.2f} |"


def troubles(rows: list[Row]) -> Iterator[str]:
    yield "| trouble | begins | outcome, by the page | left at | requests | failed | wrong | by Athena | slowest |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        begins = f"at {row['share']} %" if row["share"] else "before"
        counts = f"{row['requests']} | {row['failed']} | {row['wrong']} | {row['instead']} | {row['slowest']:.1f} s"
        yield f"| {row['trouble']} | {begins} | {row['page']} | `{row['left']}` | {counts} |"


def kills(rows: list[Row]) -> Iterator[str]:
    requests, failed, wrong, unanswered = _sum(rows, "requests", "failed", "wrong", "unanswered")
    late = max((row["late"] for row in rows), default=0.0)
    trial = DASHBOARD["trial_seconds"]
    yield f"{len(rows)} kills: {requests:,} requests, **{failed} failed, {wrong} wrong**. The last request on Redshift"
    yield f"was asked {late:.1f} s after a kill in a trial (a trial is {trial} s and a bit, the API's cache 1 s);"
    yield f"after that {unanswered} requests failed."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for what, key in (
        ("the parameter when it was killed", "left"),
        ("the page of the record, with nothing done since", "page"),
        ("the attempt after `switch athena`", "noted"),
    ):
        counts = Counter(row[key] for row in rows)
        yield f"| {what} | {', '.join(f'{how}: {often}' for how, often in sorted(counts.items()))} |"


def releases(rows: list[Row]) -> Iterator[str]:
    names = ("planted", "rule that tripped", "stated, s", "tripped after, s", "on Athena after, s",
             "watch ended after, s", "left at", "failed", "wrong")  # fmt: skip
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"
    for row in rows:
        seconds = f"{row['stated']:.0f} | {row['tripped']:.1f} | {row['moved']:.1f} | {row['back']:.1f}"
        yield f"| {row['planted']} | {row['rule']} | {seconds} | `{row['left']}` | {row['failed']} | {row['wrong']} |"
    yield ""
    yield f"A round each {rows[0]['every']:g} s, a comparison each {rows[0]['compare_every']:g} s. Stated: what"
    yield "`Limits.seconds_to_trip` says, and the round in which the fault begins."


def days(rows: list[Row]) -> Iterator[str]:
    times, rounds, false = _sum(rows, "times", "rounds", "false")
    yield f"{times} times 48 simulated hours with noise, {rounds:,} rounds: **{false} false roll-backs**."


PARTS = {
    "switches": ("Cut-overs and ways back", switches),
    "troubles": ("With trouble", troubles),
    "kills": ("Killed with SIGKILL", kills),
    "releases": ("A bad release under the watch", releases),
    "days": ("Ordinary days", days),
}


def page(rows: Rows) -> str:
    """The page."""
    lines = [
        "# The cut-over under load", "",
        f"`python benchmarks/cut_over.py`; {CLIENTS} clients, each a request about every {THINK:g} s; three queries",
        "with known answers. Engines and AWS are stand-ins in one process: the numbers say how the switch behaves, and",
        "nothing about AWS's times. The API reads the parameter once a second.",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. Parameters:",
        f"`{json.dumps(DASHBOARD)}`",
    ]  # fmt: skip
    for name, (title, told) in PARTS.items():
        if found := rows.of(name):
            loads = f"{min(row['load'] for row in found):.0f} to {max(row['load'] for row in found):.0f}"
            when = f"{found[0]['at']} to {found[-1]['at'][-5:]}, load average {loads}."
            lines += ["", f"## {title}", "", when, "", *told(found)]
    return "\n".join(lines) + "\n"
