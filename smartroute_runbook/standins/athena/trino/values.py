"""Values of Trino's protocol as Athena shows them, by the protocol's own description of their types."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from smartroute_runbook.standins.athena.results import Output, ResultColumn

__all__ = ["output"]

Show = Callable[[Any], str]


def output(columns: Sequence[dict[str, Any]], rows: Sequence[Sequence[Any]]) -> Output:
    """Rows of the protocol's JSON as texts; NULL stays NULL."""
    shows = [_show(column["typeSignature"]) for column in columns]
    arrays = [
        pa.array([None if row[n] is None else show(row[n]) for row in rows], pa.string())
        for n, show in enumerate(shows)
    ]
    named = tuple(ResultColumn(column["name"], str(column["type"]).lower()) for column in columns)
    return Output(named, pa.Table.from_arrays(arrays, names=[f"c{n}" for n in range(len(arrays))]))


def _show(signature: dict[str, Any]) -> Show:
    kind, arguments = signature["rawType"], [one["value"] for one in signature.get("arguments", ())]
    if kind == "array":
        item = _inner(arguments[0])
        return lambda value: "[" + ", ".join(map(item, value)) + "]"
    if kind == "map":
        # The protocol has a map as an object: its keys are texts already, except for their bytes and their cases.
        key, item = _show(arguments[0]), _inner(arguments[1])
        return lambda value: "{" + ", ".join(f"{key(k)}={item(v)}" for k, v in value.items()) + "}"
    if kind == "row":
        names = [(one.get("fieldName") or {}).get("name") or f"field{n}" for n, one in enumerate(arguments)]
        shows = [_inner(one["typeSignature"]) for one in arguments]
        return lambda value: (
            "{" + ", ".join(f"{n}={show(v)}" for n, show, v in zip(names, shows, value, strict=True)) + "}"
        )
    if kind == "varbinary":
        return lambda value: base64.b64decode(value).hex(" ")
    if kind == "boolean":
        return lambda value: str(value).lower()
    return str


def _inner(signature: dict[str, Any]) -> Show:
    show = _show(signature)
    return lambda value: "null" if value is None else show(value)
