"""The policies in docs/: enough for what was recorded, nothing unused, scoped wherever AWS can scope."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import policy_rules as rules
import pytest

from smartroute_runbook.metrics import NAMESPACE
from smartroute_runbook.prepare.permissions import WEEKS, denied, principal, tailored
from smartroute_runbook.runs.run import Run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "policies"
CALLS = {
    week: [
        rules.Need(action, resource, tuple(map(tuple, conditions)), why) for action, resource, conditions, why in found
    ]
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


@pytest.mark.parametrize("week", ["week2", "week4", "sync"])
def test_whoever_catches_up_may_load_and_stop(week):
    """A catch-up with nothing new takes fewer permissions than one that loads: the recording must have loaded."""
    staged = rules.arn("athena", "workgroup/smartroute-migration")
    wanted = [
        rules.Need("athena:StartQueryExecution", staged),
        rules.Need("athena:StopQueryExecution", staged),
        rules.Need("s3:PutObject", f"arn:aws:s3:::{rules.LAKE}/staging/redshift/x", (rules._OURS,)),
        rules.Need("redshift-data:BatchExecuteStatement", rules.arn("redshift", "cluster:smartroute-analytics")),
        rules.Need("redshift-data:CancelStatement", "*", rules._OWN),
    ]
    assert [need for need in wanted if not rules.allows(document(week), need)] == []


def test_metrics_are_put_into_our_namespace_alone():
    (metrics,) = [one for one in document("sync")["Statement"] if "cloudwatch:PutMetricData" in one["Action"]]
    assert metrics["Resource"] == ["*"]  # AWS scopes this action by its namespace only
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def simulated(client, document, needs):
    """What IAM's simulator answers for each need, with its own condition given."""
    found = []
    for need in needs:
        entries = [
            {"ContextKeyName": key, "ContextKeyValues": [value.replace("${aws:userid}", "AIDA1")]}
            for key, value in (*(pair[1:] for pair in need.conditions), ("aws:userid", "AIDA1"))
        ]
        for entry in entries:
            entry["ContextKeyType"] = "string"
        answer = client("iam").simulate_custom_policy(
            PolicyInputList=[json.dumps(document)],
            ActionNames=[need.action],
            ResourceArns=[need.resource],
            ContextEntries=entries,
        )
        found.append(answer["EvaluationResults"][0]["EvalDecision"])
    return found


@pytest.mark.parametrize("week", CALLS)
def test_the_simulator_allows_what_was_recorded_and_nothing_beside_it(client, week):
    whole, recorded = document(week), CALLS[week]
    assert set(simulated(client, whole, recorded)) == {"allowed"}
    beside = [
        rules.Need("redshift:DeleteCluster", rules.arn("redshift", "cluster:smartroute-analytics")),
        rules.Need("s3:DeleteObject", f"arn:aws:s3:::{rules.LAKE}/processed/vehicles/x"),
        rules.Need("s3:GetObject", "arn:aws:s3:::somebody-elses/processed/vehicles/x"),
        rules.Need("iam:PassRole", f"arn:aws:iam::{rules.ACCOUNT}:role/admin"),
    ]
    assert set(simulated(client, whole, beside)) == {"implicitDeny"}
    bare = [rules.Need(n.action, n.resource) for n in recorded if n.conditions]
    scoped = [
        n for n in bare if not any((o.action, o.resource, o.conditions) == (n.action, n.resource, ()) for o in recorded)
    ]
    assert set(simulated(client, whole, scoped)) <= {"implicitDeny"}


def test_without_an_action_of_its_policy_the_caller_is_told_which(client, stack, tmp_path):
    iam = client("iam")
    less = copy.deepcopy(document("week1"))
    statement = next(s for s in less["Statement"] if "redshift:CreateCluster" in s["Action"])
    statement["Action"].remove("redshift:CreateCluster")
    arn = iam.create_user(UserName="operator")["User"]["Arn"]
    for name, found in (("one", less), *((week, document(week)) for week in CALLS if week != "week1")):
        text = json.dumps(found).replace("user/rehearsal", "user/operator")
        iam.put_user_policy(UserName="operator", PolicyName=name, PolicyDocument=text)
    (tmp_path / "parameters").mkdir()
    run = Run.open("rehearsal", "lacking", {"aws": {}}, base=tmp_path)
    documents = tailored(run, rules.ACCOUNT, arn)
    lacking = denied(iam, {week: documents[week] for week in WEEKS}, caller=arn, user_id="AIDA1")
    assert lacking.pop("week1") == [
        f"redshift:CreateCluster on {rules.arn('redshift', 'cluster:smartroute-analytics')}"
    ]
    assert lacking == {week: [] for week in WEEKS[1:]}


def test_the_policies_carry_the_names_of_the_parameters(stack, tmp_path):
    (tmp_path / "parameters").mkdir()
    settings = {"redshift": {"cluster": "mine", "copy_role": "reads"}, "network": {"subnet_group": "inner"}}
    run = Run.open("rehearsal", "named", settings, base=tmp_path)
    text = json.dumps(tailored(run, "999999999999", "arn:aws:iam::999999999999:role/ops"))
    assert "cluster:mine" in text
    assert "role/reads" in text
    assert "subnetgroup:inner" in text
    assert "cluster:smartroute-analytics" not in text
    assert rules.ACCOUNT not in text.replace(rules.LAKE, "").replace(rules.RESULTS, "")


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:user/ada"),
        ("arn:aws:sts::123456789012:assumed-role/nowhere/ada", "arn:aws:iam::123456789012:role/nowhere"),
        ("arn:aws:sts::123456789012:assumed-role/deep/ada", "arn:aws:iam::123456789012:role/team/deep"),
    ],
)
def test_a_session_is_asked_for_as_its_role(client, stack, tmp_path, arn, expected):
    if "deep" in arn:
        client("iam").create_role(RoleName="deep", Path="/team/", AssumeRolePolicyDocument="{}")
    (tmp_path / "parameters").mkdir()
    assert principal(Run.open("rehearsal", "who", {"aws": {}}, base=tmp_path), arn) == expected
