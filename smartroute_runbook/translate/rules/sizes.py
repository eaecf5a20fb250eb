"""How large a translation grows: forms that repeat their parts, one within the other, double at every level."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

__all__ = ["Sizes"]

MOST: Final = 20_000  # nodes of what one node of a query becomes, unless the query itself is larger
TIMES: Final = 10


class Sizes:
    """The numbers of nodes of what has been made; each new node is counted once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[exp.Expression, int]] = {}  # the node is held, so that its id stays its own
        self.most = MOST

    def allow(self, tree: exp.Expression) -> None:
        """A long query may become longer: in proportion."""
        self.most = max(MOST, TIMES * sum(1 for _ in tree.walk()))

    def of(self, made: exp.Expression) -> int:
        """The number of nodes, counted down to what is known; a few more than there are when it was changed since."""
        total, stack = 0, [made]
        while stack and total <= self.most:
            node = stack.pop()
            held = self._known.get(id(node))
            if held is not None:
                total += held[1]
            else:
                total += 1
                stack.extend(node.iter_expressions())
        self._known[id(made)] = (made, total)
        return total
