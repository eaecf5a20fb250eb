"""The audit of Phase 3's data: complete, sound, how large, how laid out, how fast it grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from smartroute_runbook.declared import measured
from smartroute_runbook.environment.settings import Roles
from smartroute_runbook.errors import UsageError, did_you_mean, explained
from smartroute_runbook.lake import SourceTable, read_table
from smartroute_runbook.prices import BILLED_MINIMUM_MB, MB, TB, price_book
from smartroute_runbook.quantities import plural, size, span, usd
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Bars, Note, Series, Table, View

from .audit_price import price_of
from .audit_sql import DUPLICATES, HOURS, MEASURES, NOT_MONOTONE, REPEATED, STOPS, lacking, over
from .files import Inventory, inventory
from .findings import FACTS, Finding, about_columns, about_files, about_polls, about_rows, moment
from .known_stops import known_stops
from .schemas import TableSchema, read_schemas

__all__ = ["Audit", "audit"]

#: The share of hours, or minutes, that may be missing from data that counts as complete.
LACKING = 0.1


@dataclass(frozen=True)
class Audit:
    """What was found, and from what.

    Attributes:
        scanned_bytes: what the audit's own queries scanned.
        usd: what they cost, the 10 MB minimum included.
        bytes_day: growth of all tables a day.
        hours: rows by UTC hour, ISO 8601.
    """

    evidence_name: ClassVar[str] = "audit"
    evidence_version: ClassVar[int] = 1

    findings: tuple[Finding, ...]
    inventories: tuple[Inventory, ...]
    rows: int
    scanned_bytes: int
    usd: float
    bytes_day: float
    hours: tuple[tuple[str, int], ...]
    schemas: tuple[TableSchema, ...]
    least_hours: int = 24

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Why the data cannot be called stable and complete; nothing when it can."""
        if not self.hours:
            return ("no table with an event time was audited: declare audit.roles",)
        first, last = (datetime.fromisoformat(self.hours[n][0]) for n in (0, -1))
        span = int((last - first).total_seconds() // 3600) + 1
        shortfalls = [f"{plural(span, 'hour')} from the first to the last, of at least {self.least_hours}"]
        if span >= self.least_hours:
            shortfalls = []
        if span - len(self.hours) > LACKING * span:
            shortfalls.append(f"{len(self.hours):,} of {plural(span, 'hour')} with rows")
        limits = {
            "missing_minutes": ("of the minutes have no poll", LACKING),
            "unknown_stop": ("of the rows are at unknown stops", 0.5),
        }
        limits |= {"null_key": ("of the rows have no key", 0.5)}
        for one in self.findings:
            what, most = limits.get(one.name, ("", 1.0))
            if what and one.share > most:
                shortfalls.append(f"{one.share:.0%} {what}")
        return tuple(shortfalls)

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
            note=f"{plural(self.rows, 'row')} looked at; scanned {size(self.scanned_bytes)} for {usd(self.usd)}.",
            name=plural(len(self.findings), "finding"),
        )
        bars = Bars(
            f"{plural(sum(n for _, n in self.hours), 'row')} over {plural(len(self.hours), 'hour')} (UTC)",
            "hour",
            "rows",
            (Series(FACTS, tuple(h for h, _ in self.hours), tuple(float(n) for _, n in self.hours)),),
            aside=True,
        )
        return View(
            title, (findings, self._layout(), Note(self._growth()), bars, *(one.table() for one in self.schemas)), tone
        )

    def _layout(self) -> Table:
        rows = tuple(
            (
                i.table,
                i.files,
                size(i.bytes),
                i.partitions,
                i.small,
                _codecs(i),
                f"{i.footers - len(i.mismatched)} of {i.footers}",
            )
            for i in self.inventories
        )
        columns = ("table", "files", "size", "partitions", "under 1 MiB", "codec", "files with Glue's columns")
        return Table(columns, rows, "Files")

    def _growth(self) -> str:
        total = sum(i.bytes for i in self.inventories)
        if not self.bytes_day:
            return f"**Size.** {size(total)}; too few days to tell its growth."
        reach = [f"{goal:,} GB in {span(max(goal * 1e9 - total, 0) / self.bytes_day)}" for goal in (500, 1000)]
        return f"**Size.** {size(total)}, growing {size(self.bytes_day)} a day: {', '.join(reach)}."


def _codecs(one: Inventory) -> str:
    return ", ".join(f"{codec} ({count})" for codec, count in one.codecs)


@measured("prepare.audit", Audit)
def audit(run: Run) -> Audit:
    """Audit the tables of ``athena.tables``.

    Raises:
        UsageError: a table is not in Glue, or the list of stops cannot be read.
        ServiceError: Athena or S3 does not answer.
    """
    settings = run.settings
    with explained("Reading files and partitions"):
        inventories = tuple(inventory(run, table) for table in settings.athena.tables)
    accepted = settings.load.leave_out_future
    findings = [finding for one in inventories for finding in about_files(one, leave_out_future=accepted)]
    _require_budget(run, inventories)
    asked = _Asked(run)
    rows = 0
    hours: tuple[tuple[str, int], ...] = ()
    unreadable = {one.table for one in inventories if one.mismatched}  # Athena fails on them: said above, not asked
    if FACTS in settings.athena.tables:
        missing = lacking(dict(read_table(run, FACTS).all_columns))
        findings += about_columns(missing)
        if FACTS not in unreadable and not missing:
            per_hour = asked.records(HOURS)
            rows, hours = sum(hour["n"] for hour in per_hour), _by_hour(per_hour)
            findings += [
                about_rows(name, count, rows) for name, count in _counts(run, asked, per_hour).items() if count
            ]
            findings += about_polls(per_hour)
    for name, roles in settings.audit.roles.items():
        if name in unreadable:
            continue
        own, count, spoken = _by_roles(asked, read_table(run, name), roles)
        findings, rows, hours = findings + own, rows + count, hours or spoken
    order = {"blocking": 0, "accept": 1, "note": 2}
    return Audit(
        findings=tuple(sorted(findings, key=lambda f: (order[f.rating], f.table, -f.count))),
        inventories=inventories,
        rows=rows,
        scanned_bytes=sum(asked.scans),
        usd=round(sum(max(b, BILLED_MINIMUM_MB * MB) for b in asked.scans) / TB * price_book().usd("athena"), 6),
        bytes_day=_bytes_day(inventories),
        hours=hours,
        schemas=read_schemas(run),
        least_hours=settings.audit.least_hours,
    )


def _require_budget(run: Run, inventories: Sequence[Inventory]) -> None:
    """Stop before a scan that may cost more than is allowed.

    Raises:
        UsageError: it may.
    """
    most, allowed = price_of(run, {one.table: one.bytes for one in inventories}).usd, run.settings.audit.budget_usd
    if most > allowed:
        raise UsageError(
            f"The audit may scan up to ${most:,.2f}",
            expected=f"at most audit.budget_usd, {usd(allowed)}",
            hint="Raise it in the parameters if that is worth it",
        )


def _by_roles(
    asked: _Asked, table: SourceTable, roles: Roles
) -> tuple[list[Finding], int, tuple[tuple[str, int], ...]]:
    """What the rows of a table say, by the roles of its columns."""
    from .roles_sql import duplicates_sql, hours_sql

    if roles.event_time not in dict(table.all_columns):
        known = [name for name, _ in table.all_columns]
        raise UsageError(
            f"Table {table.name} has no column '{roles.event_time}'", expected="audit.roles names its event time",
            hint=did_you_mean(roles.event_time, known),
        )  # fmt: skip
    per_hour = asked.plain(hours_sql(table, roles))
    rows = sum(int(hour["n"]) for hour in per_hour)
    counts = {name: sum(int(hour[name] or 0) for hour in per_hour) for name in ("null_key", "wrong_partition")}
    counts["null_time"] = sum(int(hour["n"]) for hour in per_hour if hour["hour"] is None)
    counts["duplicate"] = int(asked.plain(duplicates_sql(table, roles))[0]["n"]) if roles.keys else 0
    findings = [about_rows(name, count, rows, table.name) for name, count in counts.items() if count]
    hours = sorted((str(hour["hour"])[:16].replace(" ", "T"), int(hour["n"])) for hour in per_hour if hour["hour"])
    return findings, rows, tuple(hours)


def _by_hour(per_hour: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    total: Counter[datetime] = Counter()
    for hour in per_hour:
        if (at := moment(hour)) is not None:
            total[at] += hour["n"]
    return tuple((moment.isoformat(timespec="minutes"), count) for moment, count in sorted(total.items()))


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

    def records(self, sql: str) -> list[dict[str, Any]]:
        """All rows of a question about the plan's table, by column name."""
        return self.plain(over(sql, self._database, FACTS))

    def plain(self, sql: str) -> list[dict[str, Any]]:
        """All rows, by column name."""
        answer = self._athena.query(sql)
        self.scans.append(answer.bytes_scanned)
        names = [column.name for column in answer.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.rows]


def _counts(run: Run, asked: _Asked, per_hour: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Rows by measure: those of single rows summed over the hours, the others asked for by themselves."""
    counts = {name: sum(int(hour[name] or 0) for hour in per_hour) for name in MEASURES}
    second = asked.records(DUPLICATES)[0]
    counts |= {"duplicate": int(second["n"]), "second_visit": int(second["visits"])}
    counts["repeated_poll"] = int(asked.records(REPEATED)[0]["n"])
    stops = {row["stop_id"]: row for row in asked.records(STOPS) if row["stop_id"] is not None}
    unknown = _unknown(run, stops)
    counts["unknown_stop"] = sum(int(stops[stop]["n"]) for stop in unknown)
    counts["not_monotone"] = int(asked.records(NOT_MONOTONE)[0]["n"])
    return counts


def _unknown(run: Run, stops: Iterable[str]) -> list[str]:
    """Stops that the known list lacks; none without a list."""
    name = run.settings.audit.stops
    if name is None:
        return []
    known = known_stops(run.base / name)
    return sorted(stop for stop in stops if stop not in known)
