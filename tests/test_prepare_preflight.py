"""Preflight: each line says ok or what to do, and one failure hides no other."""

from __future__ import annotations

import json

import pytest

from smartroute_runbook.prepare.preflight import preflight
from smartroute_runbook.run import Run

LAKE = "smartroute-data-lake-123456789012"


def looked(folder, run_id, **settings):
    (folder / "parameters").mkdir(exist_ok=True)
    return preflight(Run.open("rehearsal", run_id, settings or {"aws": {}}, base=folder))


def states(found):
    return {line.name: line.state for line in found.lines if line.state == "fail"}


def test_smartroutes_world_is_ready_for_week_one(stack, tmp_path):
    found = looked(tmp_path, "ready")
    assert found.ready, found.lines
    assert json.loads(json.dumps(found.as_json()))["ready"] is True
    assert "ready" in found.view().title
    names = [line.name for line in found.lines]
    assert {"credentials", "tables in Glue", "query history", "lake bucket", "cluster"} <= set(names)


@pytest.mark.parametrize(
    ("settings", "failing"),
    [
        ({"athena": {"tables": ["cars"]}}, {"tables in Glue", "lake bucket"}),
        ({"athena": {"workgroup": "nobody"}}, {"Athena workgroup", "query history"}),
        ({"network": {"vpc": "nowhere"}}, {"network"}),
        ({"network": {"kms_key": "alias/none"}}, {"KMS key"}),
        ({"redshift": {"node_type": "ra3.tiny"}}, {"node type", "node offer"}),
        ({"aws": {"region": "eu-west-1"}}, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else_is_hidden(stack, tmp_path, settings, failing):
    found = looked(tmp_path, "wrong", **settings)
    assert not found.ready
    if failing is not None:
        assert set(states(found)) == failing
    assert all(line.hint for line in found.lines if line.state == "fail")


def test_a_bucket_policy_against_presigned_urls_is_found(stack, client, tmp_path):
    s3 = client("s3")
    deny = {
        "Sid": "OnlyFromTheVpc",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{LAKE}/*",
        "Condition": {"StringNotEquals": {"aws:sourceVpce": "vpce-1"}},
    }
    s3.put_bucket_policy(Bucket=LAKE, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    try:
        found = looked(tmp_path, "policy")
    finally:
        s3.delete_bucket_policy(Bucket=LAKE)
    assert states(found) == {"lake bucket": "fail"}
    assert "OnlyFromTheVpc" in next(line.said for line in found.lines if line.state == "fail")
