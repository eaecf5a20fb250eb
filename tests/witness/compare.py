"""A stand-in's answer held against a real engine's: the same, or which way it is not."""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from functools import partial
from typing import Any

from .trino.answers import Answer, Case
from .trino.signatures import split_types

LIBRARY = re.compile(
    r"\b(a?sin|a?cos|a?tan|atan2|sinh|cosh|tanh|exp|ln|log2|log10|log|power|pow|cbrt|geometric_mean|\w+_cdf|kurtosis|skewness"
    r"|corr|covar_\w+|regr_\w+|stddev\w*|var\w*|wilson\w+|cosine\w+|entropy)\(",
    re.IGNORECASE,
)
"""Functions whose last bits are the mathematical library's, or depend on the order in which rows are added."""


def shown(kind: str, value: Any, inner: bool = False) -> str | None:
    """A value of Trino's protocol as Athena shows it: `[a, b]`, `{k=v}`, `{field=v}`, spaced hexadecimal digits."""
    if value is None:
        return "null" if inner else None
    head, _, rest = kind.partition("(")
    if head == "array":
        return "[" + ", ".join(str(shown(rest[:-1], item, True)) for item in value) + "]"
    if head == "map":
        key, item = split_types(rest[:-1])
        return "{" + ", ".join(f"{shown(key, k, True)}={shown(item, v, True)}" for k, v in value.items()) + "}"
    if head == "row":
        parts = []
        for n, (field, item) in enumerate(zip(split_types(rest[:-1]), value, strict=True)):
            name, given = field_of(field)
            parts.append(f"{name or f'field{n}'}={shown(given, item, True)}")
        return "{" + ", ".join(parts) + "}"
    if kind == "varbinary":
        return base64.b64decode(value).hex(" ")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def field_of(text: str) -> tuple[str, str]:
    """Name and type of a row's field; the name may be missing."""
    name, _, kind = text.partition(" ")
    if not kind or "(" in name or name.lower() in WORDS:
        return "", text
    return name.strip('"'), kind


WORDS = {"timestamp", "time", "interval"}
"""Types of more than one word."""


def type_name(kind: str) -> str:
    """A type without what Athena's column information leaves out: a varchar's length; and in one spelling."""
    return re.sub(r"varchar\(\d+\)", "varchar", kind.replace(", ", ",").lower())


def verdict(case: Case, given: Answer) -> str:
    """`same`, or what is wrong: `value`, `type`, `refused`, `not rehearsable`, `accepted`, `error`."""
    real = case.answers[0]
    if real.error:
        return "accepted" if not given.error else "same" if given.error == real.error else "error"
    if given.error:
        return given.error if given.error == "not rehearsable" else "refused"
    if case.shape == "query":
        return _rows(case, real, given)
    values = zip(real.value, given.value, strict=True) if case.shape == "window" else [(real.value, given.value)]
    if not all(same(case, real.type, mine, its) for mine, its in values):
        return "value"
    return "same" if type_name(real.type) == type_name(given.type) else "type"


def _rows(case: Case, real: Answer, given: Answer) -> str:
    """Rows in any order: one engine's order of ties is not the other's."""
    kinds, others = (split_types(one.type[4:-1]) for one in (real, given))
    left = list(given.value)
    for row in real.value:
        like = (n for n, other in enumerate(left) if all(map(partial(same, case), kinds, row, other)))
        if (place := next(like, None)) is None:
            return "value"
        del left[place]
    return "value" if left else "same" if [*map(type_name, kinds)] == [*map(type_name, others)] else "type"


def same(case: Case, kind: str, real: Any, given: str | None) -> bool:
    """Whether a value of the protocol and a text that Athena's stand-in shows are the same."""
    expected = shown(kind, real)
    if expected == given or expected is None or given is None:
        return expected == given
    if kind in {"double", "real"}:
        try:
            mine, its = float(expected), float(given)
        except ValueError:
            return False
        if kind == "real":  # the digits differ between Java's own versions, the number does not
            mine, its = (struct.unpack("f", struct.pack("f", one))[0] for one in (mine, its))
        return (
            mine == its
            or (math.isnan(mine) and math.isnan(its))
            or (LIBRARY.search(case.text) is not None and math.isclose(mine, its, rel_tol=1e-12))
        )
    if kind == "json":
        try:
            return bool(json.loads(expected) == json.loads(given))
        except ValueError:
            return False
    if kind.startswith("map("):
        return sorted(expected[1:-1].split(", ")) == sorted(given[1:-1].split(", "))
    return False
