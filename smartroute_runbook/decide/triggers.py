"""The plan's five triggers, each made measurable: metric, percentile, window, value, threshold, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from smartroute_runbook.environment.settings import Decision as Rules
from smartroute_runbook.prices import book_of
from smartroute_runbook.quantities import number, plural, usd
from smartroute_runbook.runs.plan import plan
from smartroute_runbook.runs.run import Run
from smartroute_runbook.views import Note, Table, View

from .pricing import price
from .workload import Workload

__all__ = ["Trigger", "Triggers", "judge", "trigger_of", "triggers"]

Verdict = Literal["fired", "not fired", "not stated"]


@dataclass(frozen=True)
class Trigger:
    """One trigger; ``value`` is None when it was neither measured nor stated.

    Attributes:
        basis: how the value was come by.
    """

    name: str
    title: str
    metric: str
    window: str
    value: float | None
    threshold: float
    unit: str
    verdict: Verdict
    basis: str


@dataclass(frozen=True)
class Triggers:
    """All triggers, and how many must fire."""

    evidence_name: ClassVar[str] = "triggers"
    evidence_version: ClassVar[int] = 1

    triggers: tuple[Trigger, ...]
    needed: int
    stricter_than_plan: bool

    @property
    def fired(self) -> tuple[Trigger, ...]:
        """Those that fired."""
        return tuple(t for t in self.triggers if t.verdict == "fired")

    @property
    def met(self) -> bool:
        """Whether enough fired."""
        return len(self.fired) >= self.needed

    def __getitem__(self, name: str) -> Trigger:
        """The trigger of that name."""
        return next(t for t in self.triggers if t.name == name)

    def view(self) -> View:
        """One row a trigger, and the rule."""
        rows = tuple((t.verdict, t.title, _measured_value(t), t.metric, t.window, t.basis) for t in self.triggers)
        tones: Any = tuple("warn" if t.verdict == "fired" else "plain" for t in self.triggers)
        rule = "one is enough (the plan's rule)" if self.needed == 1 else f"{self.needed} must (stricter than the plan)"
        table = Table(("verdict", "trigger", "value", "metric", "window", "basis"), rows, tones=tones)
        title = f"{len(self.fired)} of {plural(len(self.triggers), 'trigger')} fired; {rule}"
        return View(title, (table, Note("A trigger that nobody measured or stated does not fire.")))


def _measured_value(trigger: Trigger) -> str:
    money = trigger.unit.startswith("$/")
    unit = f" a {trigger.unit[2:]}" if money else f" {trigger.unit}"
    limit = f"{'$' if money else ''}{number(trigger.threshold)}{unit}"
    if trigger.value is None:
        return f"not stated (threshold {limit})"
    return f"{usd(trigger.value) if money else number(trigger.value)} against {limit}"


def triggers(run: Run, workload: Workload) -> Triggers:
    """Judge the plan's triggers over the measured workload and the stated requirements."""
    today = price(workload, run.settings, book_of(run)).today.p50
    return judge(workload, run.settings.decision, today)


def judge(workload: Workload, rules: Rules, athena_month: float) -> Triggers:
    """Judge the triggers; pure.

    Args:
        workload: the measured workload.
        rules: what only people can state, the percentile, and how many triggers must fire.
        athena_month: US dollars a month of the workload on Athena.
    """
    window = f"{workload.first[:10]} to {workload.last[:10]}"
    seconds, waited = workload.total(rules.percentile) / 1000, workload.wait(rules.percentile)
    ended = f"{workload.timed_out:,} timed out, {workload.cancelled:,} were given up"
    few = (
        f"{plural(workload.succeeded, 'answered query is', 'answered queries are')} too few for a "
        f"p{rules.percentile}; {ended}"
    )
    users, basis = concurrent_users(workload, rules)
    measured = f"Athena's p{rules.percentile} is {seconds:,.2f} s"
    all_five = (
        trigger_of("users", "concurrent users in the busiest minute", window, users, "above", basis),
        trigger_of(
            "latency_requirement", "agreed latency", "as stated", rules.required_seconds, "below",
            f"decision.required_seconds; {measured}",
        ),
        trigger_of(
            "spending", "Athena's price of a month at the measured rate", window, round(athena_month, 2), "above",
            f"{plural(workload.queries_day, 'query')} a day, {workload.mean_mb:,.1f} MB each",
        ),
        trigger_of(
            "timeouts", f"p{rules.percentile} of the time until an answer, a time-out or giving up", window,
            None if waited is None else round(waited / 1000, 3), "above",
            few if waited is None else f"{workload.slow[2]:.1%} of answered queries over 5 s; {ended}",
        ),
        trigger_of(
            "bedrock", "latency that Bedrock needs", "as stated", rules.bedrock_seconds, "below",
            f"decision.bedrock_seconds; {measured}",
        ),
    )  # fmt: skip
    return Triggers(all_five, rules.triggers_needed, rules.triggers_needed > 1)


def concurrent_users(workload: Workload, rules: Rules) -> tuple[float, str]:
    """Users at once, and how they were counted: as stated, else from the busiest minute (Athena knows no users)."""
    if rules.users is not None:
        return float(rules.users), "decision.users, as stated"
    estimate = workload.peak_minute / rules.queries_per_user_minute
    return round(estimate, 1), (
        f"estimated: {plural(workload.peak_minute, 'query')} in the busiest minute, "
        f"{rules.queries_per_user_minute:g} a user (decision.users states it)"
    )


def trigger_of(
    name: str, metric: str, window: str, value: float | None, side: Literal["above", "below"], basis: str
) -> Trigger:
    """A trigger of the plan, judged by its threshold; a value of None is not stated."""
    entry = plan()["triggers"][name]
    threshold = float(entry["threshold"])
    verdict: Verdict = "not stated"
    if value is not None:
        # The plan's "<1 s" for Bedrock and "below 2 s" name the limit itself as a round figure: reaching it counts.
        fired = value > threshold if side == "above" else value <= threshold
        verdict = "fired" if fired else "not fired"
    return Trigger(name, entry["title"], metric, window, value, threshold, entry["unit"], verdict, basis)
