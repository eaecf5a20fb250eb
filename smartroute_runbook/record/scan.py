"""Secrets must not reach the record: an executed notebook is scanned, cell by cell, before it is sealed.

A finding names the rule and the place, never the secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from smartroute_runbook.runs.guarded import refuse
from smartroute_runbook.runs.secrets.scanning import Finding, Scanner

__all__ = ["Finding", "refuse_secrets", "scan"]


def scan(
    notebook: Mapping[str, Any], environment: Mapping[str, str] | None = None, ordinary: Collection[str] = ()
) -> list[Finding]:
    """Look for secrets in every text of a notebook: sources, outputs, error messages, metadata.

    Args:
        notebook: the notebook as JSON types.
        environment: variables whose values are secrets when their names say so; the process's own by default.
        ordinary: texts that are told anyhow, such as the run's id.
    """
    scanner = Scanner(environment, ordinary)
    found: dict[Finding, None] = {}
    for place, value in _parts(notebook):
        for one in scanner.value(value, place):
            found[Finding(one.rule, place)] = None
    return list(found)


def refuse_secrets(notebook: Mapping[str, Any], name: str, ordinary: Collection[str] = ()) -> None:
    """Stop before a notebook with a secret is sealed.

    Raises:
        Refused: says which cell shows what kind of secret.
    """
    refuse(scan(notebook, ordinary=ordinary), name, "Change the secret, correct the cell and run it again")


def _parts(notebook: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for number, cell in enumerate(notebook.get("cells", ()), start=1):
        place = f"cell '{cell.get('id') or number}'"
        yield f"the name of cell {number}", cell.get("id", "")
        yield place, {key: _joined(value) for key, value in cell.items() if key not in ("outputs", "id")}
        outputs = [_output(output) for output in cell.get("outputs", ())]
        yield f"the output of {place}", outputs
        if len(outputs) > 1:  # a text may go on from one output to the next
            yield f"the output of {place}", "".join(_stream(output) for output in outputs)
    yield "the metadata", {key: value for key, value in notebook.items() if key != "cells"}


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    """An output with its lines joined, without pictures of dots (an SVG is text)."""
    found = {key: _joined(value) for key, value in output.items() if key != "data"}
    data = output.get("data")
    if isinstance(data, Mapping):
        pictures = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
        found["data"] = {kind: _joined(value) for kind, value in data.items() if kind not in pictures}
    return found


def _joined(value: Any) -> Any:
    """One text that is kept as a list of its lines."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "".join(value)
    return value


def _stream(output: Mapping[str, Any]) -> str:
    data = output.get("data")
    plain = data.get("text/plain", "") if isinstance(data, Mapping) else ""
    return str(output.get("text") or plain or "")
