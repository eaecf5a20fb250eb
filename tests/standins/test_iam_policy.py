"""Identity policies, as the simulator and COPY evaluate them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from smartroute_runbook.standins.services.iam_policy import decision, missing_keys, s3_access_check

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/staging/*"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def conditional(operator, key, value, action="iam:PassRole"):
    return policy({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {operator: {key: value}}})


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::lake/staging/a", "allowed"),
        ("S3:getobject", "arn:aws:s3:::lake/staging/a", "allowed"),
        ("s3:GetObject", "arn:aws:s3:::lake/other/a", "implicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::lake/staging/a", "implicitDeny"),
    ],
)
def test_allow(action, resource, expected):
    assert decision([policy(READ)], action, resource, {}) == expected


def test_deny_wins_and_not_elements_invert():
    deny = {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}
    documents = [policy({"Effect": "Allow", "Action": "*", "Resource": "*"}), json.dumps(policy(deny))]
    assert decision(documents, "s3:GetObject", "*", {}) == "allowed"
    assert decision(documents, "redshift:DeleteCluster", "*", {}) == "explicitDeny"
    spared = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::lake/*"}
    assert decision([policy(READ, spared)], "s3:GetObject", "arn:aws:s3:::lake/staging/a", {}) == "allowed"


@pytest.mark.parametrize(
    ("operator", "context", "met"),
    [
        ("StringEquals", {"iam:PassedToService": ["redshift.amazonaws.com"]}, True),
        ("StringEquals", {"iam:passedtoservice": ["redshift.amazonaws.com"]}, True),
        ("StringEquals", {"iam:PassedToService": ["lambda.amazonaws.com"]}, False),
        ("StringEquals", {}, False),
        ("StringEqualsIfExists", {}, True),
        ("StringNotEquals", {}, True),
        ("StringNotEquals", {"iam:PassedToService": ["redshift.amazonaws.com"]}, False),
        ("ForAllValues:StringEquals", {}, True),
        ("ForAnyValue:StringEquals", {"iam:PassedToService": ["x", "redshift.amazonaws.com"]}, True),
    ],
)
def test_conditions(operator, context, met):
    document = conditional(operator, "iam:PassedToService", "redshift.amazonaws.com")
    assert (decision([document], "iam:PassRole", "*", context) == "allowed") is met


def test_variables_null_and_the_unknown():
    own = conditional("StringEquals", "redshift-data:statement-owner-iam-userid", "${aws:userid}", "redshift-data:*")
    context = {"redshift-data:statement-owner-iam-userid": ["AIDA1"], "aws:userid": ["AIDA1"]}
    assert decision([own], "redshift-data:DescribeStatement", "*", context) == "allowed"
    assert decision([own], "redshift-data:DescribeStatement", "*", context | {"aws:userid": ["X"]}) == "implicitDeny"
    assert missing_keys([own], {}) == ["redshift-data:statement-owner-iam-userid"]
    assert decision([conditional("Null", "aws:TokenIssueTime", "true")], "iam:PassRole", "*", {}) == "allowed"
    with pytest.raises(NotImplementedError, match="IpAddress"):
        decision([conditional("IpAddress", "aws:SourceIp", "10.0.0.0/8")], "iam:PassRole", "*", {})


def test_the_simulator_over_the_wire(client):
    results = client("iam").simulate_custom_policy(
        PolicyInputList=[json.dumps(conditional("StringEquals", "iam:PassedToService", "redshift.amazonaws.com"))],
        ActionNames=["iam:PassRole", "s3:GetObject"],
        ContextEntries=[
            {
                "ContextKeyName": "iam:PassedToService",
                "ContextKeyValues": ["redshift.amazonaws.com"],
                "ContextKeyType": "string",
            }
        ],
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    with pytest.raises(ClientError, match="MalformedPolicy"):
        client("iam").simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["s3:GetObject"])


def test_copy_needs_a_role_that_is_attached_and_allowed(client, stack):
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}}]}
    iam, redshift = client("iam"), client("redshift")
    role = iam.create_role(RoleName="copies", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    check = s3_access_check("s3:GetObject", "copying")
    assert "not associated" in check(role, "lake", "staging/a", "loader")
    redshift.create_cluster(
        ClusterIdentifier="copying",
        NodeType="ra3.large",
        MasterUsername="smartroute_admin",
        ManageMasterPassword=True,
        IamRoles=[role],
    )
    assert "Access Denied" in check(role, "lake", "staging/a", "loader")
    iam.put_role_policy(RoleName="copies", PolicyName="read", PolicyDocument=json.dumps(policy(READ)))
    assert check(role, "lake", "staging/a", "loader") is None
    assert "Access Denied" in check(role, "lake", "other/a", "loader")
    redshift.delete_cluster(ClusterIdentifier="copying", SkipFinalClusterSnapshot=True)
