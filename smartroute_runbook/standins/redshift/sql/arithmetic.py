"""Redshift's arithmetic of types: numbers as written, computed, summed, and brought to one type."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

from .types import BIGINT, DOUBLE, FLOATS, INTEGER, INTEGERS, REAL, TIMESTAMP, DataType

__all__ = ["aggregate", "arithmetic", "literal_type", "unified"]


def literal_type(text: str) -> DataType:
    """The type of a number as written: 7 integer, 100.0 numeric(4,1), 1e3 double."""
    if re.search(r"[eE]", text):
        return DOUBLE
    if "." in text:
        whole, _, fraction = text.partition(".")
        return DataType("numeric", max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction))
    if int(text) < 2**31:
        return INTEGER
    return BIGINT if int(text) < 2**63 else DataType("numeric", len(text), 0)


def _numeric_of(kind: DataType | None) -> DataType | None:
    """An exact number as NUMERIC; None for anything else."""
    if kind is None:
        return None
    if kind.base in INTEGERS:
        return DataType("numeric", INTEGERS[kind.base], 0)
    return kind if kind.base == "numeric" else None


def arithmetic(operator: type[exp.Expression], left: DataType, right: DataType) -> DataType | None:
    """The type of a computation (r_numeric_computations201, "Precision and scale of computed DECIMAL results")."""
    bases = {left.base, right.base}
    if operator is exp.Mod and INTEGER.base in bases and bases <= set(INTEGERS):
        return INTEGER  # whatever the other is (r_MOD)
    if bases <= set(INTEGERS):
        return max(left, right, key=lambda kind: INTEGERS[kind.base])
    if bases & FLOATS and bases <= FLOATS | set(INTEGERS) | {"numeric"}:
        return REAL if bases == {"real"} else DOUBLE
    one, two = _numeric_of(left), _numeric_of(right)
    if one is None or two is None:
        return None
    (p1, s1), (p2, s2) = (one.length, one.scale), (two.length, two.scale)
    if operator is exp.Mul:
        scale, precision = s1 + s2, p1 + p2 + 1
    elif operator is exp.Div:
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + 1 + scale
    if precision > 38:
        if operator is exp.Div:
            scale = max(38 + scale - precision, 4)
        precision = 38
    return DataType("numeric", precision, min(scale, 37))


def unified(kinds: Iterable[DataType | None]) -> DataType | None:
    """The type of COALESCE, CASE, UNION and their kin."""
    common: DataType | None = None
    for kind in kinds:
        if kind is None:
            continue
        if common is None or common == kind:
            common = kind
        elif common.text and kind.text:
            common = DataType("character varying", max(common.length, kind.length))
        elif (one := _numeric_of(common)) and (two := _numeric_of(kind)) and "numeric" in {common.base, kind.base}:
            scale = max(one.scale, two.scale)
            common = DataType("numeric", min(max(one.length - one.scale, two.length - two.scale) + scale, 38), scale)
        else:
            common = arithmetic(exp.Add, common, kind) or (TIMESTAMP if kind.base.startswith("timestamp") else common)
    return common


def aggregate(kind: DataType | None) -> DataType | None:
    """SUM and AVG: BIGINT of integers, NUMERIC(38, s) of decimals, else double (r_SUM, r_AVG)."""
    if kind is None:
        return None
    if kind.base in INTEGERS:
        return BIGINT
    return DataType("numeric", 38, kind.scale) if kind.base == "numeric" else DOUBLE
