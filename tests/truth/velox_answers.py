"""Evaluates Presto expressions with Velox: one JSON list of SQL on standard input, one of answers on standard output.

An answer is ``{"value": text or null}``, ``{"error": text}``, or ``{"unable": why}`` when Velox has not the function,
or not for these types. A process of its own, because pyvelox 0.2.0 aborts when its interpreter ends in the usual way.
"""

from __future__ import annotations

import json
import os
import sys

import pyvelox.legacy as velox

_UNABLE = (
    "signature is not supported", "not registered", "doesn't exist", "not supported", "Cannot cast", "Parser",
    "unsupported type", "Field not found", "not a scalar type", "must have the same type",
)  # fmt: skip


def answer(sql: str) -> dict[str, str | None]:
    """The first of the renderings that Velox can evaluate."""
    told = ""
    for form in ("CAST({} AS VARCHAR)", "JSON_FORMAT(CAST({} AS JSON))"):
        try:
            vector = velox.Expression.from_string(form.format(sql)).evaluate({"x": velox.from_list([1])})
            return {"value": vector[0]}
        except Exception as error:  # pyvelox raises RuntimeError and its own kinds
            told = " ".join(str(error).split())
            if "ARITHMETIC_ERROR" in told or not any(words in told for words in _UNABLE):
                return {"error": told}
    return {"unable": told}


print(json.dumps([answer(sql) for sql in json.load(sys.stdin)]), flush=True)
os._exit(0)
