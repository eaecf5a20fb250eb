"""Redshift's EXPLAIN as a tree: which joins move rows between nodes, and which tables are read.

Source: Redshift developer guide, "Evaluating the query plan" (``DS_`` steps).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["Moved", "PlanStep", "moved_by", "parsed", "scans"]

_NODE = re.compile(r"^(?P<indent>\s*(?:->\s+)?)(?:XN|LD)\s+(?P<name>.*?)\s+\(cost=\S+ rows=(?P<rows>\d+)")
_SCAN = re.compile(r"Seq Scan on (\w+)(?: (\w+))?")
_MOVING = re.compile(r"DS_(?:BCAST_INNER|DIST_INNER|DIST_OUTER|DIST_BOTH|DIST_ALL_INNER)")
_EQUAL = re.compile(r'"?(\w+)"?\."?(\w+)"?\)?(?:::\w+)? = \(?"?(\w+)"?\."?(\w+)"?')


@dataclass
class PlanStep:
    """One node: its text without costs, its estimated rows, the lines below it that are no nodes."""

    name: str
    rows: int
    depth: int
    notes: list[str] = field(default_factory=list)
    children: list[PlanStep] = field(default_factory=list)

    def below(self) -> Iterator[PlanStep]:
        """The node, and all below it."""
        yield self
        for child in self.children:
            yield from child.below()


@dataclass(frozen=True)
class Moved:
    """A join that moves rows between nodes.

    Attributes:
        how: such as ``DS_BCAST_INNER``.
        outer, inner: the tables, where each side reads exactly one; '' else.
        inner_rows: estimated.
        columns: of the outer and the inner table that must be equal; '' where the join has no such condition.
    """

    how: str
    outer: str
    inner: str
    inner_rows: int
    columns: tuple[str, str]


def parsed(plan: Sequence[str]) -> PlanStep:
    """The plan under a root of its own."""
    root = PlanStep("", 0, -1)
    path = [root]
    for line in plan:
        match = _NODE.match(line)
        if match is None:
            path[-1].notes.append(line.strip())
            continue
        node = PlanStep(match["name"], int(match["rows"]), len(match["indent"]))
        while path[-1].depth >= node.depth:
            path.pop()
        path[-1].children.append(node)
        path.append(node)
    return root


def scans(node: PlanStep) -> list[tuple[str, str, int]]:
    """Tables that are read below a node: name, alias ('' for none), estimated rows."""
    matches = ((_SCAN.search(one.name), one.rows) for one in node.below())
    return [(scan[1], scan[2] or "", rows) for scan, rows in matches if scan]


def moved_by(plan: PlanStep) -> list[Moved]:
    """The joins that move rows."""
    return [_moved(node, match[0]) for node in plan.below() if (match := _MOVING.search(node.name))]


def _moved(join: PlanStep, how: str) -> Moved:
    hashed = [child for child in join.children if child.name.startswith("Hash") and "Join" not in child.name]
    inner = hashed[0] if hashed else join.children[-1] if join.children else join
    of_inner = scans(inner)
    of_outer = [scan for child in join.children if child is not inner for scan in scans(child)]
    outer_table, inner_table = (tables[0][0] if len(tables) == 1 else "" for tables in (of_outer, of_inner))
    columns = _columns(join.notes, {name for scan in of_inner for name in scan[:2] if name})
    return Moved(how, outer_table, inner_table, inner.rows, columns)


def _columns(notes: Sequence[str], inner: set[str]) -> tuple[str, str]:
    """The columns of the join's condition, the outer table's first."""
    for note in notes:
        match = _EQUAL.search(note) if "Cond" in note else None
        if match:
            left, one, right, other = match.groups()
            return (other, one) if left == "inner" or (right != "inner" and left in inner) else (one, other)
    return ("", "")
