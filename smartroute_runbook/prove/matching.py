"""Pairs of rows that agree: exactly in most columns, within a tolerance in some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from smartroute_runbook.tolerance import Tolerance

__all__ = ["pairing"]

Row = tuple[Any, ...]
Agree = Callable[[Any, Any, Tolerance], bool]


def pairing(
    left: Sequence[Row], right: Sequence[Row], allowed: Sequence[Tolerance], agree: Agree
) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """As many pairs of agreeing rows as there can be, and the rows left over on each side.

    Rows are grouped by their exact columns; only rows of one group can agree. Within a group a maximum matching is
    found by augmenting paths, so that no tolerant pair is missed because a greedy choice took its partner.
    """
    loose = [n for n, tolerance in enumerate(allowed) if not tolerance.exact]
    exact = [n for n, tolerance in enumerate(allowed) if tolerance.exact]
    groups: dict[Any, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((left, right)):
        for row in rows:
            groups[tuple((type(row[n]).__name__, row[n]) for n in exact)][side].append(row)
    pairs: list[tuple[Row, Row]] = []
    alone: tuple[list[Row], list[Row]] = ([], [])
    for ours, theirs in groups.values():
        if loose:
            partner = _maximum(ours, theirs, lambda a, b: all(agree(a[n], b[n], allowed[n]) for n in loose))
        else:
            partner = {n: n for n in range(min(len(ours), len(theirs)))}
        pairs += [(ours[a], theirs[b]) for b, a in partner.items()]
        taken = set(partner.values())
        alone[0].extend(row for n, row in enumerate(ours) if n not in taken)
        alone[1].extend(row for n, row in enumerate(theirs) if n not in partner)
    return pairs, alone[0], alone[1]


def _maximum(ours: Sequence[Row], theirs: Sequence[Row], agreeing: Callable[[Row, Row], bool]) -> dict[int, int]:
    """For each row of theirs that has one, its partner among ours."""
    first = sorted(range(len(ours)), key=lambda n: repr(ours[n]))
    edges = {n: [m for m in range(len(theirs)) if agreeing(ours[n], theirs[m])] for n in first}
    partner: dict[int, int] = {}
    mate: dict[int, int] = {}
    for start in first:
        came: dict[int, int] = {}
        waiting = [start]
        free: int | None = None
        while waiting and free is None:
            mine = waiting.pop()
            for m in edges[mine]:
                if m not in came:
                    came[m] = mine
                    if m not in partner:
                        free = m
                        break
                    waiting.append(partner[m])
        while free is not None:  # walk back: each row on the path takes its new partner and leaves its old one
            mine = came[free]
            partner[free], mate[mine], free = mine, free, None if mine == start else mate[mine]
    return partner
