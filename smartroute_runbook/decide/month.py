"""A month afterwards: the forecast against the bill, the triggers again, whether Redshift still pays, what is used.

Requests are counted by what the dashboard's API publishes (docs/alarms.md); the bill is Cost Explorer's, of the whole
account. What the same requests would have cost on Athena comes from week 1: the megabytes that its queries were billed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from smartroute_runbook.api.request_metrics import LATENCY, NAMESPACE, dashboard_dimensions
from smartroute_runbook.api.routing import CANDIDATE
from smartroute_runbook.canonical import plain
from smartroute_runbook.engines.clients import explained
from smartroute_runbook.errors import ServiceError, UsageError
from smartroute_runbook.prices import book_of
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Code, Note, Part, Table, Tone, View

from .costs import Costs
from .economics import Band, query_usd
from .month_usage import Usage, usage_of
from .triggers import Trigger, trigger_of

__all__ = ["Month", "judged", "month", "month_of"]

Verdict = Literal["pays", "does not pay", "undecided", "unknown"]
SERVICES = ("Amazon Redshift", "Amazon Athena")
_WAY_BACK = (
    "smartroute-runbook rollback                      # users read Athena again, in seconds",
    "# some quiet weeks later, when nobody reads it any more:",
    "aws redshift create-cluster-snapshot --cluster-identifier {cluster} --snapshot-identifier {cluster}-last",
    "aws redshift pause-cluster --cluster-identifier {cluster}   # node-hours end, storage is billed on",
    "aws redshift delete-cluster --cluster-identifier {cluster} --skip-final-cluster-snapshot",
)


@dataclass(frozen=True)
class ServiceBill:
    """One service, US dollars of the month; None: not known."""

    service: str
    forecast: float | None
    billed: float | None


@dataclass(frozen=True)
class Month:
    """What a month shows about the migration.

    Attributes:
        name: such as 2026-10.
        bills: of both engines.
        requests: of users, answered by Redshift; None where the dashboard publishes none.
        athena_instead: what they would have cost on Athena, US dollars; None where they are not known.
        triggers: judged again.
        cluster: the cluster's name, for the way back.
        usage: of tables and queries; None where Redshift did not answer.
    """

    name: str
    bills: tuple[ServiceBill, ...]
    requests: int | None
    athena_instead: Band | None
    triggers: tuple[Trigger, ...]
    cluster: str
    usage: Usage | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether Redshift cost less than Athena would have: over the whole band, or undecided."""
        billed = next((one.billed for one in self.bills if one.service == SERVICES[0]), None)
        if billed is None or self.athena_instead is None:
            return "unknown"
        if self.athena_instead.p90 < billed:
            return "does not pay"
        return "pays" if self.athena_instead.p10 > billed else "undecided"

    def as_json(self) -> dict[str, Any]:
        """For automation."""
        own = {"month": self.name, "verdict": self.verdict, "requests": self.requests}
        return own | {
            "bills": plain(self.bills),
            "athena_instead": plain(self.athena_instead),
            "usage": self.usage and plain(self.usage) | {"unused": list(self.usage.unused)},
            "triggers": [{"trigger": one.name, "verdict": one.verdict, "value": one.value} for one in self.triggers],
        }

    def view(self) -> View:
        """Bill, verdict, triggers; and the way back where Redshift does not pay."""
        words, tone = self._words()
        rows = tuple((one.service, _usd(one.forecast), _usd(one.billed)) for one in self.bills)
        judged_again = tuple(
            (one.title, "not stated" if one.value is None else one.value, one.verdict) for one in self.triggers
        )
        parts: list[Part] = [
            Note(words, tone),
            Table(("US dollars", "forecast in week 1", "billed"), rows, "The bill"),
            Table(("trigger", "now", ""), judged_again, "The triggers again"),
        ]
        unread = Note("Redshift did not answer: what is read of it cannot be said.", "warn")
        parts += self.usage.parts() if self.usage is not None else (unread,)
        if self.verdict == "does not pay":
            parts.append(Note("The way back, when the business agrees. Nothing of it is done by this page."))
            parts.append(Code("\n".join(line.format(cluster=self.cluster) for line in _WAY_BACK)))
        return View(f"{self.name}: Redshift {self.verdict}", tuple(parts), tone)

    def _words(self) -> tuple[str, Tone]:
        billed = next((one.billed for one in self.bills if one.service == SERVICES[0]), None)
        if self.verdict == "unknown":
            lacks = "the bill has nothing of Redshift" if billed is None else "the dashboard publishes no requests"
            return f"Whether Redshift pays is not known: {lacks}.", "warn"
        requests = f"its {plural(self.requests or 0, 'request')} would have cost {self.athena_instead}"
        tones: dict[str, Tone] = {"pays": "good", "undecided": "warn", "does not pay": "bad"}
        return f"Redshift cost {_usd(billed)}; {requests} dollars on Athena.", tones[self.verdict]


def _usd(value: float | None) -> str:
    return "not known" if value is None else f"${value:,.2f}"


def month_of(text: str, today: date) -> tuple[date, date]:
    """First day of a month, and of the next; the last whole one where none is named.

    Raises:
        UsageError: it is not a month, or not over.
    """
    try:
        first = date.fromisoformat(f"{text}-01") if text else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    except ValueError:
        raise UsageError(f"'{text}' is not a month", expected="YYYY-MM, such as 2026-10") from None
    after = (first + timedelta(days=32)).replace(day=1)
    if after > today:
        raise UsageError(f"{first:%Y-%m} is not over", hint="Its bill is not whole before the next month has begun")
    return first, after


def month(run: Run, text: str = "") -> Month:
    """Read a month's bill and requests, and judge.

    Args:
        run: a run that has decided to migrate.
        text: the month, ``YYYY-MM``; '' for the last whole one.

    Raises:
        UsageError: it is not a month, or not over.
        VerificationFailed: the run keeps no costs of week 1.
        ServiceError: Cost Explorer or CloudWatch did not answer.
    """
    first, after = month_of(text, datetime.now(UTC).date())
    requests, slowest = _requests(run, first, after)
    judged_month = judged(run, f"{first:%Y-%m}", run.kept(Costs), _billed(run, first, after), requests, slowest)
    try:
        return replace(judged_month, usage=usage_of(run))
    except ServiceError:  # paused, or given up: the bill is to be read all the same
        return judged_month


def judged(
    run: Run, name: str, costs: Costs, billed: dict[str, float], requests: int | None, slowest: float | None
) -> Month:
    """The month from what was read.

    Args:
        run: whose parameters and prices.
        name: of the month.
        costs: week 1's, as they were signed.
        billed: US dollars by service; one that is not there was not billed.
        requests: answered by Redshift.
        slowest: the worst day's 95th percentile of all requests, seconds.
    """
    rules, instead = run.settings.decision, None
    if requests is not None:
        each = (float(query_usd(mb, book_of(run).usd("athena"))) for mb in
                (costs.mean_mb.p10, costs.mean_mb.p50, costs.mean_mb.p90))  # fmt: skip
        instead = Band(*(round(requests * usd, 2) for usd in each))
    athena = billed.get(SERVICES[1])
    spending = None if instead is None else round(instead.p50 + (athena or 0.0), 2)
    forecasts = (costs.cluster.usd_month, round(costs.today.p50 * rules.adhoc_share, 2))
    bills = tuple(
        ServiceBill(one, forecast, billed.get(one)) for one, forecast in zip(SERVICES, forecasts, strict=True)
    )
    users = None if rules.users is None else float(rules.users)
    stated = "as stated"
    again = (
        trigger_of("users", "concurrent users", stated, users, "above", "decision.users"),
        trigger_of("latency_requirement", "agreed latency", stated, rules.required_seconds, "below",
                   "decision.required_seconds"),
        trigger_of("spending", "Athena's price of it all", name, spending, "above", "requests, and Athena's bill"),
        trigger_of("timeouts", "worst day's p95 of the dashboard", name, slowest, "above", "the dashboard's metric"),
        trigger_of("bedrock", "latency that Bedrock needs", stated, rules.bedrock_seconds, "below",
                   "decision.bedrock_seconds"),
    )  # fmt: skip
    return Month(name, bills, requests, instead, again, run.settings.redshift.cluster)


def _billed(run: Run, first: date, after: date) -> dict[str, float]:
    """Unblended US dollars by service, of both engines."""
    usd: dict[str, float] = {}
    with explained("Reading the bill"):
        answer = run.clients.boto("ce").get_cost_and_usage(
            TimePeriod={"Start": first.isoformat(), "End": after.isoformat()},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost"],
            Filter={"Dimensions": {"Key": "SERVICE", "Values": list(SERVICES)}},
            GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
        )
    for group in (group for period in answer["ResultsByTime"] for group in period["Groups"]):
        service = group["Keys"][0]
        usd[service] = round(usd.get(service, 0.0) + float(group["Metrics"]["UnblendedCost"]["Amount"]), 2)
    return usd


def _requests(run: Run, first: date, after: date) -> tuple[int | None, float | None]:
    """Requests that Redshift answered, and the worst day's 95th percentile of all; None where nothing is published."""
    dashboard = dashboard_dimensions(run.settings.dashboard.engine_parameter)
    counted = _daily(
        run, [*dashboard, {"Name": "Engine", "Value": CANDIDATE}], first, after, Statistics=["SampleCount"]
    )
    all_ = _daily(run, dashboard, first, after, ExtendedStatistics=["p95"])
    slowest = [one["ExtendedStatistics"]["p95"] / 1000 for one in all_ if one.get("ExtendedStatistics")]
    requests = round(sum(one["SampleCount"] for one in counted)) if all_ else None
    return requests, round(max(slowest), 3) if slowest else None


def _daily(run: Run, where: list[dict[str, str]], first: date, after: date, **statistics: Any) -> list[dict[str, Any]]:
    edges = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, after)]
    with explained("Reading the dashboard's requests"):
        datapoints: list[dict[str, Any]] = run.clients.boto("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=LATENCY,
            Dimensions=where,
            StartTime=edges[0],
            EndTime=edges[1],
            Period=86_400,
            **statistics,
        )["Datapoints"]
    return datapoints
