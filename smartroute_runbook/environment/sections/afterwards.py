"""Parameters of what comes after the cut-over: tuning by traffic, analysts on Athena, the archive in S3."""

from __future__ import annotations

from pydantic import Field

from smartroute_runbook.environment.names import (
    GlueName,
    HostName,
    KeyPrefix,
    RoleName,
    UserName,
    WorkgroupName,
)

from .base import Section

__all__ = ["Analysts", "Archive", "Front", "Publish", "Tune"]


class Tune(Section):
    """The dashboard's queue in Redshift, and the cluster's size (``smartroute-runbook tune``)."""

    dashboard_user: UserName = Field("dashboard", description="as whom the dashboard's API asks Redshift")
    dashboard_log_seconds: int = Field(
        10, ge=1, le=86_399, description="a dashboard's query that takes longer is noted"
    )
    dashboard_abort_seconds: int = Field(60, ge=1, le=86_399, description="and ended: nobody waits for it any more")
    others_log_seconds: int = Field(300, ge=1, le=86_399, description="any other query that takes longer is noted")
    nodes: int | None = Field(None, ge=2, le=128, description="how many nodes `tune resize` proposes; none: no resize")


class Analysts(Section):
    """Those who ask the lake by themselves, on Athena (``smartroute-runbook tune analysts``)."""

    workgroup: WorkgroupName = "smartroute-analysts"
    scan_limit_gb: int = Field(50, ge=1, le=7_000, description="a query that reads more is ended, GiB")
    results: KeyPrefix = Field("athena-results/analysts", description="of their queries, in the lake's bucket")


class Archive(Section):
    """How long what the lake's bucket holds besides the tables is kept (``smartroute-runbook tune archive``)."""

    staging_days: int = Field(7, ge=1, le=3_650, description="of exports, once they are loaded")
    results_days: int = Field(14, ge=1, le=3_650, description="of Athena's results")
    infrequent_days: int | None = Field(
        None, ge=30, le=3_650, description="after which tables' files move to Standard-IA; none: they stay"
    )
    noncurrent_days: int = Field(30, ge=1, le=3_650, description="of versions that were replaced or deleted")


class Front(Section):
    """CloudFront in front of the dashboard's API (``smartroute-runbook tune cache``)."""

    origin: HostName | None = Field(None, description="the API's host; none: nothing is put in front of it")
    seconds: int = Field(30, ge=1, le=3_600, description="for which an answer is kept; SMARTROUTE_MAX_AGE is the same")
    least_hits: float = Field(
        0.5, ge=0, le=1, description="share of requests that must repeat one within these seconds"
    )


class Publish(Section):
    """Redshift's aggregates as tables of the lake, for exploration (``smartroute-runbook tune publish``)."""

    database: GlueName = Field("smartroute_published", description="of Glue, made for them alone")
    prefix: KeyPrefix = Field("published", description="of their files, in the lake's bucket")
    tables: tuple[GlueName, ...] = Field(
        (), description="the queries whose views are published; empty: every materialized view of week 3"
    )
    role: RoleName = Field("smartroute-redshift-publish", description="with which Redshift writes them")
    after_sync: bool = Field(False, description="whether `sync` publishes anew what it has changed")
