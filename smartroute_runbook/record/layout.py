"""What the plan says a record must tell: which gates a week has, what each lets happen, what its evidence comes from.

An in-toto layout in small (https://github.com/in-toto/specification): steps, who signs them, in which order. The plan's
own file names gates, points and steps; what stands here is what their evidence comes from.
"""

from __future__ import annotations

from smartroute_runbook.runs.plan import gates_of as plan_gates
from smartroute_runbook.runs.plan import step_rule

__all__ = ["COMPARISONS", "DONE", "MEASURED", "SINCE_0_2", "gates_of", "needed_by"]

SINCE_0_2 = frozenset({"week4.ready", "week4.snapshot", "week4.rehearse-way-back"})
"""Gates and steps that version 0.1 did not know: a record that it made is held against the plan without them."""

MEASURED: dict[str, str] = {
    "week1.decision.workload": "decide.harvest",
    "week1.decision.crosscheck": "decide.crosscheck",
    "week1.decision.audit": "prepare.audit",
    "week1.cluster.audit": "prepare.audit",
    "week2.tables.inventory": "load.inventory",
    "week3.compared.answers": "measure.compare_answers",
    "week3.compared.aggregates": "measure.materialized",
    "week3.compared.tuned": "measure.measure_again",
    "week3.compared.experiment": "measure.compare_engines",
    "week4.switched.watched": "operate.watch",
}
"""Evidence of a gate that is kept from a measurement, and the name under which it was measured."""

COMPARISONS: dict[str, tuple[str, frozenset[str]]] = {
    "week2.loaded.proofs": ("tables", frozenset({"equal"})),
    "week3.compared.answers": ("queries", frozenset({"equal", "within", "tie", "nothing to compare"})),
}
"""Evidence of rows ``[name, verdict, ...]``: where the rows are, and the verdicts that let a week finish."""

DONE: dict[str, tuple[str, ...]] = {
    "2": ("week2.load",),
    "3": ("week3.materialize",),
    "4": ("week4.catch-up", "week4.publish-queries", "week4.alarms", "week4.snapshot", "week4.rehearse-way-back"),
    "rollback": ("rollback.switch-to-athena",),
}
"""Steps that each finished week has carried out, besides those whose proposals its gates hold."""


def gates_of(week: str) -> tuple[str, ...]:
    """The gates of a week, in the plan's order; the rollback has none."""
    return plan_gates(int(week)) if week in "1234" else ()


def needed_by(step: str) -> tuple[str, ...]:
    """The gates that must be signed before a step is started: its own, and all of the weeks before its week."""
    rule = step_rule(step)
    if rule is None or rule.way_back:
        return ()
    before = [name for week in range(1, rule.week or 1) for name in plan_gates(week)]
    return tuple(dict.fromkeys([*before, *([rule.needs] if rule.needs else [])]))
