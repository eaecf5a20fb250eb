"""What evidence says against being signed over, read from its JSON alone: one small function a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smartroute_runbook.quantities import plural

__all__ = ["given", "listed", "objections", "rows"]


_POINTS = ("answers", "results", "rows", "freshness", "snapshot", "way back")


def objections(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Why nobody may sign over a piece of evidence, by the last part of its name."""
    kind = _KINDS.get(name.rpartition(".")[2])
    if kind is not None:
        yield from kind(value)


def _reconciliation(value: Mapping[str, Any]) -> Iterator[str]:
    different = [row for row in rows(value, "partitions", 4) if row[2] != row[3]]
    yield from (f"{row[0]} {row[1]}: {plural(row[2], 'row')}, and {row[3]}" for row in different)
    yield from map(str, listed(value, "drift"))
    yield from (f"nobody loaded {one}" for one in listed(value, "stray"))


def _ready(value: Mapping[str, Any]) -> Iterator[str]:
    points = [given(one) for one in listed(value, "points")]
    yield from (str(one.get("says")) for one in points if one.get("holds") is not True)
    lacking = [name for name in _POINTS if name not in {one.get("name") for one in points}]
    yield from (f"nothing is said of '{name}'" for name in lacking if points)


def _watched(value: Mapping[str, Any]) -> Iterator[str]:
    yield from map(str, listed(value, "findings"))
    hours, wanted = value.get("hours"), value.get("wanted")
    if not isinstance(hours, (int, float)) or not isinstance(wanted, (int, float)) or hours < wanted:
        yield f"watched {plural(hours, 'hour')} of {plural(wanted, 'hour')}"
    if value.get("strays"):
        yield f"{plural(value['strays'], 'request was', 'requests were')} answered by another engine"


def _audit(value: Mapping[str, Any]) -> Iterator[str]:
    findings = map(given, listed(value, "findings"))
    yield from (str(one.get("words")) for one in findings if one.get("rating") == "blocking")


def _compared(value: Mapping[str, Any]) -> Iterator[str]:
    for one in listed(value, "differing") + listed(value, "disagreeing"):
        yield f"{one.get('query') if isinstance(one, Mapping) else one} answers differently"
    if given(value.get("plan")).get("verdict_blocks") and given(value.get("judgement")).get("verdict") == "fail":
        yield "the experiment failed"
    if value.get("verdict_blocks") and given(value.get("verdict")).get("kind") == "worse":
        yield "the experiment's verdict is worse"
    pairs, planned = value.get("pairs"), value.get("planned")
    if "planned" in value and pairs != planned:
        yield f"{pairs} of {plural(planned, 'pair')} of the experiment asked"
    if value.get("different"):
        yield f"{plural(value['different'], 'pair of answers differs', 'pairs of answers differ')} in the experiment"


def _queries(value: Mapping[str, Any]) -> Iterator[str]:
    translated = map(given, listed(value, "translations"))
    yield from (f"{one.get('name')} has no translation" for one in translated if not one.get("sql"))


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "reconciliation": _reconciliation, "ready": _ready, "watched": _watched, "audit": _audit,
    "experiment": _compared, "aggregates": _compared, "dashboardqueries": _queries,
}  # fmt: skip


def given(value: Any) -> Mapping[str, Any]:
    """An object; empty for anything else."""
    return value if isinstance(value, Mapping) else {}


def listed(value: Mapping[str, Any], key: str) -> list[Any]:
    """A list of an object; empty for anything else."""
    found = value.get(key)
    return found if isinstance(found, list) else []


def rows(value: Mapping[str, Any], key: str, columns: int) -> list[list[Any]]:
    """The rows of a table that have at least so many columns."""
    return [row for row in listed(value, key) if isinstance(row, list) and len(row) >= columns]
