"""How it is decided, who signs, what it may cost, and where the record is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from smartroute_runbook.environment.names import Name, RecordStore

from .base import Section

__all__ = ["Budgets", "Decision", "Gates", "Record"]


class Gates(Section):
    """Who signs: how many people, and whether a rehearsal may sign by itself."""

    signatures: int = Field(1, ge=1, le=2)
    automatic: bool = Field(False, description="headless rehearsals only; refused in any other environment")
    valid_days: float = Field(90, gt=0, le=366, description="how long a signature counts")
    signers: dict[Name, str] = Field(
        {}, description="who signs by a key of their own: PEM public key (Ed25519) by name; nobody else then signs"
    )


class Decision(Section):
    """How week 1 decides."""

    triggers_needed: int = Field(1, ge=1, le=5, description="the plan says any: 1")
    history_days: int = Field(45, ge=1, le=45)
    node_hours_month: float = Field(730, gt=0, le=744, description="a month has 744 at most")
    reminder_weeks: int = Field(4, ge=1, le=104)
    minimum_users: int = Field(10, ge=0, le=1_000_000)
    percentile: Literal[50, 95, 99] = Field(95, description="of latency, wherever a trigger speaks of latency")
    pages_per_second: float = Field(5, gt=0, le=1000, description="of query history; Athena's default limit is 5")
    users: int | None = Field(
        None, ge=0, le=1_000_000, description="concurrent dashboard users, where somebody counts them"
    )
    queries_per_user_minute: float = Field(
        5, gt=0, le=1000, description="a dashboard of five panels refreshed each minute"
    )
    queries_per_user_day: float = Field(500, gt=0, le=100_000, description="the plan implies 330 to 670")
    required_seconds: float | None = Field(None, gt=0, le=3600, description="the dashboard's agreed latency")
    bedrock_seconds: float | None = Field(
        None, gt=0, le=3600, description="latency that Bedrock needs, once it is wanted"
    )
    bedrock_queries: tuple[str, ...] = Field(
        (), description="of the dashboard, those that Bedrock asks (`smartroute-runbook bedrock`); empty: all"
    )
    data_gb: float = Field(1000, ge=0, le=16_000_000, description="in managed storage; the plan expects 500 to 1000")
    budget_usd_month: float | None = Field(None, ge=0, le=10_000_000, description="approved for Redshift")
    trained: bool | None = Field(None, description="is the team trained on Redshift administration?")
    refresh_prices: bool = Field(False, description="ask the Pricing API once a run; else the package's dated prices")
    adhoc_share: float = Field(0.1, ge=0, le=1, description="of the queries: stays on Athena after the cut-over")


class Budgets(Section):
    """What a month of each engine may cost before somebody is notified (AWS Budgets)."""

    redshift_usd_month: float | None = Field(
        None,
        gt=0,
        le=10_000_000,
        description="none: decision.budget_usd_month, else what the cluster and its storage cost",
    )
    athena_usd_month: float | None = Field(
        None, gt=0, le=10_000_000, description="none: the plan's $50, each day of a month"
    )


class Record(Section):
    """Where journal and records live: a folder or ``s3://bucket/prefix``."""

    store: RecordStore = "records"
    signing_key: Name = Field("~/.config/smartroute-runbook/signing.pem", description="a file, or the ARN of a KMS key")
    anchor: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        None, description="second place for attestations: a folder, s3://..., an SNS topic's ARN, or 'command: ...'"
    )
