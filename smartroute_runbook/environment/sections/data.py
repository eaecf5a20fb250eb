"""How the data is audited, loaded and proven."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from smartroute_runbook.environment.names import KeyPrefix, LocalPath, Matching, Name

from .base import Section

__all__ = ["Audit", "Load", "Proof", "Roles"]


class Roles(Section):
    """What columns of a table are, so that its rows can be audited."""

    event_time: Name = Field("", description="the column that says when a row's event was")
    unit: Literal["timestamp", "seconds", "milliseconds"] = Field("timestamp", description="of event_time")
    keys: tuple[Name, ...] = Field((), description="columns that name what the row is about, never empty")


class Audit(Section):
    """What week 1 checks the data against."""

    roles: dict[str, Roles] = Field(
        default_factory=dict, description="by table: event_time, unit, keys; the plan's tables need none"
    )
    least_hours: int = Field(24, ge=1, le=8_784, description="from first to last hour, for data to count as complete")
    stops: LocalPath | None = Field(None, description="GTFS stops.txt with the known stop_id, in the runbooks' folder")
    budget_usd: float = Field(25, gt=0, le=100_000, description="of Athena scans; the audit refuses to cost more")


class Load(Section):
    """How week 2 exports and loads."""

    design: Literal["plan", "time-first", "auto"] = Field(
        "plan", description="keys of the tables: the plan's, by time first, or Redshift's choice"
    )
    parallel: int = Field(2, ge=1, le=16, description="batches exported at once")
    nested: Literal["super", "text", "refuse"] = Field(
        "super", description="what arrays, maps and structs become: SUPER, their JSON as text, or a refusal"
    )
    batch_mb: int = Field(1000, ge=1, le=100_000, description="of the lake's files exported and loaded as one batch")
    leave_out_future: bool = Field(
        False,
        description="accept that rows in partitions dated after now, or of no day, are neither loaded nor compared",
    )
    staging: KeyPrefix = "staging/redshift"
    first_day: date | None = Field(None, description="UTC; earlier days are neither loaded nor compared")
    last_day: date | None = Field(None, description="UTC; later days are neither loaded nor compared")
    sync_function: (
        Annotated[str, Matching(r"[a-zA-Z0-9_-]{1,64}", "the name of a Lambda function, not its ARN")] | None
    ) = Field(
        None, description="runs sync by the hour, from a container image with this package; none: cron does, or nobody"
    )
    settle_minutes: int = Field(
        15, ge=0, le=1440, description="after its end, until an hour's or a day's partition counts as closed"
    )
    include_today: bool = Field(
        False, description="week 2 takes today's closed hours too, not closed days only; sync always does"
    )


class Proof(Section):
    """What a proof may cost, in US dollars of Athena scans."""

    budget_usd: float = Field(25, gt=0, le=100_000)
