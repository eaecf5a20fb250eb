"""Which runbook a notebook is: digests over its code and over its explaining text.

JupyterLab rewrites outputs and metadata when it saves, papermill adds a cell of parameters and banners of its own, and
sealing adds a chapter: none of these is the runbook's. Code and text are told apart: a gate's cell that was taken out
is one thing, words above a gate that call it a formality another.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from smartroute_runbook.canonical import digest
from smartroute_runbook.environment.working_folder import shipped
from smartroute_runbook.errors import UsageError

__all__ = ["LIMITS_CELL", "changes", "code_digest", "shipped_digests", "text_digest"]

LIMITS_CELL = "stand-in-limits"
_ADDED_TAGS = {"injected-parameters", "papermill-error-cell-tag", "papermill-error-cell"}


def code_digest(notebook: Any) -> str:
    """Over the id and source of each code cell of the runbook."""
    return digest([[str(cell.get("id", "")), _fixed(cell, source)] for cell, source in _cells(notebook, "code")])


def text_digest(notebook: Any) -> str:
    """Over the source of each text cell of the runbook."""
    return digest([source for _, source in _cells(notebook, "markdown")])


def changes(notebook: Any, name: str) -> tuple[str, ...]:
    """What of a runbook is not as it was shipped under this name: ``code``, ``text``, both or nothing."""
    known = shipped_digests(name)
    found = {"code": code_digest(notebook), "text": text_digest(notebook)}
    return tuple(key for key, value in found.items() if known.get(key) != value)


@cache
def shipped_digests(name: str) -> dict[str, str]:
    """Of this installation's runbook of a name: over its ``code`` and its ``text``; empty where it has none."""
    try:
        path = shipped() / "runbooks" / Path(name).name
        original = json.loads(path.read_bytes())
    except (UsageError, OSError, ValueError):
        return {}
    return {"code": code_digest(original), "text": text_digest(original)}


def _fixed(cell: Mapping[str, Any], source: str) -> str:
    """A cell without what a person sets there: of the parameters' cell the names, when it does nothing but set them."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    if not isinstance(tags, list) or "parameters" not in tags:
        return source
    try:
        lines = ast.parse(source).body
        for line in lines:
            ast.literal_eval(line.value) if isinstance(line, ast.AnnAssign) and line.value else ast.literal_eval("!")
    except (ValueError, SyntaxError, RecursionError):
        return source
    return " ".join(ast.unparse(line.target) for line in lines if isinstance(line, ast.AnnAssign))


def _cells(notebook: Any, kind: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    for cell in cells if isinstance(cells, list) else ():
        if not isinstance(cell, Mapping) or cell.get("cell_type") != kind or cell.get("id") == LIMITS_CELL:
            continue
        metadata = cell.get("metadata")
        tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
        if not _ADDED_TAGS & {tag for tag in tags or () if isinstance(tag, str)}:
            source = cell.get("source", "")
            yield cell, "".join(map(str, source)) if isinstance(source, list) else str(source)
