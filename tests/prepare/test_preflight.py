"""Preflight: each line says ok or what to do, and one failure hides no other."""

from __future__ import annotations

import json
import socket

import pytest

from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import UsageError
from smartroute_runbook.load import proof_price
from smartroute_runbook.prepare import reach
from smartroute_runbook.prepare.preflight import preflight
from smartroute_runbook.runs.run import Run

LAKE = "smartroute-data-lake-123456789012"


def looked(folder, run_id, **settings):
    if not (folder / "parameters").exists():
        copy_to(folder)
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
        ({"athena": {"tables": ["cars"]}}, {"tables in Glue", "lake bucket", "staging area", "dashboard", "files"}),
        ({"athena": {"tables": ["delay_metrics"]}}, {"files"}),
        ({"athena": {"workgroup": "nobody"}}, {"Athena workgroup", "query history", "staging area"}),
        ({"network": {"vpc": "nowhere"}}, {"network"}),
        ({"network": {"kms_key": "alias/none"}}, {"KMS key"}),
        ({"redshift": {"node_type": "ra3.tiny"}}, {"node type", "node offer"}),
        ({"aws": {"region": "eu-west-1"}}, None),
        ({"load": {"staging": "processed/vehicles"}}, {"staging area"}),
        ({"load": {"staging": "processed/vehicles/year=2026"}}, {"staging area"}),
        ({"load": {"staging": "processed"}}, {"staging area"}),
        ({"experiment": {"queries": "nowhere"}}, {"files", "dashboard"}),
        ({"experiment": {"critical": ["busiest_stop"]}}, {"files"}),
        ({"audit": {"stops": "nowhere.txt"}}, {"files"}),
        ({"dashboard": {"engine_parameter": "/nowhere"}}, {"dashboard"}),
        ({"dashboard": {"published_queries": "nowhere"}}, {"dashboard"}),
        ({"dashboard": {"url_parameter": "/nowhere"}}, {"dashboard"}),
        ({"redshift": {"database": "select"}}, {"names"}),
        ({"redshift": {"master_user": "user"}}, {"names"}),
        ({"redshift": {"schema_name": "table"}}, {"names"}),
        ({"tuning": {"nodes": 64}}, {"node type"}),
        ({"redshift": {"nodes": 1, "node_type": "ra3.16xlarge"}}, {"node type"}),
        ({"network": {"subnets": ["nowhere"]}}, {"network"}),
        ({"network": {"lambda_security_group": "nowhere"}}, {"network"}),
        ({"audit": {"roles": {"cars": {"event_time": "at"}}}}, {"audit"}),
        ({"audit": {"roles": {"delay_metrics": {"event_time": "at"}}}}, {"audit"}),
        ({"audit": {"budget_usd": 0.0000001}}, {"audit"}),
        ({"load": {"last_day": "1999-01-01"}}, {"days"}),
        ({"load": {"first_day": "2999-01-01"}}, {"days"}),
        ({"record": {"anchor": "s3://nobody-has-this-bucket/x"}}, {"record"}),
        ({"record": {"anchor": f"s3://{LAKE}/processed/vehicles/anchors"}}, {"record"}),
        ({"record": {"anchor": "arn:aws:sns:us-east-1:123456789012:nowhere"}}, {"record"}),
        ({"record": {"signing_key": "parameters"}}, {"record"}),
        ({"record": {"signing_key": "parameters/rehearsal.yaml"}}, {"record"}),
        ({"record": {"anchor": f"s3://{LAKE}/staging/redshift/record"}}, {"record"}),
        ({"audit": {"stops": "parameters/rehearsal.yaml"}}, {"files"}),
        ({"decision": {"bedrock_queries": ["busiest_stop"]}}, {"files"}),
        ({"publish": {"tables": ["busiest_stop"]}}, {"files"}),
        ({"publish": {"prefix": "processed/vehicles/copy"}}, {"staging area"}),
        ({"analysts": {"results": "processed"}}, {"staging area"}),
        ({"record": {"signing_key": "arn:aws:kms:us-east-1:123456789012:key/nowhere"}}, {"record"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else_is_hidden(stack, tmp_path, settings, failing):
    found = looked(tmp_path, "wrong", **settings)
    assert not found.ready
    if failing is not None:
        assert set(states(found)) == failing
    assert all(line.hint for line in found.lines if line.state == "fail")


def test_the_proof_is_priced_before_a_row_is_read(stack, tmp_path):
    copy_to(tmp_path)
    price = proof_price(Run.open("rehearsal", "price", {"aws": {}}, base=tmp_path))
    assert [name for name, *_ in price.tables] == ["vehicles", "delay_metrics", "crowding_metrics"]
    assert all(size > 0 for _, size, _ in price.tables)
    assert "The proof will cost $" in price.view().title


def test_a_store_that_is_none_is_named_before_anything_is_looked_at(stack, tmp_path):
    for store, words in (("parameters/rehearsal.yaml", "a file"), ("s3://nobody-has-this-bucket/x", "no bucket")):
        with pytest.raises(UsageError, match=words):
            looked(tmp_path, "store", record={"store": store})


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


def test_before_there_is_a_cluster_each_way_says_what_can_be_known(stack, tmp_path):
    lines = [line for line in looked(tmp_path, "before").lines if line.name == "cluster"]
    assert any("data-api answers from here" in line.said for line in lines)
    assert any("driver: can be told only once" in line.said and "VPN or tunnel" in line.hint for line in lines)


def test_what_the_caller_may_do_is_simulated_for_every_week(stack, tmp_path):
    lines = [line for line in looked(tmp_path, "may").lines if line.name == "permissions"]
    assert [line.said.partition(":")[0] for line in lines] == ["week1", "week2", "week3", "week4", "rollback"]
    assert {line.state for line in lines} == {"ok"}


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("no-such-cluster.invalid", "has no address here"),
        ("10.255.255.1", "a private address of the VPC"),
        ("127.0.0.1", "refused"),
        ("", "no endpoint yet, it is creating"),
    ],
)
def test_a_port_that_does_not_open_says_at_which_layer(host, reason, monkeypatch):
    monkeypatch.delenv("SMARTROUTE_REDSHIFT_HOST", raising=False)
    monkeypatch.delenv("SMARTROUTE_REDSHIFT_PORT", raising=False)
    monkeypatch.setattr(reach, "SECONDS", 0.5)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
        endpoint = {"Address": host, "Port": closed.getsockname()[1]}
        assert reason in reach._closed({"ClusterStatus": "creating", "Endpoint": endpoint})
