"""All that an environment can set, with its defaults: validated as a whole before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smartroute_runbook.errors import UsageError, did_you_mean, printable

__all__ = ["Settings", "parse_settings"]

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Section(BaseModel):
    """A group of parameters; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Aws(Section):
    """Where: region and, optionally, a named profile (never a key)."""

    region: Name = "us-east-1"
    profile: Name | None = None
    timeout_seconds: float = Field(60, gt=0)
    attempts: int = Field(8, ge=1, le=50, description="tries a call, adaptive mode")


class Athena(Section):
    """The control: what is migrated, and through which workgroups."""

    database: Name = "smartroute_analytics"
    workgroup: Name = "smartroute-analytics"
    tables: tuple[Name, ...] = ("vehicles", "delay_metrics", "crowding_metrics")
    migration_workgroup: Name = "smartroute-migration"
    migration_scan_limit_gb: int = Field(100, ge=1, description="cut-off a query, GiB")


class Redshift(Section):
    """The candidate: the cluster and how to reach it."""

    cluster: Name = "smartroute-analytics"
    node_type: Name = "ra3.xlplus"
    nodes: int = Field(2, ge=1, le=32)
    database: Name = "smartroute"
    schema_name: Name = "smartroute_analytics"
    master_user: Name = "smartroute_admin"
    port: int = Field(5439, ge=1, le=65535)
    transport: Literal["driver", "data-api"] = "driver"
    copy_role: Name = "smartroute-redshift-copy"
    parameter_group: Name = "smartroute-analytics"
    snapshot_days: int = Field(14, ge=1, le=35)
    snapshot_cadence: Literal["default", "daily"] = "default"
    timeout_seconds: float = Field(900, gt=0, description="longest wait for a statement or a cluster")


class Network(Section):
    """What exists already and is looked up by name, in the account of the credentials."""

    vpc: Name = "smartroute"
    subnets: tuple[Name, ...] = ("smartroute-private-a", "smartroute-private-b")
    lambda_security_group: Name = "smartroute-dashboard-lambda"
    security_group: Name = "smartroute-redshift"
    subnet_group: Name = "smartroute-redshift"
    kms_key: Name = "alias/smartroute"


class Gates(Section):
    """Who signs: how many people, and whether a rehearsal may sign by itself."""

    signatures: int = Field(1, ge=1, le=2)
    automatic: bool = Field(False, description="headless rehearsals only; refused in any other environment")


class Decision(Section):
    """How week 1 decides."""

    triggers_needed: int = Field(1, ge=1, le=5, description="the plan says any: 1")
    history_days: int = Field(45, ge=1, le=45)
    node_hours_month: float = Field(730, gt=0)
    reminder_weeks: int = Field(4, ge=1)
    minimum_users: int = Field(10, ge=0)
    percentile: Literal[50, 95, 99] = Field(95, description="of latency, wherever a trigger speaks of latency")
    pages_per_second: float = Field(5, gt=0, description="of query history; Athena's default limit is 5")
    users: int | None = Field(None, ge=0, description="concurrent dashboard users, where somebody counts them")
    queries_per_user_minute: float = Field(5, gt=0, description="a dashboard of five panels refreshed each minute")
    queries_per_user_day: float = Field(500, gt=0, description="the plan implies 330 to 670")
    required_seconds: float | None = Field(None, gt=0, description="the dashboard's agreed latency")
    bedrock_seconds: float | None = Field(None, gt=0, description="latency that Bedrock needs, once it is wanted")
    data_gb: float = Field(1000, ge=0, description="in managed storage; the plan expects 500 to 1000")
    budget_usd_month: float | None = Field(None, ge=0, description="approved for Redshift")
    trained: bool | None = Field(None, description="is the team trained on Redshift administration?")
    refresh_prices: bool = Field(False, description="ask the Pricing API once a run; else the package's dated prices")
    adhoc_share: float = Field(0.1, ge=0, le=1, description="of the queries: stays on Athena after the cut-over")


class Audit(Section):
    """What week 1 checks the data against."""

    stops: Name | None = Field(None, description="GTFS stops.txt with the known stop_id, in the runbooks' folder")
    budget_usd: float = Field(25, gt=0, description="of Athena scans; the audit refuses to cost more")


class Load(Section):
    """How week 2 exports and loads."""

    design: Literal["plan", "time-first", "auto"] = "plan"
    parallel: int = Field(2, ge=1, le=16, description="days exported at once")
    staging: Name = "staging/redshift"
    first_day: date | None = Field(None, description="UTC; earlier days are neither loaded nor compared")
    last_day: date | None = Field(None, description="UTC; later days are neither loaded nor compared")
    settle_minutes: int = Field(
        15, ge=0, le=1440, description="after its end, until an hour's or a day's partition counts as closed"
    )
    include_today: bool = Field(
        False, description="week 2 takes today's closed hours too, not closed days only; sync always does"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ValueError(f"first_day not after last_day ({self.last_day})")
        return self


class Proof(Section):
    """What a proof may cost, in US dollars of Athena scans."""

    budget_usd: float = Field(25, gt=0)


class Experiment(Section):
    """How week 3 compares latencies."""

    rounds: int = Field(5, ge=1, le=1000, description="few rounds are inconclusive rather than equal")
    seed: int = 7
    queries: Name = "parameters/queries"
    interval_seconds: float | None = Field(None, ge=0, description="between shots; none: slower engine busy at 70 %")
    tolerance: float = Field(0.1, gt=0, lt=10, description="how much slower is still the same, as a share")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="of the whole experiment")
    critical: tuple[Name, ...] = Field((), description="queries that may not be slower; none named: all")
    verdict_blocks: bool = Field(True, description="whether a candidate that is slower than agreed blocks the gate")


class Dashboard(Section):
    """The dashboard's switch: SSM parameters that its API reads."""

    engine_parameter: Name = "/smartroute/dashboard/engine"
    url_parameter: Name = "/smartroute/dashboard/url"
    published_queries: Name = "dashboard/queries"
    over_views: bool = Field(False, description="read materialized views where week 3 proved them equal and worth it")
    watch_hours: float = Field(48, gt=0)
    switch_seconds: float = Field(120, gt=0, description="until every query must be answered by the new engine")
    probe_seconds: float = Field(2, gt=0, description="how long each switch is probed")


class Alarms(Section):
    """Where alarms go, and the one that is not the plan's."""

    topic: Name = "smartroute-alerts"
    lag_minutes: int = Field(120, gt=0, description="how far Redshift may be behind the lake, or silent about it")


class Record(Section):
    """Where journal and records live: a folder or ``s3://bucket/prefix``."""

    store: Name = "records"
    signing_key: Name = "~/.config/smartroute-runbook/signing.pem"


class Settings(Section):
    """All parameters of one environment."""

    aws: Aws = Aws()
    athena: Athena = Athena()
    redshift: Redshift = Redshift()
    network: Network = Network()
    gates: Gates = Gates()
    decision: Decision = Decision()
    audit: Audit = Audit()
    load: Load = Load()
    proof: Proof = Proof()
    experiment: Experiment = Experiment()
    dashboard: Dashboard = Dashboard()
    alarms: Alarms = Alarms()
    record: Record = Record()


def parse_settings(values: Mapping[str, Any], source: str = "settings") -> Settings:
    """Validate settings.

    Raises:
        UsageError: names the first wrong parameter, what was expected and, for a typo, the nearest name.
    """
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(map(printable, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise UsageError(
                f"Unknown parameter '{path}' in {source}",
                hint=did_you_mean(str(first["loc"][-1]), _names_at(first["loc"][:-1])),
            ) from None
        raise UsageError(
            f"Parameter '{path}' in {source} is {first['input']!r}",
            expected=re.sub(r"^(Input should be |Value should be |Value error, )", "", first["msg"]),
            hint="Correct it and run again",
        ) from None


def _names_at(path: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in path:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
