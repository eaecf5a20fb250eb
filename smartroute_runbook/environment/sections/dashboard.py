"""The dashboard: its latency experiment, its switch and its alarms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from smartroute_runbook.environment.names import AlarmTopic, KeyPrefix, LocalPath, Matching, Name, ParameterName

from .base import Section

__all__ = ["Alarms", "Dashboard", "Experiment"]


class Experiment(Section):
    """How week 3 compares latencies: a first look, then the registered week."""

    rounds: int | None = Field(
        10, ge=1, le=1000, description="of the first look; none: as many as the power to catch `effect` takes"
    )
    days: int = Field(7, ge=1, le=7, description="of the week")
    load: Literal["history", "users"] = Field(
        "history",
        description="arrivals: the last whole week of Athena's history (users where it has too few), or users",
    )
    users: int = Field(100, ge=1, le=10_000, description="at once, where the load is users")
    think_seconds: float = Field(
        60, gt=0, le=86_400, description="between two looks of a user, each of which asks all panels"
    )
    hours_a_day: int | None = Field(None, ge=1, le=24, description="the busiest of each day; none: all that are used")
    hour_seconds: float = Field(3600, gt=0, le=3600, description="of the clock; less compresses the week")
    epoch_seconds: float = Field(300, gt=0, le=3600, description="at most; an epoch is kept, and judged, as one")
    most_pairs: int = Field(20_000, ge=1, le=1_000_000, description="in the week: each is asked of both engines")
    sessions: int = Field(100, ge=1, le=500, description="connections a side at most")
    lag_seconds: float = Field(
        0.05, gt=0, le=60, description="a pair is void where the generator itself was later than this"
    )
    expected_seconds: float | None = Field(
        0.5, gt=0, le=3600, description="of the median; the plan expects it; a miss is reported"
    )
    failures: float = Field(0.01, ge=0, lt=1, description="the share of requests that may fail on Redshift")
    power: float = Field(0.95, ge=0.5, lt=1, description="the share of experiments in which `effect` must be caught")
    effect: float = Field(0.2, gt=0, lt=10, description="the slowdown, as a share, that must be caught")
    connections: int = Field(8, ge=1, le=64, description="sessions a side in the first look")
    target_seconds: float | None = Field(1.0, gt=0, le=3600, description="of the 95th percentile; the plan wants 1")
    seed: int = Field(7, ge=0, le=2**63 - 1, description="of every random choice, so that it can be repeated")
    queries: LocalPath = Field(
        "parameters/queries", description="folder of the dashboard's queries, one .sql file each"
    )
    interval_seconds: float | None = Field(
        None, ge=0, le=3600, description="between shots of the first look; none: slower engine busy at 30%"
    )
    tolerance: float = Field(0.1, gt=0, lt=10, description="how much slower is still the same, as a share")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="of the whole experiment")
    critical: tuple[Name, ...] = Field((), description="queries that may not be slower; none named: all")
    verdict_blocks: bool = Field(True, description="whether a candidate that is slower than agreed blocks the gate")
    advice: tuple[Literal["distribution", "sort-key", "vacuum", "analyze"], ...] = Field(
        ("vacuum", "analyze"),
        description="kinds of the profile's advice that week 3 applies; the first two rewrite a table",
    )


class Dashboard(Section):
    """The dashboard's switch: SSM parameters that its API reads."""

    engine_parameter: ParameterName = "/smartroute/dashboard/engine"
    url_parameter: ParameterName = "/smartroute/dashboard/url"
    published_queries: KeyPrefix = "dashboard/queries"
    over_views: bool = Field(False, description="read materialized views where week 3 proved them equal and worth it")
    answer_seconds: float = Field(5, gt=0, le=900, description="an engine that answers later than this does not answer")
    canary_shares: tuple[Annotated[int, Field(ge=0, le=100)], ...] = Field(
        (1, 10, 50, 100), min_length=1, description="percent of the requests, raised in this order; ends with 100"
    )
    canary_seconds: float = Field(10, gt=0, le=604_800, description="how long each share is watched before the next")
    trial_seconds: int = Field(
        60, ge=2, le=3600, description="after a kill the dashboard goes back by itself within this"
    )
    cache_seconds: float = Field(
        5, ge=0, le=3600, description="how long the dashboard's API may use the parameter's last value"
    )
    switch_seconds: float = Field(
        120, gt=0, le=3600, description="until every query must be answered by the new engine"
    )
    probe_seconds: float = Field(2, gt=0, le=3600, description="how long each switch is probed before and after")
    probe_every: float = Field(
        2,
        gt=0,
        le=3600,
        description="seconds between two rounds of probing at a share, once every query was answered there",
    )
    watch_hours: float = Field(48, gt=0, le=744, description="after the cut-over; the plan watches for 48 hours")
    watch_every: float = Field(30, gt=0, le=3600, description="seconds between two rounds of the watch")
    compare_every: float = Field(
        600, gt=0, le=86_400, description="seconds between two comparisons with the control's answers"
    )
    slow_seconds: float = Field(
        1, gt=0, le=3600, description="a query that keeps being slower than this is a regression"
    )
    try_again_days: int = Field(14, ge=1, le=365, description="after a rollback: when the next attempt is reminded of")
    roll_back_automatically: bool = Field(True, description="whether the watch goes back by itself; else it says how")

    @field_validator("canary_shares")
    @classmethod
    def _rising(cls, shares: tuple[int, ...]) -> tuple[int, ...]:
        if shares[-1] != 100 or list(shares) != sorted(set(shares)):
            raise ValueError("shares that rise to 100, such as [1, 10, 50, 100]")
        return shares


class Alarms(Section):
    """Where alarms go, and the limits that are not the plan's."""

    topic: AlarmTopic = "smartroute-alerts"
    receivers: tuple[Name, ...] = Field(
        (),
        description="who hears them, as PROTOCOL:ENDPOINT, such as email:oncall@example.com; each confirms by itself",
    )
    lag_minutes: int = Field(
        120, ge=1, le=10_080, description="how far Redshift may be behind the lake, or silent about it"
    )
    disk_percent: float = Field(80, ge=1, lt=100, description="of the cluster's disk space in use")
    connections: int = Field(400, ge=1, le=2000, description="open at once; AWS allows 500 on the smaller node types")
    queue_seconds: float = Field(
        60, gt=0, le=86_400, description="that all queries of a queue may wait together in 5 minutes"
    )
    runbook: Annotated[
        str, Field(min_length=1, max_length=500), Matching(r"[^\x00-\x1f\x7f]+", "an address, or a path, on one line")
    ] = Field("docs/alarms.md", description="where receivers find what to do: put the address of your copy here")

    @field_validator("receivers")
    @classmethod
    def _protocols(cls, receivers: tuple[str, ...]) -> tuple[str, ...]:
        known = ("email", "email-json", "sms", "https", "http", "sqs", "lambda")
        for one in receivers:
            if one.partition(":")[0] not in known or not one.partition(":")[2]:
                raise ValueError(f"PROTOCOL:ENDPOINT with a protocol of {', '.join(known)}")
        return receivers
