"""Checks that an engine computes the encoding correctly: known values, without reading a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlglot import exp

from smartroute_runbook.engines.interface import Engine
from smartroute_runbook.errors import ServiceError

from .encoding import Dialect, Field, double_layer, hexadecimal, row_expression
from .reference import md5, row_text
from .spec import dialect_of

__all__ = ["check", "golden_sql"]

VALUES: Mapping[str, tuple[Any, ...]] = {
    "bigint": (0, -1, 2**63 - 1, -(2**63), None),
    "string": ("", "a ", "~", "1:a,", "Zoë é e\u0301", "\U0001f687 \U0001f468\u200d\U0001f469", None),
    "double": (
        0.0, 0.1, -1 / 3, 1e22, 5e-324, 1.7976931348623157e308, 2.0**62, 2.0**-10, 2.0**-1000, -(2.0**1000),
        float("inf"), float("nan"), None,
    ),
    "decimal(18,4)": (Decimal("0.5"), Decimal("-12345678901234.5678"), Decimal(0), None),
    "boolean": (True, False, None),
    "date": (date(1969, 12, 31), date(2026, 2, 28), None),
    "timestamp": (*map(datetime.fromisoformat, ("1969-12-31 23:59:59.999", "2026-03-08 02:30:00")), None),
}  # fmt: skip
SQL_TYPES: Mapping[str, str] = {"string": "VARCHAR(64)"}


def golden_sql(kind: str, dialect: Dialect) -> str:
    """The texts and digests of the known values of one type, in their order."""
    field = Field("x", kind)
    to = exp.DataType.build(SQL_TYPES.get(kind, kind.upper()))
    rows: exp.Query | None = None
    for position, value in enumerate(VALUES[kind]):
        constant = exp.null() if value is None else exp.Literal.string(_text(value))
        row = exp.select(
            exp.alias_(exp.Literal.number(position), "n", quoted=True),
            exp.alias_(exp.cast(constant, to.copy()), "x", quoted=True),
        )
        rows = row if rows is None else exp.union(rows, row, distinct=False, copy=False)
    assert rows is not None  # noqa: S101
    source = double_layer(rows.subquery(exp.to_identifier("known", quoted=True)), [field])
    text = row_expression([field], dialect)
    query = exp.select(exp.column("n", quoted=True), text, hexadecimal(text.copy(), dialect)).from_(source)
    return str(query.sql(dialect=dialect))


def _text(value: Any) -> str:
    """As both engines read it: Java's Double.parseDouble, by which Trino casts, takes neither ``inf`` nor ``nan``."""
    return {"inf": "Infinity", "nan": "NaN"}.get(str(value), str(value))


def check(engine: Engine, fields: Iterable[Field]) -> int:
    """Try every type that the fields use; returns the number of queries run.

    Raises:
        ServiceError: the engine computes another text or digest than ``docs/encoding.md`` says.
    """
    used = {field.kind for field in fields}
    queries = 0
    for kind in VALUES:
        field = Field("x", kind)
        if field.kind not in used:
            continue
        for n, text, digest in engine.query(golden_sql(kind, dialect_of(engine))).rows:
            expected = row_text([field], {"x": VALUES[kind][int(n)]})
            if text != expected or digest != md5(expected):
                raise ServiceError(
                    f"{engine.name} encodes the {kind} {VALUES[kind][int(n)]!r} as {text!r}",
                    expected=repr(expected),
                    hint="No comparison with this engine can be trusted; see docs/encoding.md",
                )
        queries += 1
    return queries
