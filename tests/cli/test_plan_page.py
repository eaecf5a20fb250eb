"""The page of the plan: each sentence of the plan's text once and in its order, each reference to what exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from smartroute_runbook.cli import cli
from smartroute_runbook.runs.plan import plan, step_rule

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def items(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import plan_page

    return [item for section in plan_page.entries() for item in section["items"]]


def sentences():
    """Every line of the plan but headings, rules, fences and the lines of drawings, without its list's marks."""
    found = []
    for line in (ROOT / "tests" / "support" / "plan.md").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        drawn = re.search(r"[┌┐└┘│├┬┴]", text) or re.fullmatch(r"[\s↓]*", text)
        if drawn or text.startswith(("#", "```")) or re.fullmatch(r"-{3,}", text):
            continue
        text = re.sub(r"^(?:- \[ \] |- ✓ |- |\d+\. )", "", text)
        found.append(text.replace("**", "").removesuffix("\\").strip())
    return found


def test_every_sentence_of_the_plan_stands_on_the_page_once(items):
    said = [line for item in items for line in item["says"]]
    assert sorted(said) == sorted(sentences())
    assert len(said) > 110


def test_each_item_says_what_differs_and_why(items):
    from plan_page import STATES

    for item in items:
        assert item["state"] in STATES, item["says"]
        assert set(item) <= {"says", "state", "where", "note", "source"}
        assert item["state"] == "done" or item.get("note"), item["says"]


def exists(reference):
    if reference.startswith("smartroute-runbook "):
        return reference.split()[1] in cli.commands
    if "/" in reference:
        return (ROOT / reference).is_file()
    return step_rule(reference) is not None or reference in plan()["gates"]


def test_each_reference_is_to_what_exists(items):
    missing = [one for item in items for one in item["where"] if not exists(one)]
    assert missing == []
    assert all(item["where"] for item in items)


def test_each_step_and_gate_of_the_runbook_serves_a_sentence(items):
    """What no sentence asks for is named here, with its reason."""
    named = {one for item in items for one in item["where"]}
    own = {
        "week1.cluster", "week1.subnet-group", "week2.migration-workgroup", "week2.mend-tables", "week2.tables",
        "week2.loaded", "week3.views", "week4.catch-up", "week4.remove-days", "week4.publish-queries",
        "week4.receivers", "week4.ready", "switch.switch-to-redshift", "switch.switch-to-athena",
    }  # fmt: skip
    assert {*plan()["steps"], *plan()["gates"]} - named <= own
    assert "plan_page" in sys.modules
