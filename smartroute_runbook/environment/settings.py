"""All that an environment can set, with its defaults: validated as a whole before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from smartroute_runbook.errors import UsageError, did_you_mean, printable

from .contradictions import contradictions
from .names import (
    AlarmTopic,
    ClusterName,
    DatabaseName,
    GlueName,
    GroupName,
    KeyPrefix,
    Matching,
    Name,
    ParameterName,
    PolicyName,
    RecordStore,
    RoleName,
    SchemaName,
    UserName,
    WorkgroupName,
    unique,
)

__all__ = ["Settings", "parse_settings"]


class Section(BaseModel):
    """A group of parameters; unknown keys are refused, and true is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and kind in (int, float, int | None, float | None):
            raise ValueError("a number")
        return value


class Aws(Section):
    """Where: region and, optionally, a named profile (never a key)."""

    region: Name = Field("us-east-1", description="of the lake's bucket and of the cluster")
    profile: Name | None = Field(None, description="a named profile of the AWS SDK; null: its own credentials")
    permissions_boundary: PolicyName | None = Field(
        "smartroute-boundary", description="caps every role made here: a managed policy's name or ARN; none: no cap"
    )
    timeout_seconds: float = Field(60, gt=0)
    attempts: int = Field(8, ge=1, le=50, description="tries a call, adaptive mode")

    def boundary_in(self, account: str) -> str | None:
        """The ARN of the permissions boundary, for roles of an account (twelve digits)."""
        name = self.permissions_boundary
        return name if name is None or name.startswith("arn:") else f"arn:aws:iam::{account}:policy/{name}"


class Athena(Section):
    """The control: what is migrated, and through which workgroups."""

    database: GlueName = "smartroute_analytics"
    workgroup: WorkgroupName = "smartroute-analytics"
    tables: Annotated[tuple[GlueName, ...], Field(min_length=1), AfterValidator(unique)] = Field(
        ("vehicles", "delay_metrics", "crowding_metrics"), description="what is migrated; docs/lakes.md: which qualify"
    )
    migration_workgroup: WorkgroupName = Field(
        "smartroute-migration", description="made by week 2, for exports and proofs; not the dashboards' own"
    )
    migration_scan_limit_gb: int = Field(100, ge=1, description="cut-off a query, GiB")


class Redshift(Section):
    """The candidate: the cluster and how to reach it."""

    cluster: ClusterName = "smartroute-analytics"
    node_type: Name = Field("ra3.xlplus", description="RA3 or RG, as the price book has it")
    nodes: int = Field(2, ge=1, le=32, description="of the cluster; 1 is not for production")
    database: DatabaseName = "smartroute"
    schema_name: SchemaName = "smartroute_analytics"
    master_user: UserName = "smartroute_admin"
    port: int = Field(5439, ge=1, le=65535, description="5431 to 5455 or 8191 to 8215 with managed storage")
    transport: Literal["driver", "data-api"] = Field(
        "driver", description="how statements reach the cluster; data-api needs no network path to its port"
    )
    copy_role: RoleName = "smartroute-redshift-copy"
    parameter_group: GroupName = "smartroute-analytics"
    snapshot_days: int = Field(14, ge=1, le=35)
    manual_snapshot_days: int = Field(30, ge=-1, le=3653, description="of the one before the cut-over; -1: for ever")
    snapshot_cadence: Literal["default", "daily"] = Field(
        "default", description="default: about every 8 hours, as Redshift makes them by itself"
    )
    timeout_seconds: float = Field(900, gt=0, description="longest wait for a statement or a cluster")

    @model_validator(mode="after")
    def _port_of_managed_storage(self) -> Self:
        # CreateCluster, Port: nodes with managed storage (RA3, RG) listen in two ranges only.
        ranges = (range(5431, 5456), range(8191, 8216))
        if self.node_type.startswith(("ra3", "rg")) and not any(self.port in each for each in ranges):
            raise ValueError(f"port from 5431 to 5455 or 8191 to 8215 for {self.node_type}, not {self.port}")
        return self


class Network(Section):
    """What exists already and is looked up by name, in the account of the credentials."""

    vpc: Name = Field("smartroute", description="its Name tag; the dashboard's Lambda is in it")
    subnets: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(unique)] = Field(
        ("smartroute-private-a", "smartroute-private-b"), description="their Name tags; two zones or more"
    )
    lambda_security_group: Name = Field(
        "smartroute-dashboard-lambda", description="the group of the dashboard's Lambda: it alone may reach the cluster"
    )
    security_group: Name = Field("smartroute-redshift", description="the cluster's own, made by week 1")
    subnet_group: GroupName = "smartroute-redshift"
    kms_key: Name = Field("alias/smartroute", description="encrypts the cluster and its password")


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
    least_hours: int = Field(24, ge=1, description="from first to last hour, for data to count as complete")
    stops: Name | None = Field(None, description="GTFS stops.txt with the known stop_id, in the runbooks' folder")
    budget_usd: float = Field(25, gt=0, description="of Athena scans; the audit refuses to cost more")


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
        False, description="accept that rows in partitions dated after now are neither loaded nor compared"
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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise ValueError(f"first_day not after last_day ({self.last_day})")
        return self


class Proof(Section):
    """What a proof may cost, in US dollars of Athena scans."""

    budget_usd: float = Field(25, gt=0)


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
    think_seconds: float = Field(60, gt=0, description="between two looks of a user, each of which asks all panels")
    hours_a_day: int | None = Field(None, ge=1, le=24, description="the busiest of each day; none: all that are used")
    hour_seconds: float = Field(3600, gt=0, le=3600, description="of the clock; less compresses the week")
    epoch_seconds: float = Field(300, gt=0, le=3600, description="at most; an epoch is kept, and judged, as one")
    most_pairs: int = Field(20_000, ge=1, le=1_000_000, description="in the week: each is asked of both engines")
    sessions: int = Field(100, ge=1, le=500, description="connections a side at most")
    lag_seconds: float = Field(0.05, gt=0, description="a pair is void where the generator itself was later than this")
    expected_seconds: float | None = Field(0.5, gt=0, description="of the median; the plan expects it, a miss is told")
    failures: float = Field(0.01, ge=0, lt=1, description="the share of requests that may fail on Redshift")
    power: float = Field(0.95, ge=0.5, lt=1, description="the share of experiments in which `effect` must be caught")
    effect: float = Field(0.2, gt=0, lt=10, description="the slowdown, as a share, that must be caught")
    connections: int = Field(8, ge=1, le=64, description="sessions a side in the first look")
    target_seconds: float | None = Field(1.0, gt=0, description="of the 95th percentile; the plan wants 1")
    seed: int = Field(7, description="of every random choice, so that it can be repeated")
    queries: Name = Field("parameters/queries", description="folder of the dashboard's queries, one .sql file each")
    interval_seconds: float | None = Field(
        None, ge=0, description="between shots of the first look; none: slower engine busy at 30 %"
    )
    tolerance: float = Field(0.1, gt=0, lt=10, description="how much slower is still the same, as a share")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="of the whole experiment")
    critical: tuple[Name, ...] = Field((), description="queries that may not be slower; none named: all")
    verdict_blocks: bool = Field(True, description="whether a candidate that is slower than agreed blocks the gate")


class Dashboard(Section):
    """The dashboard's switch: SSM parameters that its API reads."""

    engine_parameter: ParameterName = "/smartroute/dashboard/engine"
    url_parameter: ParameterName = "/smartroute/dashboard/url"
    published_queries: KeyPrefix = "dashboard/queries"
    over_views: bool = Field(False, description="read materialized views where week 3 proved them equal and worth it")
    answer_seconds: float = Field(5, gt=0, description="an engine that answers later than this does not answer")
    canary_shares: tuple[Annotated[int, Field(ge=0, le=100)], ...] = Field(
        (1, 10, 50, 100), min_length=1, description="percent of the requests, raised in this order; ends with 100"
    )
    canary_seconds: float = Field(10, gt=0, description="how long each share is watched before the next")
    trial_seconds: int = Field(60, ge=2, description="after a kill the dashboard goes back by itself within this")
    cache_seconds: float = Field(2, ge=0, description="how long the dashboard's API may use the parameter's last value")
    switch_seconds: float = Field(120, gt=0, description="until every query must be answered by the new engine")
    probe_seconds: float = Field(2, gt=0, description="how long each switch is probed before and after")
    watch_hours: float = Field(48, gt=0)
    watch_every: float = Field(30, gt=0, description="seconds between two rounds of the watch")
    compare_every: float = Field(600, gt=0, description="seconds between two comparisons with the control's answers")
    slow_seconds: float = Field(1, gt=0, description="a query that keeps being slower than this is a regression")
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
    lag_minutes: int = Field(120, gt=0, description="how far Redshift may be behind the lake, or silent about it")
    disk_percent: float = Field(80, gt=0, lt=100, description="of the cluster's disk space in use")
    connections: int = Field(400, ge=1, description="open at once; AWS allows 500 on the smaller node types")
    queue_seconds: float = Field(60, gt=0, description="that all queries of a queue may wait together in 5 minutes")
    runbook: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        "docs/alarms.md", description="where receivers find what to do: put the address of your copy here"
    )

    @field_validator("receivers")
    @classmethod
    def _protocols(cls, receivers: tuple[str, ...]) -> tuple[str, ...]:
        known = ("email", "email-json", "sms", "https", "http", "sqs", "lambda")
        for one in receivers:
            if one.partition(":")[0] not in known or not one.partition(":")[2]:
                raise ValueError(f"PROTOCOL:ENDPOINT with a protocol of {', '.join(known)}")
        return receivers


class Budgets(Section):
    """What a month of each engine may cost before somebody is told (AWS Budgets)."""

    redshift_usd_month: float | None = Field(
        None, gt=0, description="none: decision.budget_usd_month, else what the cluster and its storage cost"
    )
    athena_usd_month: float | None = Field(None, gt=0, description="none: the plan's $50, each day of a month")


class Record(Section):
    """Where journal and records live: a folder or ``s3://bucket/prefix``."""

    store: RecordStore = "records"
    signing_key: Name = Field("~/.config/smartroute-runbook/signing.pem", description="a file, or the ARN of a KMS key")
    anchor: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        None, description="second place for attestations: a folder, s3://..., an SNS topic's ARN, or 'command: ...'"
    )


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
    budgets: Budgets = Budgets()
    record: Record = Record()


def parse_settings(values: Mapping[str, Any], source: str = "settings") -> Settings:
    """Validate settings.

    Raises:
        UsageError: names every wrong parameter, what was expected and, for a typo, the nearest name.
    """
    try:
        settings = Settings.model_validate(dict(values))
        wrong = list(contradictions(settings, source))
        if not wrong:
            return settings
    except ValidationError as error:
        wrong = [_wrong(each, source) for each in error.errors()]
    if len(wrong) == 1:
        raise wrong[0]
    each = "; ".join(f"({n}) {str(one).rstrip('.')}" for n, one in enumerate(wrong, 1))
    raise UsageError(f"{len(wrong)} parameters in {source} are wrong: {each}", hint="Correct them and run again")


def _wrong(error: Any, source: str) -> UsageError:
    """One parameter that is wrong, in the words of somebody who writes YAML."""
    path = ".".join(map(printable, error["loc"]))
    if error["type"] == "extra_forbidden":
        hint = did_you_mean(str(error["loc"][-1]), _names_at(error["loc"][:-1]))
        return UsageError(f"Unknown parameter '{path}' in {source}", hint=hint)
    given = "a section" if isinstance(error["input"], (BaseModel, Mapping)) else repr(error["input"])
    return UsageError(f"Parameter '{path}' in {source} is {given}", expected=_expected(error["msg"]))


_WORDS = (
    (r"^(Input should be |Value should be |Value error, )", ""),
    (r"^a valid (tuple|list).*", "a list"),
    (r"^a valid string.*", "a text"),
    (r"^a valid integer.*", "a whole number"),
    (r"^a valid number.*", "a number"),
    (r"^a valid boolean.*", "true or false"),
    (r"^a valid date.*", "a date, such as 2026-10-01"),
    (r"^a valid dictionary.*", "a section: lines of 'name: value'"),
    (r"^a finite number", "a number that is not infinite"),
    (r"^greater than or equal to ", "at least "),
    (r"^less than or equal to ", "at most "),
    (r"^greater than ", "more than "),
    (r"^String should have at least (\d+) characters?", r"a text of at least \1 characters"),
    (r"^String should have at most (\d+) characters?", r"a text of at most \1 characters"),
    (r"^Tuple should have at least (\d+) items?.*", r"a list of at least \1"),
)


def _expected(message: str) -> str:
    """What pydantic expected, without its own words for types."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message


def _names_at(path: tuple[int | str, ...]) -> list[str]:
    model: Any = Settings
    for part in path:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
