"""ListObjectsV2 as our own writer gives it: the same as moto's, for every option."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from moto.s3.responses import S3Response

from smartroute_runbook.standins.services import s3_listing

KEYS = ["a/1.parquet", "a/2 & <3>.parquet", "a/b/'4'.parquet", 'a/b/"5".parquet', "a/ü+%20.parquet", "b/7.parquet"]
ASKED = [
    {},
    {"Prefix": "a/"},
    {"Prefix": "a/", "Delimiter": "/"},
    {"Prefix": "none/"},
    {"StartAfter": "a/b/", "FetchOwner": True},
    {"MaxKeys": 2},
    {"Prefix": "a/2 & <"},
]


@pytest.fixture
def s3(standins):
    client = standins.client("s3")
    client.create_bucket(Bucket="listed")
    for number, key in enumerate(KEYS):
        client.put_object(Bucket="listed", Key=key, Body=b"x" * number)
    return client


def _answer(s3, asked):
    answer = s3.list_objects_v2(Bucket="listed", **asked)
    headers = answer.pop("ResponseMetadata")["HTTPHeaders"]
    answer["NextContinuationToken"] = "NextContinuationToken" in answer  # a new one each time
    return answer, headers["content-type"], headers.get("x-amz-bucket-region")


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_it_is_what_moto_writes(s3, monkeypatch, asked):
    own = _answer(s3, asked)
    monkeypatch.setattr(S3Response, "list_objects_v2", s3_listing._moto)
    assert own == _answer(s3, asked)


def test_pages_hold_every_key_once(s3):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="listed", PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == sorted(KEYS)


def test_errors_are_s3s(s3):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket="not-there")
    with pytest.raises(ClientError, match="continuation token"):
        s3.list_objects_v2(Bucket="listed", ContinuationToken="")
