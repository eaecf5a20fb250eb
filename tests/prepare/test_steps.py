"""The steps of week 1 against the stand-ins: shown before done, done once, drift named."""

from __future__ import annotations

import pytest
from support.gates import do_signed, reach, sign

from smartroute_runbook import prepare
from smartroute_runbook.errors import Refused, SignatureVoid, StaleProposal, UsageError, VerificationFailed
from smartroute_runbook.runs.run import Run


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("home")
    (base / "parameters").mkdir()
    run = Run.open("rehearsal", "steps", {"redshift": {"timeout_seconds": 60}}, base=base)
    return reach(run, 1, through="week1.decision")


@pytest.fixture(scope="module")
def done(run):
    """All steps: all proposed first, as a gate shows them, then done in order."""
    proposals = {step.id: run.propose(step) for step in prepare.steps(run)}
    sign(run, "week1.cluster", *proposals.values())
    return {step.id: (proposals[step.id], run.do(step)) for step in prepare.steps(run)}


def step_of(run, name):
    return next(step for step in prepare.steps(run) if step.id == name)


def test_each_step_creates_what_it_proposed(done):
    assert list(done) == [
        "week1.subnet-group", "week1.security-group", "week1.copy-role", "week1.cluster", "week1.backups",
    ]  # fmt: skip
    for proposal, outcome in done.values():
        assert not proposal.empty
        assert outcome.outcome.status == "applied"
        assert outcome.view().parts


def test_the_cluster_is_as_the_plan_wants_it_and_private(run, done, client):
    cluster = client("redshift").describe_clusters(ClusterIdentifier="smartroute-analytics")["Clusters"][0]
    assert (cluster["NodeType"], cluster["NumberOfNodes"]) == ("ra3.xlplus", 2)
    assert cluster["Encrypted"]
    assert not cluster["PubliclyAccessible"]
    assert cluster["EnhancedVpcRouting"]
    assert cluster["AutomatedSnapshotRetentionPeriod"] == 14
    assert cluster["MasterPasswordSecretArn"]
    assert cluster["Endpoint"]["Port"]
    change = next(c for c in done["week1.cluster"][0].changes if c.resource == "cluster smartroute-analytics")
    assert str(change.usd_month) == "1609.56"


def test_a_second_proposal_is_empty_and_a_second_run_changes_nothing(run, done):
    for step in prepare.steps(run):
        assert run.propose(step).empty, step.id
        assert run.do(step).outcome.status == "unchanged"


def test_a_rule_added_by_hand_is_named_and_taken_away(run, done, client):
    step = step_of(run, "week1.security-group")
    before = run.propose(step)
    ec2 = client("ec2")
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["smartroute-redshift"]}])
    ec2.authorize_security_group_ingress(
        GroupId=group["SecurityGroups"][0]["GroupId"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5439, "ToPort": 5439, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    with pytest.raises(VerificationFailed, match=r"differs in ingress.*0\.0\.0\.0/0"):
        step.verify(run)
    with run.applying(step.id):
        assert step.apply(run, before).status == "unchanged"  # it was proposed when there was nothing to change
    with pytest.raises(StaleProposal, match="security group smartroute-redshift"):
        run.do(step)
    proposal = run.propose(step)
    assert [change.action for change in proposal.changes] == ["modify"]
    with pytest.raises(SignatureVoid, match="another proposal was signed"):
        run.do(step)
    sign(run, "week1.cluster", proposal)
    assert run.do(step).outcome.status == "applied"
    assert run.propose(step).empty


def test_a_policy_widened_by_hand_is_narrowed_again(run, done, client):
    step, iam = step_of(run, "week1.copy-role"), client("iam")
    wide = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    iam.put_role_policy(RoleName="smartroute-redshift-copy", PolicyName="wide", PolicyDocument=wide)
    with pytest.raises(VerificationFailed, match="policies"):
        step.verify(run)
    do_signed(run, [step])
    assert iam.list_role_policies(RoleName="smartroute-redshift-copy")["PolicyNames"] == ["read-lake"]


def test_the_copy_role_reads_the_lakes_prefixes_only(run, done, client):
    iam = client("iam")
    policy = iam.get_role_policy(RoleName="smartroute-redshift-copy", PolicyName="read-lake")["PolicyDocument"]
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert not any("*" in action for s in statements.values() for action in s["Action"])
    assert [r.partition(":::")[2] for r in statements["ReadFiles"]["Resource"]] == [
        "smartroute-data-lake-123456789012/analytics/crowding_metrics/*",
        "smartroute-data-lake-123456789012/analytics/delay_metrics/*",
        "smartroute-data-lake-123456789012/processed/vehicles/*",
        "smartroute-data-lake-123456789012/staging/redshift/*",
    ]


def test_a_parameter_set_back_by_hand_is_mended_with_a_reboot(run, done, client):
    redshift, step = client("redshift"), step_of(run, "week1.cluster")
    redshift.modify_cluster_parameter_group(
        ParameterGroupName="smartroute-analytics",
        Parameters=[{"ParameterName": "require_ssl", "ParameterValue": "false"}],
    )
    proposal = run.propose(step)
    assert {c.resource for c in proposal.changes if c.action != "none"} == {
        "parameter group smartroute-analytics", "cluster smartroute-analytics: parameters",
    }  # fmt: skip
    do_signed(run, [step])
    assert run.propose(step).empty


def test_a_cluster_of_another_size_is_named_and_left_alone(stack, run, done, tmp_path):
    (tmp_path / "parameters").mkdir()
    other = Run.open("rehearsal", "other", {"redshift": {"nodes": 4}}, base=tmp_path)
    step = step_of(other, "week1.cluster")
    assert "differs in nodes" in next(c.why for c in other.propose(step).changes if c.action == "modify")
    reach(other, 1, through="week1.decision")
    with pytest.raises(Refused, match="nodes 2"):
        do_signed(other, [step])


def test_names_that_are_not_there_are_a_clear_line(stack, tmp_path):
    (tmp_path / "parameters").mkdir()
    for settings, message in (
        ({"network": {"vpc": "nowhere"}}, "0 VPCs are tagged Name=nowhere"),
        ({"network": {"subnets": ["a"]}}, "No subnet is tagged Name=a"),
        ({"network": {"lambda_security_group": "x"}}, "no security group 'x'"),
        ({"network": {"kms_key": "alias/none"}}, "no KMS key 'alias/none'"),
        ({"athena": {"tables": ["cars"]}}, "Glue has no table"),
    ):
        run = Run.open("rehearsal", f"r{len(message)}", settings, base=tmp_path)
        with pytest.raises(UsageError, match=message):
            [step.propose(run) for step in prepare.steps(run)]
