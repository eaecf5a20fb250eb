"""Findings of the audit: what each means for the migration, and how it is rated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .audit_sql import POLLED_COLUMNS
from .files import Inventory

__all__ = ["FACTS", "Finding", "Rating", "about_columns", "about_files", "about_polls", "about_rows", "moment"]

Rating = Literal["blocking", "accept", "note"]
#: The table whose rows are looked at; the others are derived from it.
FACTS = "vehicles"

#: What each measure means for the migration: rating and words.
MEANING: Mapping[str, tuple[Rating, str]] = {
    "null_time": ("blocking", "rows without poll time: they belong to no hour"),
    "null_key": (
        "accept",
        "rows without trip, route or stop (NULL or empty): carried as they are, nameless in answers",
    ),
    "wrong_partition": ("blocking", "rows in another hour's partition than their poll's UTC hour"),
    "impossible_arrival": ("accept", "arrivals more than two days away from their poll"),
    "missing_arrival": ("accept", "arrival not said by the feed (NULL or 0; first stops)"),
    "unknown_delay": ("accept", "delay unknown: the trip is in no timetable; averages leave it out"),
    "past_arrival": ("note", "arrivals already past when polled"),
    "stuck": ("accept", "vehicles stuck for ten minutes or more: frozen trips that the feed still lists"),
    "far_future": ("note", "arrivals more than six hours ahead: no trip takes that long"),
    "delay_a_day_off": ("accept", "delays a whole day off: they move every average they are in"),
    "late_batch": ("accept", "polls stored more than a minute after the feed's clock"),
    "early_batch": ("accept", "polls stored more than a minute before the feed's clock: a clock that is behind"),
    "no_feed_clock": (
        "note",
        "rows without the feed's clock: a poll that was late, or stored twice, cannot be told",
    ),
    "other_wait": ("note", "seconds to the arrival that are not arrival minus poll"),
    "duplicate": ("accept", "second rows of the same poll, feed, trip and stop: both are migrated as they are"),
    "second_visit": (
        "note",
        "second rows of the same poll, feed, trip and stop, a quarter of an hour apart: loops, or vehicles of one trip",
    ),
    "repeated_poll": ("accept", "rows of a feed response stored a second time"),
    "unknown_stop": ("accept", "rows at stops of no timetable"),
    "not_monotone": ("accept", "arrivals after the next stop's in the same poll, by the order of most polls"),
}


#: The same for a table whose columns have declared roles.
ROLES: Mapping[str, tuple[Rating, str]] = {
    "null_time": ("accept", "rows without event time: they belong to no hour"),
    "null_key": ("accept", "rows without one of their keys (NULL or empty): carried as they are"),
    "wrong_partition": ("accept", "rows in another partition than their event's day or hour (UTC)"),
    "duplicate": ("accept", "second rows of the same keys and event time: both are migrated as they are"),
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


def about_rows(name: str, count: int, rows: int, table: str = FACTS) -> Finding:
    """Rows of which a measure is true."""
    rating, words = MEANING[name] if table == FACTS else ROLES[name]
    return Finding(name, table, rating, count, rows, words)


def about_files(one: Inventory, *, leave_out_future: bool = False) -> list[Finding]:
    """What a table's files and partitions say."""
    unseen = f"partitions with files that Glue does not know, so that nothing reads them: {_some(one.unregistered)}"
    odd = _some(tuple(f"{name} {why}" for name, why in one.mismatched))
    other = _some(tuple(f"{name} {why}" for name, why in one.evolved))
    late = f"partitions that have not begun, by a wrong clock or year; they are not loaded: {_some(one.not_begun)}"
    after: Rating = "accept" if leave_out_future else "blocking"
    few = one.small if one.small > 1 else 0
    found: list[tuple[str, Rating, int, int, str]] = [
        ("unregistered", "blocking", len(one.unregistered), one.partitions + len(one.unregistered), unseen),
        ("schema", "blocking", len(one.mismatched), one.footers, f"files that Athena cannot read as Glue says: {odd}"),
        ("not_begun", after, len(one.not_begun), one.partitions, late),
        ("dateless", "accept", len(one.dateless), one.partitions, f"partitions that are no day: {_some(one.dateless)}"),
        ("evolved", "note", len(one.evolved), one.footers, f"files with other columns that Athena reads: {other}"),
        ("several", "note", len(one.several), one.partitions, f"partitions registered twice: {_some(one.several)}"),
        ("empty_partition", "note", len(one.empty), one.partitions, f"partitions without a file: {_some(one.empty)}"),
        ("small_files", "note", few, one.files, "files under 1 MiB: slow to open and to load"),
    ]
    return [Finding(name, one.table, rating, count, of, words) for name, rating, count, of, words in found if count]


def about_columns(missing: Sequence[str]) -> list[Finding]:
    """A table of the plan's name that lacks what the plan's checks read."""
    words = f"columns that the plan's checks read; its rows are not looked at; declare audit.roles: {_some(missing)}"
    return [Finding("other_columns", FACTS, "accept", len(missing), len(POLLED_COLUMNS), words)] if missing else []


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def moment(hour: Mapping[str, Any]) -> datetime | None:
    """The beginning of an hour's partition; None of one that is none, as of a NULL hour or the 30th of February."""
    try:
        return datetime(hour["year"], hour["month"], hour["day"], hour["hour"], tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def about_polls(per_hour: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Hours without a row between the first and the last, and minutes without a poll in the hours between."""
    dated = [(at, hour) for hour in per_hour if (at := moment(hour))]
    if not dated:
        return []
    moments = sorted({at for at, _ in dated})
    span = int((moments[-1] - moments[0]) / timedelta(hours=1)) + 1
    feeds = {hour["feed_path"] for _, hour in dated}
    inner = [hour for at, hour in dated if moments[0] < at < moments[-1]]
    polled, wanted = sum(hour["minutes"] for hour in inner), 60 * len(inner)
    absent = len(feeds) * len(moments) - len(dated)
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
