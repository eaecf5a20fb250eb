"""A folder of queries as the work that it is: what runs, what is rewritten, what waits for a decision, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from smartroute_runbook.quantities import plural
from smartroute_runbook.views import Note, Table, View

from .translation import Translation

__all__ = ["Reason", "Week", "week_of"]

Effort = Literal["one decision", "a hand each", "a rewrite each", "correct on Athena"]
EFFORTS: Final[Mapping[Effort, str]] = {
    "one decision": "decided once for all of them, in the schema or by --improve",
    "a hand each": "a few words in each query: the hint says which",
    "a rewrite each": "each query is thought through again",
    "correct on Athena": "the query does not run today",
}
# Rules whose refusals one decision answers, and those where a cast or a literal is enough; all others are rewrites.
DECIDED: Final = frozenset({
    "nested", "json-scalar", "json-value", "super", "super-rows", "unnest", "type", "catalog",
    "decimal-division", "file", "template", "time-zone", "hidden-column",
})  # fmt: skip
BY_HAND: Final = frozenset({
    "cast", "cast-to-timestamp", "try-cast", "substring", "split-part", "pad", "replace", "trim", "regexp",
    "concat-ws", "values", "date-format", "date-parse", "date-interval", "date-add", "parameter", "wide-decimal",
    "with-ties", "format", "statement", "fetch", "avg-integer",
    "round-double", "to-epoch", "epoch", "listagg", "order-alias", "syntax",
    "encoding", "row", "quantifier", "aggregate-order", "unread", "real-width", "nullif-type", "distinct-argument",
})  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """Why queries have no translation yet: the rule, its effort, the queries, and one of their hints."""

    rule: str
    effort: Effort
    queries: tuple[str, ...]
    why: str
    hint: str


@dataclass(frozen=True)
class Week:
    """What a team has before it.

    Attributes:
        counts: queries by what becomes of them: `as they are`, `rewritten`, `to decide`, `to rewrite`, `invalid`.
        reasons: why those without a translation have none, the most frequent first; a query may have several.
    """

    counts: Mapping[str, int]
    reasons: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """Counts and reasons as plain data."""
        reasons = [{"rule": r.rule, "effort": r.effort, "count": len(r.queries), "queries": list(r.queries),
                    "why": r.why, "hint": r.hint} for r in self.reasons]  # fmt: skip
        return {"counts": dict(self.counts), "reasons": reasons}

    def view(self) -> View:
        """Two tables: what becomes of the queries, and what waits."""
        total = sum(self.counts.values())
        rows = tuple((what, many, f"{100 * many / total:.0f}%" if total else "") for what, many in self.counts.items())
        parts = [Table(("queries", "number", "share"), rows)]
        if self.reasons:
            waiting = tuple((r.rule, r.effort, len(r.queries), r.why, r.hint) for r in self.reasons)
            parts.append(
                Table(("rule", "effort", "queries", "for example", "what to do"), waiting, "What waits, and for what")
            )
        notes = tuple(
            Note(f"**{name}**: {EFFORTS[name]}") for name in EFFORTS if any(r.effort == name for r in self.reasons)
        )
        return View(f"{plural(total, 'query')}: what the week holds", (*parts, *notes))


def _effort(rule: str, status: str) -> Effort:
    if status == "invalid-source":
        return "correct on Athena"
    if rule in DECIDED:
        return "one decision"
    return "a hand each" if rule in BY_HAND else "a rewrite each"


def week_of(translations: Iterable[Translation]) -> Week:
    """Sorts translations by what they need."""
    counts = dict.fromkeys(("as they are", "rewritten", "to decide", "to rewrite", "invalid"), 0)
    groups: dict[tuple[str, Effort], list[tuple[str, str, str]]] = {}
    for one in translations:
        efforts = set()
        for problem in {p.rule: p for p in reversed(one.problems)}.values():
            effort = _effort(problem.rule, one.status)
            efforts.add(effort)
            groups.setdefault((problem.rule, effort), []).append((one.name, problem.why, problem.hint))
        decided = efforts == {"one decision"}
        what = {"unchanged": "as they are", "rewritten": "rewritten", "invalid-source": "invalid"}.get(one.status)
        counts[what or ("to decide" if decided else "to rewrite")] += 1
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    reasons = tuple(
        Reason(rule, effort, tuple(name for name, _, _ in found), found[0][1], found[0][2])
        for (rule, effort), found in ranked
    )
    return Week(counts, reasons)
