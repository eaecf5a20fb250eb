"""The page of ``benchmarks/api.py``."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from smartroute_runbook.api.package import Packaged

from .attacks import Refusal
from .clients import Asked
from .cold import Start
from .troubles import ANSWER, DEADLINE, USERS, Met

MB = 1024**2


def page(
    clients: int, seconds: float, loads: Mapping[str, Sequence[Asked]], refusals: Sequence[Refusal],
    met: Sequence[Met], packaged: Packaged, cold: Sequence[Start],
) -> str:  # fmt: skip
    """All of it, as Markdown."""
    when, machine = time.strftime("%Y-%m-%d %H:%M"), f"{platform.machine()}, {os.cpu_count()} cores"
    parts = {
        "Under load": [
            f"{clients} clients for {seconds:g} s, a connection and about a request every 10 s each; six",
            "queries whose answers are known; the engine parameter is switched every 5 s, and read once a second.",
            "",
            *_loads(loads),
        ],
        "Under attack": _refusals(refusals),
        "With trouble": [
            f"{USERS} users at once, an API that has just started. Redshift may take {ANSWER:g} s, a request",
            f"{DEADLINE:g} s. Afterwards: how many of them are answered once the trouble is over.",
            "",
            *_troubles(met),
        ],
        "Cold": [
            f"The zip has {packaged.size:,} bytes: {packaged.size / (50 * MB):.2%} of the 50 MB that Lambda takes.",
            "Unpacked, in a fresh process each time; boto3 is this environment's, as in Lambda the runtime's.",
            f"Seconds, median and slowest of {len(cold) // 2}:",
            "",
            *_cold(cold),
        ],
    }
    lines = [
        "# The dashboard's API",
        "",
        f"`python benchmarks/api.py`, {when}; {machine}, Python {platform.python_version()}, load average",
        f"{os.getloadavg()[0]:.0f} at its end. The API is a process of its own behind HTTP; engines, S3 and SSM are",
        "stand-ins on the same machine: the times say nothing about AWS's.",
    ]
    for title, told in parts.items():
        lines += ["", f"## {title}", "", *told]
    return "\n".join(lines) + "\n"


def _loads(loads: Mapping[str, Sequence[Asked]]) -> Iterator[str]:
    yield "| | requests | failed | wrong | by Athena | by Redshift | median | p95 | slowest |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, asked in loads.items():
        failed, wrong = sum(bool(one.failed) for one in asked), sum(bool(one.wrong) for one in asked)
        by = [sum(one.engine == engine and not one.failed for one in asked) for engine in ("athena", "redshift")]
        times = sorted(one.seconds for one in asked)
        shown = (times[len(times) // 2], times[int(len(times) * 0.95)], times[-1])
        cells = f"{len(asked):,} | **{failed}** | **{wrong}** | {by[0]:,} | {by[1]:,}"
        yield f"| {name} | {cells} | {' | '.join(f'{second:.2f} s' for second in shown)} |"
    why = Counter(one.failed for asked in loads.values() for one in asked if one.failed)
    if why:
        yield ""
        yield f"Failed: {'; '.join(f'{often} x {what}' for what, often in why.most_common(5))}."


def _refusals(refusals: Sequence[Refusal]) -> Iterator[str]:
    clean = sum(one.clean for one in refusals)
    yield f"{clean} of {len(refusals)} as they should be; the slowest took {max(r.seconds for r in refusals):.2f} s."
    yield ""
    yield "| sent | status | error | |"
    yield "|---|---|---|---|"
    for one in refusals:
        error = one.error[:90].replace("|", "\\|")
        yield f"| {one.attack.name} | {one.status} | {error} | {'' if one.clean else '**not clean**'} |"


def _troubles(met: Sequence[Met]) -> Iterator[str]:
    yield f"{sum(one.clean for one in met)} of {len(met)} clean: all answered or none, and within the deadline."
    yield ""
    yield "| trouble | the parameter | deadline | slowest | users met | afterwards | |"
    yield "|---|---|---|---|---|---|---|"
    for one in met:
        times = f"{one.trouble.within:g} s | {one.slowest:.1f} s"
        answers = one.answers.replace("|", "\\|")
        verdict = "" if one.clean else "**not clean**"
        yield f"| {one.trouble.name} | {one.trouble.route} | {times} | {answers} | {one.after} | {verdict} |"


def _cold(cold: Sequence[Start]) -> Iterator[str]:
    yield "| engine | the whole process | imports | first answer | second answer |"
    yield "|---|---|---|---|---|"
    for engine in ("athena", "redshift"):
        mine = [one for one in cold if one.engine == engine]
        columns = ([getattr(one, field) for one in mine] for field in ("process", "imports", "first", "second"))
        yield f"| {engine} | {' | '.join(f'{median(each):.2f}, {max(each):.2f}' for each in columns)} |"
