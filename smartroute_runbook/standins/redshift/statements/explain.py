"""EXPLAIN in Redshift's shape: XN nodes, distribution of joins, costs that only order (r_EXPLAIN)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from smartroute_runbook.standins.redshift.database import CATALOG
from smartroute_runbook.standins.redshift.session import Session

__all__ = ["plan_lines"]


@dataclass
class PlanNode:
    """One node of a plan; rows and width are estimates."""

    name: str
    rows: int
    width: int = 8
    notes: list[str] = field(default_factory=list)
    children: list[PlanNode] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The cost of the node with all below it, in Redshift's relative units."""
        return round(self.rows * 0.01 + sum(child.cost for child in self.children) + 0.01, 2)

    def lines(self, depth: int = 0) -> list[str]:
        """The plan's text."""
        indent = "" if depth == 0 else " " * (6 * depth - 4) + "->  "
        started = round(sum(child.cost for child in self.children), 2)
        head = f"{indent}{self.name}  (cost={started:.2f}..{self.cost:.2f} rows={self.rows} width={self.width})"
        notes = [" " * (6 * depth + 2) + note for note in self.notes]
        return [head, *notes, *(line for child in self.children for line in child.lines(depth + 1))]


class Planner:
    """Makes the plan of a query from its tree and the sizes of its tables."""

    def __init__(self, session: Session, ctes: dict[str, exp.Expression]) -> None:
        self.session, self.ctes = session, ctes

    def query(self, tree: exp.Expression) -> PlanNode:
        """The plan of a query."""
        if isinstance(tree, exp.Subquery):
            return self.query(tree.this)
        if isinstance(tree, exp.SetOperation):
            sides = [self.query(tree.this), self.query(tree.expression)]
            node = PlanNode("XN Append", sum(side.rows for side in sides), sides[0].width, children=sides)
            return PlanNode("XN Unique", node.rows, node.width, children=[node]) if tree.args.get("distinct") else node
        if not isinstance(tree, exp.Select):
            return PlanNode("XN Result", 1)
        return self._select(tree)

    def _select(self, tree: exp.Select) -> PlanNode:
        node = self._from(tree)
        group = tree.args.get("group")
        if group:
            node = PlanNode("XN HashAggregate", max(node.rows // 10, 1), node.width, children=[node])
        elif any(isinstance(each, exp.AggFunc) and not isinstance(each.parent, exp.Window)
                 for each in tree.find_all(exp.AggFunc)):  # fmt: skip
            node = PlanNode("XN Aggregate", 1, node.width, children=[node])
        if having := tree.args.get("having"):
            node.notes.append(f"Filter: {_text(having.this)}")
        if any(each.find(exp.Window) for each in tree.expressions):
            node = PlanNode("XN Window", node.rows, node.width, children=[node])
        if tree.args.get("distinct"):
            node = PlanNode("XN Unique", node.rows, node.width, children=[node])
        if order := tree.args.get("order"):
            key = ", ".join(_text(each.this) for each in order.expressions)
            sort = PlanNode("XN Sort", node.rows, node.width, [f"Sort Key: {key}"], [node])
            network = PlanNode("XN Network", node.rows, node.width, ["Send to leader"], [sort])
            node = PlanNode("XN Merge", node.rows, node.width, [f"Merge Key: {key}"], [network])
        if limit := tree.args.get("limit"):
            count = limit.expression.name
            node = PlanNode("XN Limit", min(node.rows, int(count)) if count.isdigit() else node.rows, node.width,
                        children=[node])  # fmt: skip
        return node

    def _from(self, tree: exp.Select) -> PlanNode:
        source = tree.args.get("from_")
        if source is None:
            return PlanNode("XN Result", 1)
        where = tree.args.get("where")
        outer, outer_key = self._source(source.this)
        if where is not None and not tree.args.get("joins"):
            outer.notes.append(f"Filter: {_text(where.this)}")
            outer.rows = max(outer.rows // 3, 1)
        for join in tree.args.get("joins") or []:
            inner, inner_key = self._source(join.this)
            condition = join.args.get("on")
            using = [each.name for each in join.args.get("using") or []]
            equal = using or (condition is not None and condition.find(exp.EQ))
            style = self._distribution(condition, using, outer_key, inner_key)
            if equal:
                text = _text(condition) if condition is not None else ", ".join(
                    f'"outer".{name} = "inner".{name}' for name in using)  # fmt: skip
                hashed = PlanNode("XN Hash", inner.rows, inner.width, children=[inner])
                side = f" {join.side.title()}" if join.side in {"LEFT", "RIGHT", "FULL"} else ""
                outer = PlanNode(f"XN Hash{side} Join {style}", max(outer.rows, inner.rows), outer.width + inner.width,
                             [f"Hash Cond: ({text})"], [outer, hashed])  # fmt: skip
            else:
                outer = PlanNode("XN Nested Loop DS_BCAST_INNER", outer.rows * inner.rows, outer.width + inner.width,
                             children=[outer, inner])  # fmt: skip
        if where is not None and tree.args.get("joins"):
            outer.notes.append(f"Filter: {_text(where.this)}")
        return outer

    def _source(self, node: exp.Expression) -> tuple[PlanNode, str]:
        """A table or subquery, with how it is distributed."""
        if isinstance(node, exp.Subquery):
            return PlanNode("XN Subquery Scan " + (node.alias or "subquery"), (inner := self.query(node.this)).rows,
                        inner.width, children=[inner]), ""  # fmt: skip
        if not isinstance(node, exp.Table):
            return PlanNode("XN Function Scan", 1), ""
        name = node.name.lower()
        if name in self.ctes:
            inner = self.query(self.ctes[name])
            return PlanNode(f"XN Subquery Scan {node.alias or name}", inner.rows, inner.width, children=[inner]), ""
        relation = self.session.names.find(tuple(part.name.lower() for part in node.parts))
        if relation is None:
            return PlanNode(f"LD Seq Scan on {name}", 10), ""
        row = self.session.cursor.execute(
            f"SELECT diststyle, kind FROM {CATALOG}.relations WHERE schema_name = ? AND table_name = ?", list(relation)
        ).fetchone() or ("", "table")
        counted = self.session.cursor.execute(
            f"SELECT count(*) FROM {self.session.names.duckdb_name(*relation)}"
        ).fetchone()
        alias = f" {node.alias}" if node.alias and node.alias != name else ""
        return PlanNode(f"XN Seq Scan on {name}{alias}", int(counted[0]) if counted else 0, 32), str(row[0])

    @staticmethod
    def _distribution(condition: exp.Expression | None, using: list[str], outer: str, inner: str) -> str:
        """Where a join's rows go (c_data_redistribution)."""
        if inner in {"ALL", "AUTO", "AUTO(ALL)"}:
            return "DS_DIST_ALL_NONE"
        names = set(using) | ({each.name.lower() for each in condition.find_all(exp.Column)} if condition else set())
        joined = [
            key.removeprefix("KEY(").removesuffix(")") in names for key in (outer, inner) if key.startswith("KEY")
        ]
        if len(joined) == 2 and all(joined):
            return "DS_DIST_NONE"
        if outer.startswith("KEY") and joined and joined[0]:
            return "DS_DIST_INNER"
        return "DS_BCAST_INNER"


def _text(node: exp.Expression) -> str:
    return node.sql("redshift", comments=False).lower() if not node.find(exp.Literal) else node.sql("redshift")


def plan_lines(session: Session, tree: exp.Expression) -> list[str]:
    """The lines of EXPLAIN for a parsed statement."""
    ctes = {cte.alias.lower(): cte.this for cte in tree.find_all(exp.CTE)}
    planner = Planner(session, ctes)
    if isinstance(tree, exp.Query):
        return planner.query(tree).lines()
    source = tree.args.get("expression")
    node = planner.query(source) if isinstance(source, exp.Query) else PlanNode("XN Result", 1)
    return [f"XN {type(tree).__name__}", *node.lines(1)]
