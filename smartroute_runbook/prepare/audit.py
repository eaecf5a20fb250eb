"""The audit of Phase 3's data: complete, sound, how large, how laid out, how fast it grows."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Literal

from ..clients import explained
from ..errors import UsageError
from ..prices import BILLED_MINIMUM_MB, MB, TB, price_book
from ..run import Run
from ..views import Bars, Note, Series, Table, View
from .audit_sql import DUPLICATES, HOURS, MEASURES, NOT_MONOTONE, REPEATED, STOPS, over
from .files import Inventory, inventory

__all__ = ["Audit", "Finding", "audit"]

Rating = Literal["blocking", "accept", "note"]
FACTS = "vehicles"
#: Polls a trip for which an unknown stop is listed; a real one is listed until its train has called.
FLEETING = 3

#: What each measure means for the migration: rating and words.
MEANING: Mapping[str, tuple[Rating, str]] = {
    "null_key": ("blocking", "rows without trip, route, stop or poll time: they cannot be placed or compared"),
    "wrong_partition": ("blocking", "rows in another hour's partition than their poll's UTC hour"),
    "impossible_arrival": ("accept", "arrivals more than two days away from their poll"),
    "missing_arrival": ("accept", "arrival not said by the feed (first stops)"),
    "unknown_delay": ("accept", "delay unknown: the trip is in no timetable; averages leave it out"),
    "past_arrival": ("note", "arrivals already past when polled"),
    "stuck": ("accept", "vehicles stuck for ten minutes or more: frozen trips that the feed still lists"),
    "far_future": ("note", "arrivals more than two hours ahead"),
    "delay_a_day_off": ("accept", "delays a whole day off: they move every average they are in"),
    "late_batch": ("accept", "polls stored more than a minute after the feed's clock"),
    "duplicate": ("accept", "second rows of the same poll, feed, trip and stop: both are migrated as they are"),
    "repeated_poll": ("accept", "rows of a feed response stored a second time"),
    "unknown_stop": ("accept", "rows at stops of no timetable"),
    "not_monotone": (
        "accept",
        "arrivals after the next stop's in the same poll (about: the order of stops is inferred)",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing found: how many (rows, files, hours), and what it means."""

    name: str
    table: str
    rating: Rating
    count: int
    of: int
    words: str

    @property
    def share(self) -> float:
        """Count over what was looked at."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class Audit:
    """What was found, and from what.

    Attributes:
        scanned_bytes: what the audit's own queries scanned.
        usd: what they cost, the 10 MB minimum included.
        bytes_day: growth of all tables a day.
        hours: rows by UTC hour, ISO 8601.
    """

    findings: tuple[Finding, ...]
    inventories: tuple[Inventory, ...]
    rows: int
    scanned_bytes: int
    usd: float
    bytes_day: float
    hours: tuple[tuple[str, int], ...]

    @property
    def blocks(self) -> tuple[str, ...]:
        """What must be mended before the data is migrated."""
        return tuple(f"{f.table}: {f.count:,} {f.words}" for f in self.findings if f.rating == "blocking")

    def count(self, name: str) -> int:
        """The count of a finding; 0 when nothing was found."""
        return sum(f.count for f in self.findings if f.name == name)

    def view(self) -> View:
        """Findings, then files, growth and hours."""
        counts = Counter(f.rating for f in self.findings)
        title = f"Audit: {counts['blocking']} blocking, {counts['accept']} to accept, {counts['note']} to note"
        tone: Any = "bad" if counts["blocking"] else "warn" if counts["accept"] else "good"
        tones: Any = tuple({"blocking": "bad", "accept": "warn"}.get(f.rating, "plain") for f in self.findings)
        findings = Table(
            ("rating", "table", "count", "share", "what"),
            tuple((f.rating, f.table, f.count, f"{f.share:.2%}", f.words) for f in self.findings),
            tones=tones,
            note=f"{self.rows:,} rows looked at; scanned {self.scanned_bytes / 1e6:,.1f} MB for ${self.usd:.5f}.",
        )
        bars = Bars(
            "Rows an hour (UTC)",
            "hour",
            "rows",
            (Series(FACTS, tuple(h for h, _ in self.hours), tuple(float(n) for _, n in self.hours)),),
        )
        return View(title, (findings, self._layout(), Note(self._growth()), bars), tone)

    def _layout(self) -> Table:
        rows = tuple(
            (
                i.table,
                i.files,
                f"{i.bytes / 1e6:,.1f}",
                i.partitions,
                i.small,
                _codecs(i),
                f"{i.footers - len(i.mismatched)} of {i.footers}",
            )
            for i in self.inventories
        )
        columns = ("table", "files", "MB", "partitions", "under 16 MiB", "codec", "files with Glue's columns")
        return Table(columns, rows, "Files")

    def _growth(self) -> str:
        total = sum(i.bytes for i in self.inventories)
        if not self.bytes_day:
            return f"**Size.** {total / 1e9:,.3f} GB; too few days to tell its growth."
        reach = [f"{size:,} GB in {max(size * 1e9 - total, 0) / self.bytes_day:,.0f} days" for size in (500, 1000)]
        return f"**Size.** {total / 1e9:,.3f} GB, growing {self.bytes_day / 1e9:,.4f} GB a day: {', '.join(reach)}."


def _codecs(one: Inventory) -> str:
    return ", ".join(f"{codec} ({count})" for codec, count in one.codecs)


def audit(run: Run) -> Audit:
    """Audit the tables of ``athena.tables``.

    Raises:
        UsageError: a table is not in Glue, or the list of stops cannot be read.
        ServiceError: Athena or S3 does not answer.
    """
    settings = run.settings
    with explained("Reading files and partitions"):
        inventories = tuple(inventory(run, table) for table in settings.athena.tables)
    findings = [finding for one in inventories for finding in _layout_findings(one)]
    asked = _Asked(run)
    rows = 0
    hours: tuple[tuple[str, int], ...] = ()
    if FACTS in settings.athena.tables:
        per_hour = asked.records(HOURS)
        rows, hours = sum(hour["n"] for hour in per_hour), _by_hour(per_hour)
        findings += [_finding(name, count, rows) for name, count in _counts(run, asked, per_hour).items() if count]
        findings += _missing(per_hour)
    order = {"blocking": 0, "accept": 1, "note": 2}
    return Audit(
        findings=tuple(sorted(findings, key=lambda f: (order[f.rating], f.table, -f.count))),
        inventories=inventories,
        rows=rows,
        scanned_bytes=sum(asked.scans),
        usd=round(sum(max(b, BILLED_MINIMUM_MB * MB) for b in asked.scans) / TB * price_book().usd("athena"), 6),
        bytes_day=_bytes_day(inventories),
        hours=hours,
    )


def _finding(name: str, count: int, rows: int) -> Finding:
    rating, words = MEANING[name]
    return Finding(name, FACTS, rating, count, rows, words)


def _layout_findings(one: Inventory) -> list[Finding]:
    unseen = f"partitions with files that Glue does not know, so that nothing reads them: {_some(one.unregistered)}"
    odd = _some(tuple(f"{name} {why}" for name, why in one.mismatched))
    found: list[tuple[str, Rating, int, int, str]] = [
        ("unregistered", "blocking", len(one.unregistered), one.partitions + len(one.unregistered), unseen),
        ("schema", "blocking", len(one.mismatched), one.footers, f"files whose columns are not Glue's: {odd}"),
        ("empty_partition", "note", len(one.empty), one.partitions, f"partitions without a file: {_some(one.empty)}"),
        ("small_files", "note", one.small if one.small > 1 else 0, one.files, "files under 16 MiB: slow to open"),
    ]
    return [Finding(name, one.table, rating, count, of, words) for name, rating, count, of, words in found if count]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _moment(hour: Mapping[str, Any]) -> datetime:
    return datetime(hour["year"], hour["month"], hour["day"], hour["hour"], tzinfo=UTC)


def _by_hour(per_hour: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    total: Counter[datetime] = Counter()
    for hour in per_hour:
        total[_moment(hour)] += hour["n"]
    return tuple((moment.isoformat(timespec="minutes"), count) for moment, count in sorted(total.items()))


def _missing(per_hour: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Hours without a row between the first and the last, and minutes without a poll in the hours between."""
    if not per_hour:
        return []
    moments = sorted({_moment(hour) for hour in per_hour})
    span = int((moments[-1] - moments[0]) / timedelta(hours=1)) + 1
    feeds = {hour["feed_path"] for hour in per_hour}
    inner = [hour for hour in per_hour if moments[0] < _moment(hour) < moments[-1]]
    polled, wanted = sum(hour["minutes"] for hour in inner), 60 * len(inner)
    absent = len(feeds) * len(moments) - len(per_hour)
    found: list[tuple[str, Rating, int, int, str]] = [
        ("missing_hours", "accept", span - len(moments), span, "hours without a row between the first and the last"),
        ("missing_feed_hours", "note", absent, len(feeds) * len(moments), "hours in which a feed is silent"),
        (
            "missing_minutes",
            "note",
            wanted - polled,
            wanted,
            "minutes without a poll of a feed that speaks in that hour",
        ),
    ]
    return [Finding(name, FACTS, rating, count, of, words) for name, rating, count, of, words in found if count]


def _bytes_day(inventories: Sequence[Inventory]) -> float:
    """Mean bytes of the full days, all tables; the first and last day are partial."""
    days: Counter[str] = Counter()
    for one in inventories:
        days.update(dict(one.days))
    full = [size for _, size in sorted(days.items())][1:-1] if len(days) > 2 else list(days.values())
    return round(sum(full) / len(full), 1) if full else 0.0


class _Asked:
    """The audit's questions to Athena, with what they scanned."""

    def __init__(self, run: Run) -> None:
        self._athena, self._database, self.scans = run.athena(), run.settings.athena.database, list[int]()

    def records(self, sql: str, without_stops: Sequence[str] = ()) -> list[dict[str, Any]]:
        """All rows, by column name."""
        found = self._athena.query(over(sql, self._database, FACTS, without_stops))
        self.scans.append(found.bytes_scanned)
        names = [column.name for column in found.columns]
        return [dict(zip(names, row, strict=True)) for row in found.rows]


def _counts(run: Run, asked: _Asked, per_hour: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows by measure: those of single rows summed over the hours, the others asked for by themselves."""
    counts = {name: sum(int(hour[name] or 0) for hour in per_hour) for name in MEASURES}
    counts["duplicate"] = int(asked.records(DUPLICATES)[0]["n"])
    counts["repeated_poll"] = int(asked.records(REPEATED)[0]["n"])
    stops = {row["stop_id"]: row for row in asked.records(STOPS) if row["stop_id"] is not None}
    unknown = _unknown(run, stops)
    counts["unknown_stop"] = sum(int(stops[stop]["n"]) for stop in unknown)
    counts["not_monotone"] = int(asked.records(NOT_MONOTONE, unknown)[0]["n"])
    return counts


def _unknown(run: Run, stops: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Stops that the known list lacks; without one, stops listed fleetingly where others are listed for long."""
    name = run.settings.audit.stops
    if name is None:
        listed = {stop: row["n"] / max(row["trips"], 1) for stop, row in stops.items()}
        usual = median(listed.values()) if listed else 0
        return sorted(stop for stop, often in listed.items() if often < FLEETING <= usual / 4)
    path = run.base / name
    try:
        with path.open(newline="", encoding="utf-8") as file:
            known = {row["stop_id"] for row in csv.DictReader(file)}
    except (OSError, KeyError) as error:
        raise UsageError(
            f"The list of stops {path} cannot be read: {error!r}", expected="GTFS stops.txt, with a column stop_id"
        ) from None
    return sorted(stop for stop in stops if stop not in known)
