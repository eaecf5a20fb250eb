"""The stand-ins answer programs of this machine that carry a key made there, and nobody else."""

from __future__ import annotations

import http.client

import boto3
import pytest
from botocore.exceptions import ClientError

PATHS = ("/", "/moto-api/data.json", "/moto-api/reset", "/_rehearsal")


def ask(stack, path="/", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", stack.server.port, timeout=20)
    connection.putrequest("POST" if path.endswith("reset") else "GET", path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{stack.server.port}", "Content-Length": "0", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body, permissions = answer.read(), [n for n, _ in answer.getheaders() if n.lower().startswith("access-control")]
    connection.close()
    return answer.status, body, permissions


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rehearsal.example:80"},
        {"Host": "127.0.0.1.example"},
        {"Host": ""},
        {"Origin": "http://page.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_gets_nothing(stack, path, headers):
    status, body, permissions = ask(stack, path, **headers)
    assert (status, permissions) == (403, [])
    assert stack.name.encode() not in body


@pytest.mark.parametrize("path", PATHS[:3])
@pytest.mark.parametrize("signed", ["", "AWS4-HMAC-SHA256 Credential=AKIAUNKNOWN/20260101/us-east-1/s3/aws4_request"])
def test_a_request_needs_a_key_that_was_made(stack, client, path, signed):
    status, _, _ = ask(stack, path, **({"Authorization": signed} if signed else {}))
    assert status == 403
    assert client("ssm").get_parameter(Name="/smartroute/dashboard/engine")["Parameter"]["Value"]


def test_an_answer_permits_no_other_origin(stack):
    key = stack.environ()["AWS_ACCESS_KEY_ID"]
    signed = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/s3/aws4_request"
    status, _, permissions = ask(stack, "/", Authorization=signed)
    assert (status, permissions) == (200, [])


def test_another_rehearsal_s_key_is_told_so(stack):
    other = boto3.Session().client("ssm", aws_access_key_id="AKIAOTHER", aws_secret_access_key="x")
    with pytest.raises(ClientError, match="not one of this rehearsal") as caught:
        other.get_parameter(Name="/smartroute/dashboard/engine")
    other.close()
    assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_keys_of_users_roles_and_presigned_addresses_are_known(stack, client):
    client("iam").create_role(RoleName="visitor", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    role = "arn:aws:iam::123456789012:role/visitor"
    made = client("sts").assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]
    visitor = boto3.Session().client(
        "sts", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )  # fmt: skip
    assert "visitor" in visitor.get_caller_identity()["Arn"]
    visitor.close()
    client("s3").create_bucket(Bucket="presigned-bucket")
    client("s3").put_object(Bucket="presigned-bucket", Key="k", Body=b"x")
    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "presigned-bucket", "Key": "k"})
    status, body, _ = ask(stack, url.removeprefix(stack.server.url))
    assert (status, body) == (200, b"x")
