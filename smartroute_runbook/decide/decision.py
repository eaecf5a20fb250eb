"""Migrate or stay: the rule over the triggers, the economics, and the six-point checklist with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from smartroute_runbook.environment.settings import Decision as Rules
from smartroute_runbook.quantities import plural
from smartroute_runbook.runs.plan import gate_items
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Note, Table, View

from .costs import Costs
from .triggers import Triggers
from .workload import Workload

__all__ = ["ChecklistPoint", "Decision", "decide", "weigh"]

TREND_DAYS = 7


@dataclass(frozen=True)
class ChecklistPoint:
    """One point of the checklist with what the runbook found."""

    item: str
    found: Literal["for", "against", "a person knows"]
    evidence: str


@dataclass(frozen=True)
class Decision:
    """The verdict with its reasons, for a manager to read.

    Attributes:
        economics: whether Redshift is cheaper for the measured workload over the whole band.
        review_on: when to look again, if the verdict is to stay.
    """

    evidence_name: ClassVar[str] = "decision"
    evidence_version: ClassVar[int] = 1

    verdict: Literal["migrate", "stay"]
    economics: Literal["pays", "costs more", "about even"]
    lines: tuple[str, ...]
    checklist: tuple[ChecklistPoint, ...]
    review_on: date | None = None

    @property
    def stays_until(self) -> date | None:
        """The day to look again, after a decision to stay: signed like any other, it ends the run here."""
        return self.review_on if self.verdict == "stay" else None

    @property
    def against(self) -> dict[str, str]:
        """Points of the checklist that the evidence speaks against: confirmed only with a written reason."""
        return {point.item: point.evidence for point in self.checklist if point.found == "against"}

    @property
    def says(self) -> dict[str, str]:
        """The evidence of each point, for the signer."""
        return {} if self.verdict == "stay" else {point.item: point.evidence for point in self.checklist}

    def view(self) -> View:
        """The verdict, its reasons, and the checklist."""
        tones: Any = tuple({"for": "good", "against": "bad"}.get(p.found, "warn") for p in self.checklist)
        points = Table(
            ("found", "point", "evidence"),
            tuple((p.found, p.item, p.evidence) for p in self.checklist),
            "Before migrating, confirm",
            tones=tones,
        )
        tone: Any = "good" if self.verdict == "migrate" and self.economics == "pays" else "warn"
        titles = {
            "migrate": "Decision: migrate to Redshift",
            "stay": f"Decision: stay on Athena, look again on {self.review_on}",
        }
        return View(titles[self.verdict], (*(Note(line) for line in self.lines), points), tone)


class DataAudit(Protocol):
    """What the decision asks of the data audit."""

    @property
    def blocks(self) -> tuple[str, ...]:
        """What must be mended before the data is migrated."""

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Why the data cannot be called stable and complete."""


def decide(run: Run, workload: Workload, triggers: Triggers, costs: Costs, audit: DataAudit | None = None) -> Decision:
    """Decide.

    Args:
        run: the run.
        workload: what was measured.
        triggers: how the plan's triggers stand.
        costs: what it costs.
        audit: the data audit; None when it has not been made.
    """
    return weigh(workload, triggers, costs, run.settings.decision, audit)


def weigh(
    workload: Workload, triggers: Triggers, costs: Costs, rules: Rules, audit: DataAudit | None = None
) -> Decision:
    """Decide; pure. The verdict follows the triggers alone, as the plan says; the economics are stated beside it."""
    migrate = triggers.met
    economics = _economics(costs)
    review = None if migrate else date.fromisoformat(workload.last[:10]) + timedelta(weeks=rules.reminder_weeks)
    lines = _migrate_lines(triggers, costs, economics) if migrate else _stay_lines(triggers, costs, rules, review)
    points = zip(gate_items("week1.decision"), _checklist(workload, triggers, costs, rules, audit), strict=True)
    checklist = tuple(ChecklistPoint(item, verdict, evidence) for item, (verdict, evidence) in points)
    return Decision("migrate" if migrate else "stay", economics, lines, checklist, review)


def _economics(costs: Costs) -> Literal["pays", "costs more", "about even"]:
    cheaper = costs.scenarios[0].cheaper
    return {"Athena": "costs more", "Redshift": "pays"}.get(cheaper, "about even")  # type: ignore[return-value]


def _load(costs: Costs) -> str:
    even = costs.cluster.break_even
    return (
        f"Athena costs ${costs.today} a month for {plural(costs.queries_day, 'query')} a day; "
        f"{costs.cluster.name} costs ${costs.cluster.usd_month:,.0f}. "
        f"They cost the same at {plural(even, 'query')} a day."
    )


def _migrate_lines(triggers: Triggers, costs: Costs, economics: str) -> tuple[str, ...]:
    why = "; ".join(t.title for t in triggers.fired)
    today = costs.scenarios[0]
    extra = today.redshift - today.athena.p50
    money = {
        "pays": f"**It pays:** about ${-extra:,.0f} less a month than staying.",
        "costs more": f"**It costs more:** about ${extra:,.0f} more a month than staying. What is bought is "
        "latency and room to grow, not savings.",
        "about even": "**The cost is about even:** the measured spread of bytes a query does not say which is cheaper.",
    }[economics]
    return (
        f"**Why:** {len(triggers.fired)} of the plan's triggers fired, {_enough(triggers.needed)}: {why}.",
        _load(costs),
        money,
        _first(costs),
    )


def _stay_lines(triggers: Triggers, costs: Costs, rules: Rules, review: date | None) -> tuple[str, ...]:
    fired = "; ".join(t.title for t in triggers.fired) or "none"
    later = (
        f"**Next:** extend Phase 3 and look again in {plural(rules.reminder_weeks, 'week')}, on {review}. "
        "Each harvest until then extends the measured workload."
    )
    return (
        f"**Why:** {triggers.needed} of the plan's triggers must fire; {fired} did.",
        _load(costs),
        _first(costs),
        later,
    )


def _first(costs: Costs) -> str:
    """What mending Athena would give: the cheapest of the ways that stay with it."""
    ways = [a for a in costs.alternatives if a.name.startswith("Athena, ")]
    best = min(ways, key=lambda a: a.usd_month)
    saved = costs.today.p50 - best.usd_month
    if saved < 0.05 * max(costs.today.p50, 1):
        return "**Athena first?** Result reuse and partition filters would save next to nothing here."
    way = best.name.removeprefix("Athena, ")
    return f"**Athena first?** {way} alone would save about ${saved:,.0f} a month ({best.note})."


def _checklist(
    workload: Workload, triggers: Triggers, costs: Costs, rules: Rules, audit: DataAudit | None
) -> tuple[tuple[Literal["for", "against", "a person knows"], str], ...]:
    users = triggers["users"]
    enough = users.value is not None and users.value > rules.minimum_users
    return (
        _collection(audit),
        ("for" if enough else "against", f"{plural(users.value, 'concurrent user')}; {users.basis}"),
        _trend(workload),
        _bedrock(triggers),
        _budget(costs, rules),
        {
            None: ("a person knows", "decision.trained is not stated"),
            True: ("for", "decision.trained, as stated"),
            False: ("against", "decision.trained, as stated"),
        }[rules.trained],
    )  # type: ignore[return-value]


def _collection(audit: DataAudit | None) -> tuple[str, str]:
    if audit is None:
        return "a person knows", "the data audit has not been made yet"
    if audit.blocks:
        return "against", "; ".join(audit.blocks)
    if audit.incomplete:
        return (
            "a person knows",
            f"nothing blocks, but the data is not complete: {'; '.join(audit.incomplete)}",
        )
    return "for", "the data audit found nothing that blocks, and no more than a tenth of hours or minutes missing"


def _trend(workload: Workload) -> tuple[str, str]:
    """Theil-Sen slope of megabytes billed a day: its 90% interval must lie above zero."""
    days = [day.billed_mb for day in workload.full_days]
    if len(days) < TREND_DAYS:
        return "a person knows", f"{plural(len(days), 'full day is', 'full days are')} too few for a trend"
    from scipy.stats import theilslopes  # a second of imports, paid only here

    slope, _, low, high = theilslopes(np.array(days, dtype=float), alpha=0.9)
    mean = max(float(np.mean(days)), 1e-9)
    change = (
        f"{slope / mean:+.1%} a day (90% interval {low / mean:+.1%} to {high / mean:+.1%}) over "
        f"{plural(len(days), 'day')}"
    )
    return ("for" if low > 0 else "against"), f"tracked; bytes billed move by {change}"


def _bedrock(triggers: Triggers) -> tuple[str, str]:
    stated = [triggers[name] for name in ("bedrock", "latency_requirement") if triggers[name].value is not None]
    if not stated:
        return "a person knows", "neither decision.bedrock_seconds nor decision.required_seconds is stated"
    latencies = "; ".join(f"{t.metric} {t.value:g} s ({t.basis})" for t in stated)
    return ("for" if any(t.verdict == "fired" for t in stated) else "against"), latencies


def _budget(costs: Costs, rules: Rules) -> tuple[str, str]:
    if rules.budget_usd_month is None:
        return (
            "a person knows",
            f"decision.budget_usd_month is not stated; needed ${costs.dual_month:,.0f} while both run",
        )
    enough = rules.budget_usd_month >= costs.cluster.usd_month
    amounts = f"${rules.budget_usd_month:,.0f} a month against ${costs.cluster.usd_month:,.0f} for {costs.cluster.name}"
    return ("for" if enough else "against"), amounts


def _enough(needed: int) -> str:
    return "one is enough" if needed == 1 else f"{needed} must"
