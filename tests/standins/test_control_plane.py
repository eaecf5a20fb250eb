"""The control plane as boto3 sees it."""

from __future__ import annotations

import contextlib
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError

WANTED = {
    "NodeType": "ra3.xlplus",
    "NumberOfNodes": 2,
    "MasterUsername": "smartroute_admin",
    "ManageMasterPassword": True,
    "DBName": "smartroute",
}


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def settle(redshift, name, status="available"):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        cluster = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
        if cluster["ClusterStatus"] == status:
            return cluster
        time.sleep(0.02)
    raise AssertionError(f"{name} is {cluster['ClusterStatus']}")


@pytest.fixture(autouse=True)
def _quick(stack, monkeypatch):
    monkeypatch.setattr(stack.plane, "settle_seconds", 0.4)


@pytest.fixture
def redshift(client):
    return client("redshift")


@pytest.fixture
def cluster(redshift, stack):
    redshift.create_cluster(ClusterIdentifier="other", **WANTED)
    yield settle(redshift, "other")
    redshift.delete_cluster(ClusterIdentifier="other", SkipFinalClusterSnapshot=True)


def test_a_cluster_takes_a_moment_and_has_no_endpoint_before(redshift, stack, monkeypatch):
    monkeypatch.setattr(stack.plane, "settle_seconds", 3)  # long enough to be seen on a busy machine
    made = redshift.create_cluster(ClusterIdentifier="young", **WANTED)["Cluster"]
    seen = redshift.describe_clusters(ClusterIdentifier="young")["Clusters"][0]
    assert (made["ClusterStatus"], seen["ClusterStatus"], "Endpoint" in seen) == ("creating", "creating", False)
    assert seen["ClusterAvailabilityStatus"] == "Modifying"
    assert code_of(redshift.modify_cluster, ClusterIdentifier="young", NumberOfNodes=4) == "InvalidClusterState"
    cluster = settle(redshift, "young")
    assert cluster["ClusterAvailabilityStatus"] == "Available"
    assert cluster["Endpoint"] == {"Address": "localhost", "Port": stack.plane.redshift_port}
    assert cluster["Encrypted"]
    redshift.delete_cluster(ClusterIdentifier="young", SkipFinalClusterSnapshot=True)
    assert code_of(redshift.describe_clusters, ClusterIdentifier="young") == "ClusterNotFound"


def test_the_managed_password_is_a_real_secret_that_goes_with_the_cluster(redshift, client):
    made = redshift.create_cluster(ClusterIdentifier="brief", **WANTED)["Cluster"]
    arn = made["MasterPasswordSecretArn"]
    held = json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert held["username"] == "smartroute_admin"
    assert len(held["password"]) >= 32
    redshift.delete_cluster(ClusterIdentifier="brief", SkipFinalClusterSnapshot=True)
    assert code_of(client("secretsmanager").get_secret_value, SecretId=arn) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"NodeType": "ra3.tiny"}, "InvalidParameterValue"),
        ({"NumberOfNodes": 17}, "InvalidParameterValue"),
        ({"NumberOfNodes": 1}, "InvalidParameterCombination"),
        ({"MasterUserPassword": "Abcdef123"}, "InvalidParameterCombination"),
        ({"ManageMasterPassword": False}, "InvalidParameterCombination"),
        ({"ManageMasterPassword": False, "MasterUserPassword": "weak"}, "InvalidParameterValue"),
        ({"MasterUsername": "Admin"}, "InvalidParameterValue"),
        ({"Encrypted": False}, "InvalidParameterValue"),
        ({"Port": 1234}, "InvalidParameterValue"),
        ({"ClusterSubnetGroupName": "none"}, "ClusterSubnetGroupNotFoundFault"),
        ({"ClusterParameterGroupName": "none"}, "ClusterParameterGroupNotFound"),
        ({"VpcSecurityGroupIds": ["sg-0"]}, "InvalidParameterValue"),
        ({"KmsKeyId": "alias/none"}, "InvalidParameterValue"),
        ({"IamRoles": ["arn:aws:iam::123456789012:role/none"]}, "InvalidParameterValue"),
    ],
)
def test_it_refuses_what_redshift_refuses(redshift, change, code):
    assert code_of(redshift.create_cluster, ClusterIdentifier="never", **{**WANTED, **change}) == code
    assert "never" not in {c["ClusterIdentifier"] for c in redshift.describe_clusters()["Clusters"]}


def test_roles_attach_only_when_they_trust_redshift(redshift, cluster, client):
    def role(name, service):
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
        made = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        return made["Role"]["Arn"]

    good, bad = role("trusts-redshift", "redshift.amazonaws.com"), role("trusts-lambda", "lambda.amazonaws.com")
    change = redshift.modify_cluster_iam_roles
    assert code_of(change, ClusterIdentifier="other", AddIamRoles=[bad]) == "InvalidParameterValue"
    assert change(ClusterIdentifier="other", AddIamRoles=[good])["Cluster"]["IamRoles"][0]["IamRoleArn"] == good
    assert change(ClusterIdentifier="other", RemoveIamRoles=[good])["Cluster"]["IamRoles"] == []


def test_parameter_groups_remember_and_wait_for_a_reboot(redshift, cluster):
    name = "remembers"
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description="x"
    )
    redshift.modify_cluster(ClusterIdentifier="other", ClusterParameterGroupName=name)
    settle(redshift, "other")
    wlm = json.dumps([{"auto_wlm": True, "query_group": ["dashboard"]}, {"auto_wlm": True}])
    redshift.modify_cluster_parameter_group(
        ParameterGroupName=name,
        Parameters=[
            {"ParameterName": "enable_user_activity_logging", "ParameterValue": "true"},
            {"ParameterName": "wlm_json_configuration", "ParameterValue": wlm},
        ],
    )
    mine = redshift.describe_cluster_parameters(ParameterGroupName=name, Source="user")["Parameters"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in mine} == {
        "enable_user_activity_logging": "true",
        "wlm_json_configuration": wlm,
    }
    everything = redshift.describe_cluster_parameters(ParameterGroupName=name)["Parameters"]
    assert {p["ParameterName"]: p["ParameterValue"] for p in everything}["require_ssl"] == "true"
    group = settle(redshift, "other")["ClusterParameterGroups"][0]
    assert (group["ParameterGroupName"], group["ParameterApplyStatus"]) == (name, "pending-reboot")
    assert redshift.reboot_cluster(ClusterIdentifier="other")["Cluster"]["ClusterStatus"] == "rebooting"
    assert settle(redshift, "other")["ClusterParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    unknown = [{"ParameterName": "requires_ssl", "ParameterValue": "true"}]
    change = redshift.modify_cluster_parameter_group
    assert code_of(change, ParameterGroupName=name, Parameters=unknown) == "InvalidParameterValue"


def test_an_elastic_resize_reaches_a_quarter_to_double(redshift, cluster, stack, monkeypatch):
    monkeypatch.setattr(stack.plane, "settle_seconds", 1.0)  # a slow machine must still see it under way
    offers = redshift.describe_node_configuration_options(ActionType="resize-cluster", ClusterIdentifier="other")
    assert {o["NumberOfNodes"] for o in offers["NodeConfigurationOptionList"]} == {3, 4}
    assert code_of(redshift.resize_cluster, ClusterIdentifier="other", NumberOfNodes=8) == "InvalidParameterValue"
    began = redshift.resize_cluster(ClusterIdentifier="other", NumberOfNodes=4)["Cluster"]
    assert (began["ClusterStatus"], began["NumberOfNodes"]) == ("resizing", 2)
    assert began["PendingModifiedValues"]["NumberOfNodes"] == 4
    assert redshift.describe_resize(ClusterIdentifier="other")["Status"] == "IN_PROGRESS"
    assert settle(redshift, "other")["NumberOfNodes"] == 4
    assert redshift.describe_resize(ClusterIdentifier="other")["Status"] == "SUCCEEDED"


def test_schedules_and_limits_are_kept_checked_and_shown(redshift, cluster):
    redshift.create_snapshot_schedule(ScheduleIdentifier="daily", ScheduleDefinitions=["rate(24 hours)"])
    redshift.modify_cluster_snapshot_schedule(ClusterIdentifier="other", ScheduleIdentifier="daily")
    (shown,) = redshift.describe_snapshot_schedules(ScheduleIdentifier="daily")["SnapshotSchedules"]
    assert shown["AssociatedClusters"][0]["ClusterIdentifier"] == "other"
    assert settle(redshift, "other")["SnapshotScheduleIdentifier"] == "daily"
    delete = redshift.delete_snapshot_schedule
    assert code_of(delete, ScheduleIdentifier="daily") == "InvalidClusterSnapshotScheduleState"
    create = redshift.create_snapshot_schedule
    assert code_of(create, ScheduleIdentifier="odd", ScheduleDefinitions=["every day"]) == "InvalidSchedule"

    wanted = {"ClusterIdentifier": "other", "FeatureType": "concurrency-scaling", "LimitType": "time", "Amount": 60}
    made = redshift.create_usage_limit(**wanted, Period="daily")
    (limit,) = redshift.describe_usage_limits(ClusterIdentifier="other")["UsageLimits"]
    assert (limit["UsageLimitId"], limit["Amount"]) == (made["UsageLimitId"], 60)
    assert code_of(redshift.create_usage_limit, **wanted, Period="daily") == "UsageLimitAlreadyExists"
    wanted["LimitType"] = "data-scanned"
    assert code_of(redshift.create_usage_limit, **wanted) == "InvalidUsageLimit"


def test_snapshots_are_kept_as_long_as_told(redshift, cluster):
    made = redshift.create_cluster_snapshot
    made(SnapshotIdentifier="before-cutover", ClusterIdentifier="other", ManualSnapshotRetentionPeriod=30)
    made(SnapshotIdentifier="forever", ClusterIdentifier="other")
    asked = {"SnapshotIdentifier": "bad", "ClusterIdentifier": "other", "ManualSnapshotRetentionPeriod": 0}
    assert code_of(made, **asked) == "InvalidRetentionPeriodFault"
    found = redshift.describe_cluster_snapshots(ClusterIdentifier="other", SnapshotType="manual")["Snapshots"]
    assert {s["SnapshotIdentifier"]: s["ManualSnapshotRetentionPeriod"] for s in found} == {
        "before-cutover": 30,
        "forever": -1,
    }
    changed = redshift.batch_modify_cluster_snapshots(
        SnapshotIdentifierList=["forever", "missing"], ManualSnapshotRetentionPeriod=7
    )
    assert changed["Resources"] == ["forever"]
    assert changed["Errors"][0]["FailureCode"] == "ClusterSnapshotNotFound"
    names = [{"SnapshotIdentifier": name} for name in ("forever", "before-cutover")]
    assert len(redshift.batch_delete_cluster_snapshots(Identifiers=names)["Resources"]) == 2


def test_quotas_are_told(client):
    quotas = client("service-quotas").list_service_quotas(ServiceCode="redshift")["Quotas"]
    assert {quota["QuotaName"]: quota["Value"] for quota in quotas}["Nodes per Region"] == 200


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("redshift", "describe_reserved_nodes", {}),
        ("redshift-serverless", "list_workgroups", {}),
        ("ce", "get_anomalies", {"DateInterval": {"StartDate": "2026-01-01"}}),
        ("lambda", "list_code_signing_configs", {}),
        ("cloudwatch", "get_metric_stream", {"Name": "x"}),
        ("service-quotas", "list_service_quotas", {"ServiceCode": "ec2"}),
        ("sqs", "list_message_move_tasks", {"SourceArn": "x"}),
    ],
)
def test_what_is_missing_says_so(stack, service, operation, arguments):
    client = boto3.Session().client(service)
    with pytest.raises(ClientError) as caught, contextlib.closing(client):
        getattr(client, operation)(**arguments)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "NotRehearsable"
    assert answer["Error"]["Message"].startswith(f"not rehearsable: {service}:")
    assert 400 <= answer["ResponseMetadata"]["HTTPStatusCode"] < 500
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
