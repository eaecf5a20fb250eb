"""Every kind of entry that the package writes into a journal is one that ``verify`` knows: another is called a lie."""

from __future__ import annotations

import ast
from pathlib import Path

import smartroute_runbook
from smartroute_runbook.record.story.order import KINDS

ROOT = Path(smartroute_runbook.__file__).parent


def written():
    """Constants that are given as the kind of an entry: to a journal, to a run, or to the end of a switch."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, ast.Attribute):
                continue
            to, first = ast.unparse(node.func), node.args[0]
            journal = to.endswith(("journal.append", "run.record", "self.record", "attempt.ended", "opened.record"))
            if journal and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_what_is_written_is_known():
    found = set(written())
    assert {"opened", "gate", "finished", "loaded", "switching", "watch-tripped"} <= found
    assert found <= KINDS
