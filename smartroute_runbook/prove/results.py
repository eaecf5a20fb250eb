"""Are two query results equal? Values are compared by type, rows as multisets, in order where the query orders them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from smartroute_runbook.engines.interface import Column, Rows
from smartroute_runbook.quantities import plural
from smartroute_runbook.tolerance import EXACT, Tolerance

from .differences import Difference, FetchedRow
from .encoding import Field
from .locate import locate
from .matching import pairing
from .result_proof import Deviation, Drift, ResultProof, Verdict
from .shape import OrderKey, Shape

__all__ = ["Deviation", "Drift", "ResultProof", "Verdict", "results_equal"]

Row = tuple[Any, ...]
_PIN = "pin it to a literal, or order its rows by what tells them apart"
SHOWN = 50  # differing rows kept as evidence


def results_equal(
    control: Rows,
    candidate: Rows,
    *,
    name: str = "query",
    tolerances: Mapping[str, Tolerance] | None = None,
    shape: Shape | None = None,
    candidate_shape: Shape | None = None,
) -> ResultProof:
    """Compare two results.

    Args:
        control: Athena's rows.
        candidate: Redshift's rows.
        name: the query's name.
        tolerances: by output column (lower case); every other column must be exactly equal.
        shape: what the control's query promises; without it only the rows count, in any order.
        candidate_shape: the same for the candidate's query; the control's when not given.
    """
    shape = (shape or Shape()).of([column.name for column in control.columns])
    other = candidate_shape.of([column.name for column in candidate.columns]) if candidate_shape else shape
    proof = _Result(name, control, candidate, tolerances or {}, shape)
    if len(control.columns) != len(candidate.columns):
        return proof.verdict("different", f"{plural(len(control.columns), 'column')} against {len(candidate.columns)}")
    if shape.moving:
        return proof.verdict("not comparable", f"The query depends on {shape.moving}: {_PIN}")
    if shape.limit is not None and not shape.ordered and len(control.rows) >= shape.limit:
        return proof.verdict("not comparable", "LIMIT without ORDER BY: any rows are a right answer")
    order = ((control, shape, "Athena"), (candidate, other, "Redshift"))
    for rows, promised, side in order:
        if position := proof.unsorted(rows.rows, promised.order):
            return proof.verdict("different", f"{side}'s rows are not in the promised order from row {position + 1} on")
    return proof.compared()


class _Result:
    """Both results decoded by their types."""

    def __init__(
        self, name: str, control: Rows, candidate: Rows, tolerances: Mapping[str, Tolerance], shape: Shape
    ) -> None:
        self.name, self.shape = name, shape
        self.columns = control.columns
        self.sides = [[decoded(row, side.columns) for row in side.rows] for side in (control, candidate)]
        self.milliseconds = (control.milliseconds, candidate.milliseconds)
        self.allowed = [tolerances.get(column.name.lower(), EXACT) for column in control.columns]
        self.drift = tuple(_drift(control.columns, candidate.columns))

    def verdict(
        self, verdict: Verdict, why: str, left: Sequence[Row] = (), right: Sequence[Row] = (), **more: Any
    ) -> ResultProof:
        return ResultProof(
            self.name,
            verdict,
            why.rstrip(".") + ".",
            len(self.sides[0]),
            len(self.sides[1]),
            tuple(self._explained(left, right)[:SHOWN]),
            drift=self.drift,
            milliseconds=self.milliseconds,
            **more,
        )

    def compared(self) -> ResultProof:
        pairs, left, right = pairing(self.sides[0], self.sides[1], self.allowed, agree)
        deviations = tuple(self._deviations(pairs))
        if left or right:
            if self._at_the_cut(left + right):
                differ = plural(len(left), "row differs", "rows differ")
                why = f"{differ}, all equal in the keys at which LIMIT {self.shape.limit} cuts"
                return self.verdict("tie", why, left, right)
            if len(self.sides[0]) != len(self.sides[1]):
                return self.verdict("different", "The numbers of rows differ", left, right)
            return self.verdict("different", plural(len(left), "row differs", "rows differ"), left, right)
        if deviations:
            columns = ", ".join(item.column for item in deviations)
            return self.verdict("within", f"Every row within the stated tolerance of {columns}", deviations=deviations)
        if not pairs:
            return self.verdict("nothing to compare", "Neither engine answers with a row")
        return self.verdict("equal", f"Every row on both sides equally often{self._order()}")

    def _order(self) -> str:
        """What is known of the order, in words: keys that are not in the answer cannot be read from it."""
        if not self.shape.ordered:
            return ""
        if self.shape.order and self.shape.whole_order:
            return ", in the promised order"
        if all(
            agree(a, b, t) for one in zip(*self.sides, strict=True) for a, b, t in zip(*one, self.allowed, strict=True)
        ):
            return ", in the same order"
        return ", but in another order, whose keys are not in the answer: select them to have it proven"

    def unsorted(self, rows: Sequence[Row], order: Sequence[OrderKey]) -> int:
        """The first position whose row is before its predecessor by the keys; 0 when all are in order."""
        typed = [decoded(row, self.columns) for row in rows]
        for n in range(1, len(typed)):
            for key in order:
                before, after = typed[n - 1][key.column], typed[n][key.column]
                if agree(before, after, self.allowed[key.column]):
                    continue
                if not _before(before, after, key):
                    return n
                break
        return 0

    def _at_the_cut(self, rows: Sequence[Row]) -> bool:
        """Whether all rows have the keys of the last row, where a full answer was cut."""
        limit, order = self.shape.limit, self.shape.order
        full = limit is not None and all(len(side) == limit for side in self.sides)
        if not full or not order or not self.shape.whole_order:
            return False
        last = self.sides[0][-1]
        return all(agree(row[k.column], last[k.column], self.allowed[k.column]) for row in rows for k in order)

    def _deviations(self, pairs: Sequence[tuple[Row, Row]]) -> Iterator[Deviation]:
        for n, tolerance in enumerate(self.allowed):
            apart = [(a[n], b[n]) for a, b in pairs if a[n] != b[n] and not tolerance.exact]
            if apart:
                distances = [(abs(float(a) - float(b)), max(abs(float(a)), abs(float(b)))) for a, b in apart]
                relative = max(distance / size for distance, size in distances)
                yield Deviation(self.columns[n].name, max(d for d, _ in distances), relative, tolerance)

    def _explained(self, left: Sequence[Row], right: Sequence[Row]) -> list[Difference]:
        fields = tuple(Field(f"{column.name}", _field_type(column.type)) for column in self.columns)
        rows = [
            [FetchedRow((), (n, side), row) for n, row in enumerate(rows)] for side, rows in enumerate((left, right))
        ]
        return locate(fields, (), *rows)


def decoded(row: Sequence[Any], columns: Sequence[Column]) -> Row:
    """Values as one engine's declared types mean them; text is never read as a number."""
    return tuple(_decoded(value, column.type) for value, column in zip(row, columns, strict=True))


def _decoded(value: Any, declared: str) -> Any:
    kind = family(declared)
    if value is None:
        return None
    if kind == "number":
        if isinstance(value, float) and _base(declared) in _SINGLE:
            # Athena writes 0.1 for what Redshift sends as the double that it is
            value = struct.unpack("!f", struct.pack("!f", value))[0]
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        return "NaN" if number.is_nan() else number or Decimal(0)  # no -0; a sum would round to 28 digits of 38
    if kind == "time" and isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if kind == "time" and isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value


def agree(a: Any, b: Any, tolerance: Tolerance) -> bool:
    """Whether two decoded values are one, exactly or within a tolerance."""
    if isinstance(a, Decimal) and isinstance(b, Decimal) and a.is_finite() and b.is_finite():
        return a == b or (not tolerance.exact and tolerance.allows(a, b))
    return type(a) is type(b) and bool(a == b)


_SINGLE = ("real", "float")  # Athena's name in answers, and Redshift's; its FLOAT is a double, and is called so
_FAMILIES = {
    "number": ("tinyint", "smallint", "int", "integer", "bigint", "real", "float", "double", "decimal", "numeric"),
    "time": ("date", "timestamp", "timestamptz"),
    "text": ("varchar", "char", "string", "text", "bpchar"),
}


def _base(kind: str) -> str:
    return kind.lower().partition("(")[0].split(" ")[0]


def family(kind: str) -> str:
    """number, time, text, or the type itself."""
    base = _base(kind)
    return next((name for name, members in _FAMILIES.items() if base in members), base)


def _field_type(kind: str) -> str:
    base = _base(kind)
    if base in ("decimal", "numeric", "double", "real", "float"):
        return "double"
    return {"number": "bigint", "time": "timestamp"}.get(family(kind), "string")


def _exactness(kind: str) -> str:
    base = _base(kind)
    if base in ("tinyint", "smallint", "int", "integer", "bigint"):
        return "integer"
    if family(kind) != "number":
        return family(kind)
    return "decimal" if base in ("decimal", "numeric") else "double"


def _drift(control: Sequence[Column], candidate: Sequence[Column]) -> Iterator[Drift]:
    for a, b in zip(control, candidate, strict=False):
        if a.name.lower() != b.name.lower():
            yield Drift(a.name, f"named {a.name}", f"named {b.name}")
        zones = ["tz" in kind or "time zone" in kind for kind in (a.type, b.type)]
        dates = [kind.startswith("date") for kind in (a.type, b.type)]
        if _exactness(a.type) != _exactness(b.type) or zones[0] != zones[1] or dates[0] != dates[1]:
            yield Drift(a.name, a.type, b.type)


def _before(a: Any, b: Any, key: OrderKey) -> bool:
    """Whether the value ``a`` may come before the different value ``b``."""
    if a is None or b is None:
        return (a is None) == key.nulls_first
    if isinstance(a, str) != isinstance(b, str):  # NaN is the largest number on both engines
        return isinstance(b, str) != key.descending
    return bool(a > b) if key.descending else bool(a < b)
