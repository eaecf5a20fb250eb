"""Week 1's policy held against every call of its steps, and against every way that leads beyond what it lists."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import botocore.session
import drift
import pytest
from support.iam_world import ACCOUNT, Enforced, World, arn, role_arn
from support.undo import undone

from smartroute_runbook import prepare
from smartroute_runbook.decide import Decision, Reminder
from smartroute_runbook.errors import ServiceError
from smartroute_runbook.load.tables import ledger_ddl
from smartroute_runbook.load.workgroup import MigrationWorkgroup
from smartroute_runbook.operate.tune import STEPS, PublishAggregates, exploration
from smartroute_runbook.prepare.preflight import preflight
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.services.iam_policy import decision

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "policies"
WEEK1, WEEK2, TUNE, BOUNDARY = (
    json.loads((FOLDER / f"{name}.json").read_text()) for name in ("week1", "week2", "tune", "boundary")
)
CAP = f"arn:aws:iam::{ACCOUNT}:policy/smartroute-boundary"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLES = ("smartroute-redshift-copy", "smartroute-reminder")


def opened(base, name, **settings):
    (base / "parameters").mkdir(exist_ok=True)
    given = {"aws": {}, "redshift": {"timeout_seconds": 60}} | settings
    return Run.open("rehearsal", name, given, base=base)


def steps(run):
    return [*prepare.steps(run), Reminder(Decision("stay", "costs more", (), (), date(2030, 1, 7)))]


def carry_out(run, *todo):
    """Without the gates: what is asked is what AWS allows."""
    for step in todo:
        with run.applying(step.id):
            step.apply(run, step.propose(run))
        step.verify(run)


# ---- enough ----------------------------------------------------------------------------------------------------------


def test_without_the_boundary_on_a_role_its_creation_is_denied(client, stack, tmp_path):
    run = opened(tmp_path, "uncapped", aws={"permissions_boundary": None})
    held = Enforced(World(client), WEEK1).attach(run.clients)
    with pytest.raises(ServiceError, match=r"iam:CreateRole"):
        carry_out(run, prepare.CopyRole())
    assert held.denied == [f"iam:CreateRole on {role_arn(ROLES[0])} with {{}}"]


def test_each_step_of_week_one_is_allowed_before_and_after_drift(client, stack, tmp_path):
    run = opened(tmp_path, "least")
    held = Enforced(World(client), WEEK1).attach(run.clients)
    preflight(run)
    carry_out(run, *steps(run))
    drift.change_by_hand(client)
    wrong = [change for step in steps(run) for change in step.propose(run).changes if change.action == "modify"]
    assert len(wrong) >= 11, [change.resource for change in wrong]
    carry_out(run, *steps(run))
    daily = opened(tmp_path, "daily", redshift={"timeout_seconds": 60, "snapshot_cadence": "daily"})
    held.attach(daily.clients)
    carry_out(daily, prepare.steps(daily)[-1])
    assert held.denied == []
    after_drift = {
        "iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary",
        "redshift:ModifyClusterSubnetGroup", "redshift:ModifyClusterSnapshotSchedule", "ec2:RevokeSecurityGroupIngress",
    }  # fmt: skip
    assert after_drift <= {action for action, _, _ in held.allowed}
    for name in ROLES:
        role = client("iam").get_role(RoleName=name)["Role"]
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == CAP


def test_the_exports_workgroup_is_mended_with_week_twos_policy(client, stack, tmp_path):
    run = opened(tmp_path, "workgroup")
    held = Enforced(World(client), WEEK2).attach(run.clients)
    carry_out(run, MigrationWorkgroup())
    cut = {"BytesScannedCutoffPerQuery": 10 * 1024**2}
    client("athena").update_work_group(WorkGroup="smartroute-migration", ConfigurationUpdates=cut)
    carry_out(run, MigrationWorkgroup())
    assert held.denied == []
    assert "athena:UpdateWorkGroup" in {action for action, _, _ in held.allowed}


def test_what_is_tuned_afterwards_is_allowed_by_its_own_policy(client, stack, tmp_path):
    front = {"origin": "abc.execute-api.us-east-1.amazonaws.com", "least_hits": 0}
    run = opened(tmp_path, "tuned", tuning={"nodes": 4}, archive={"infrequent_days": 90}, front=front)
    carry_out(run, *prepare.steps(run))
    carry_out(run, MigrationWorkgroup())
    _aggregated(run)
    held = Enforced(World(client), TUNE).attach(run.clients)
    todo = [make() for make in STEPS.values()]
    carry_out(run, *todo)
    for _ in range(3):  # copies that are renewed, and the older ones deleted
        _loaded(run)
        carry_out(run, PublishAggregates())
    exploration(run)
    assert held.denied == []
    assert {
        "redshift:ResizeCluster", "redshift:ModifyClusterParameterGroup", "athena:CreateWorkGroup",
        "s3:PutLifecycleConfiguration",
    } <= {action for action, _, _ in held.allowed}  # fmt: skip
    for step in todo:
        undone(step, run, client)
    assert held.denied == []


def _aggregated(run):
    """A materialized view, as week 3 makes them."""
    with run.redshift() as redshift:
        redshift.execute("CREATE SCHEMA IF NOT EXISTS smartroute_analytics")
        redshift.execute("CREATE TABLE smartroute_analytics.counted (n INTEGER)")
        redshift.execute("INSERT INTO smartroute_analytics.counted VALUES (1)")
        redshift.execute(ledger_ddl("smartroute_analytics"))
        redshift.execute(
            "CREATE MATERIALIZED VIEW smartroute_analytics.mv_counts_0a1b2c3d AS "
            "SELECT n, COUNT(*) AS times FROM smartroute_analytics.counted GROUP BY n"
        )


def _loaded(run):
    noted = "VALUES ('counted', '*', 'x', 1, 'tuned', GETDATE())"
    with run.redshift() as redshift:
        redshift.execute(f"INSERT INTO smartroute_analytics.migration_ledger {noted}")


# ---- no more ---------------------------------------------------------------------------------------------------------


def allowed(action, resource, context=None, documents=(WEEK1,)):
    return decision(list(documents), action, resource, context or {}) == "allowed"


def operations(service):
    return botocore.session.get_session().get_service_model(service).operation_names


def test_of_all_iam_actions_only_those_under_the_cap_are_allowed():
    """Every operation of IAM, on our roles, others', users, groups, policies: with our cap, another, and none."""
    places = [
        *(role_arn(name) for name in (*ROLES, "admin", "operator", "aws-service-role/x/AWSServiceRoleForX")),
        *(arn("iam", rest, region="") for rest in ("user/operator", "user/rehearsal", "group/ops", "policy/own")),
        CAP, ADMIN, "*",
    ]  # fmt: skip
    contexts = {"none": {}, "other": {"iam:PermissionsBoundary": [ADMIN]}, "ours": {"iam:PermissionsBoundary": [CAP]}}
    found: dict[str, set[tuple[str, str]]] = {}
    for operation in operations("iam"):
        for place in places:
            for name, context in contexts.items():
                if allowed(f"iam:{operation}", place, context):
                    found.setdefault(operation, set()).add((place, name))
    ours = {(role_arn(name), "ours") for name in ROLES}
    anyhow = {(role_arn(name), cap) for name in ROLES for cap in contexts}
    capped = ("CreateRole", "PutRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy")
    assert {name: found.pop(name) for name in capped} == dict.fromkeys(capped, ours)
    assert found.pop("UpdateAssumeRolePolicy") == anyhow  # AWS has no condition for it: what the role may is capped
    assert found.pop("TagRole") == {place for place in anyhow if place[0] == role_arn(ROLES[0])}
    assert found.pop("GetPolicy") == {(CAP, cap) for cap in contexts}
    reading = {"GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies"}
    assert {name: found.pop(name) for name in reading} == dict.fromkeys(reading, anyhow)
    assert set(found) == {"SimulatePrincipalPolicy"}  # of oneself


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:CreateRole", role_arn("admin"), {"iam:PermissionsBoundary": [CAP]}),
        ("iam:AttachRolePolicy", role_arn(ROLES[0]), {"iam:PolicyARN": [ADMIN], "iam:PermissionsBoundary": [CAP]}),
        ("iam:PutRolePolicy", role_arn(ROLES[0]), {}),
        ("iam:PutUserPolicy", arn("iam", "user/operator", region=""), {}),
        ("iam:DeleteRolePermissionsBoundary", role_arn(ROLES[0]), {"iam:PermissionsBoundary": [CAP]}),
        ("iam:PutRolePermissionsBoundary", role_arn(ROLES[0]), {"iam:PermissionsBoundary": [ADMIN]}),
        ("iam:CreatePolicyVersion", CAP, {}),
        ("iam:SetDefaultPolicyVersion", CAP, {}),
        ("iam:DeletePolicy", CAP, {}),
        ("iam:CreatePolicy", CAP, {}),
        ("iam:UpdateAssumeRolePolicy", role_arn("admin"), {}),
        ("iam:CreateAccessKey", arn("iam", "user/admin", region=""), {}),
        ("iam:CreateServiceLinkedRole", role_arn("aws-service-role/x"), {"iam:AWSServiceName": ["x.amazonaws.com"]}),
        ("sts:AssumeRole", role_arn("admin"), {}),
        ("lambda:CreateFunction", arn("lambda", "function:x"), {}),
        ("cloudformation:CreateStack", arn("cloudformation", "stack/x/1"), {}),
        ("redshift:GetClusterCredentials", arn("redshift", "dbuser:smartroute-analytics/somebody"), {}),
        ("redshift:DeleteCluster", arn("redshift", "cluster:smartroute-analytics"), {}),
        ("redshift:ModifyCluster", arn("redshift", "cluster:somebody-elses"), {}),
        ("redshift-data:GetStatementResult", "*",
         {"redshift-data:statement-owner-iam-userid": ["AIDA2"], "aws:userid": ["AIDA1"]}),
        ("kms:CreateGrant", arn("kms", "key/1"), {"kms:ResourceAliases": ["alias/smartroute"]}),
        ("kms:CreateGrant", arn("kms", "key/1"),
         {"kms:ResourceAliases": ["alias/smartroute"], "kms:ViaService": ["redshift.us-east-1.amazonaws.com"],
          "kms:GrantIsForAWSResource": ["false"]}),
        ("kms:Decrypt", arn("kms", "key/1"), {"kms:ResourceAliases": ["alias/smartroute"]}),
        ("kms:Decrypt", arn("kms", "key/1"),
         {"kms:ResourceAliases": ["alias/payroll"], "kms:ViaService": ["s3.us-east-1.amazonaws.com"]}),
        ("kms:PutKeyPolicy", arn("kms", "key/1"), {"kms:ResourceAliases": ["alias/smartroute"]}),
        ("s3:GetObject", f"arn:aws:s3:::smartroute-data-lake-{ACCOUNT}/processed/vehicles/x",
         {"aws:ResourceAccount": ["999999999999"]}),
        ("s3:PutObject", f"arn:aws:s3:::smartroute-data-lake-{ACCOUNT}/processed/vehicles/x",
         {"aws:ResourceAccount": [ACCOUNT]}),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::smartroute-data-lake-{ACCOUNT}", {"aws:ResourceAccount": [ACCOUNT]}),
        ("ec2:AuthorizeSecurityGroupIngress", arn("ec2", "security-group/sg-1"), {}),
        ("ec2:CreateTags", arn("ec2", "security-group/sg-1"), {}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:payroll-1"), {}),
        ("secretsmanager:PutSecretValue", arn("secretsmanager", "secret:redshift!smartroute-analytics-1"), {}),
    ],
)  # fmt: skip
def test_a_way_beyond_is_denied(action, resource, context):
    assert not allowed(action, resource, context)


def test_a_role_is_passed_to_its_own_service_alone():
    services = (
        "redshift", "scheduler", "lambda", "ec2", "glue", "cloudformation", "codebuild", "datapipeline", "sagemaker",
        "ecs-tasks", "states", "ssm", "firehose", "redshift-serverless", "backup", "events",
    )  # fmt: skip
    roles = (*ROLES, "admin", "operator")
    found = {
        (role, service)
        for role in roles
        for service in services
        if allowed("iam:PassRole", role_arn(role), {"iam:PassedToService": [f"{service}.amazonaws.com"]})
    }
    assert found == {(ROLES[0], "redshift"), (ROLES[1], "scheduler")}
    assert not any(allowed("iam:PassRole", role_arn(role)) for role in roles)


SERVICES = (
    "iam", "sts", "s3", "kms", "lambda", "redshift-data", "secretsmanager", "sns", "ssm", "cloudformation", "scheduler",
)  # fmt: skip


def test_a_role_that_is_given_everything_reads_the_lake_and_tells_the_topic_and_no_more():
    """The worst that week 1's holder can do with its roles: write "everything" into them, and take them on."""
    context = {
        "aws:ResourceAccount": [ACCOUNT],
        "kms:ResourceAliases": ["alias/smartroute"],
        "kms:ViaService": ["s3.us-east-1.amazonaws.com"],
    }
    lake = f"arn:aws:s3:::smartroute-data-lake-{ACCOUNT}"
    places = [
        "*", lake, CAP, role_arn("admin"), role_arn(ROLES[0]), arn("kms", "key/1"), arn("iam", "user/a", region=""),
        *(
            f"{lake}/{key}/x"
            for key in ("processed/vehicles", "analytics/delay_metrics", "staging/redshift", "published", "other")
        ),
        "arn:aws:s3:::somebody-elses/processed/vehicles/x", arn("redshift", "cluster:smartroute-analytics"),
        arn("sns", "smartroute-alerts"), arn("sns", "other"), arn("secretsmanager", "secret:redshift!x"),
        arn("lambda", "function:x"), arn("glue", "catalog"), arn("ssm", "parameter/smartroute/dashboard/engine"),
    ]  # fmt: skip
    found = {
        (f"{service}:{operation}", place)
        for service in SERVICES
        for operation in operations(service)
        for place in places
        if decision([EVERYTHING], f"{service}:{operation}", place, context, [BOUNDARY]) == "allowed"
    }
    reading = {
        ("s3:GetObject", f"{lake}/{key}/x")
        for key in ("processed/vehicles", "analytics/delay_metrics", "staging/redshift")
    }
    assert found == reading | {
        ("s3:GetBucketLocation", lake), *((f"kms:{do}", arn("kms", "key/1")) for do in ("Decrypt", "GenerateDataKey")),
        *((f"s3:{do}", f"{lake}/published/x") for do in ("PutObject", "AbortMultipartUpload")),
        ("sns:Publish", arn("sns", "smartroute-alerts")),
    }  # fmt: skip
    beyond = {(action, place) for action, place in found if not allowed(action, place, context)}
    # What the boundary lists and the policy itself does not: known, and no more.
    assert beyond == {
        ("s3:GetObject", f"{lake}/staging/redshift/x"), ("sns:Publish", arn("sns", "smartroute-alerts")),
        *((f"s3:{do}", f"{lake}/published/x") for do in ("PutObject", "AbortMultipartUpload")),
    }  # fmt: skip
