"""The policies in docs/: enough for what was recorded, nothing unused, scoped wherever AWS can scope."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "policies"
spec = importlib.util.spec_from_file_location("policy_rules", ROOT / "scripts" / "policy_rules.py")
rules = sys.modules["policy_rules"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(rules)
CALLS = {
    week: [rules.Need(action, resource, tuple(condition), why) for action, resource, condition, why in found]
    for week, found in json.loads((FOLDER / "calls.json").read_text()).items()
}


def document(week):
    return json.loads((FOLDER / f"{week}.json").read_text())


@pytest.mark.parametrize("week", CALLS)
def test_the_policy_is_made_from_the_calls_and_allows_them(week):
    assert document(week) == rules.policy(CALLS[week])
    assert [need for need in CALLS[week] if not rules.allows(document(week), need)] == []


@pytest.mark.parametrize("week", CALLS)
def test_without_any_single_action_of_a_statement_a_recorded_call_is_denied(week):
    whole = document(week)
    for number, statement in enumerate(whole["Statement"]):
        for action in statement["Action"]:
            less = copy.deepcopy(whole)
            less["Statement"][number]["Action"].remove(action)
            assert not all(rules.allows(less, need) for need in CALLS[week]), (statement["Sid"], action)


@pytest.mark.parametrize("week", CALLS)
def test_only_what_aws_cannot_scope_is_on_everything(week):
    for statement in document(week)["Statement"]:
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= rules.UNSCOPED
        assert not any("*" in action for action in statement["Action"])
