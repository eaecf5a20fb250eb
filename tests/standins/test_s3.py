"""The mirror of moto's S3: what boto3 put over the wire is there as a file, and stays true."""

from __future__ import annotations

import threading

import boto3
import pytest
from moto.server import ThreadedMotoServer

from smartroute_runbook.standins.s3 import ObjectInfo, Objects, split_uri


@pytest.fixture(scope="module")
def s3():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    client = boto3.Session().client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="mirror-test")
    client.create_bucket(Bucket="mirror-versioned")
    client.put_bucket_versioning(Bucket="mirror-versioned", VersioningConfiguration={"Status": "Enabled"})
    yield client
    client.close()
    server.stop()


@pytest.fixture
def objects(s3, tmp_path):
    return Objects(tmp_path / "mirror")


def test_what_the_wire_put_is_a_local_file_at_a_hive_path(s3, objects, tmp_path):
    s3.put_object(Bucket="mirror-test", Key="t/year=2026/hour=3/a.parquet", Body=b"one")
    path = objects.local("mirror-test", "t/year=2026/hour=3/a.parquet")
    assert path.read_bytes() == b"one"
    assert path == (tmp_path / "mirror/mirror-test/t/year=2026/hour=3/a.parquet").resolve()


def test_a_changed_object_is_refreshed_and_old_readers_keep_theirs(s3, objects):
    s3.put_object(Bucket="mirror-test", Key="changing", Body=b"old")
    with objects.local("mirror-test", "changing").open("rb") as reader:
        s3.put_object(Bucket="mirror-test", Key="changing", Body=b"new")
        assert objects.local("mirror-test", "changing").read_bytes() == b"new"
        assert reader.read() == b"old"


def test_put_is_seen_over_the_wire(s3, objects, tmp_path):
    objects.put("mirror-test", "put/bytes", b"x")
    (tmp_path / "file").write_bytes(b"from a file")
    objects.put("mirror-test", "put/path", tmp_path / "file")
    listed = s3.list_objects_v2(Bucket="mirror-test", Prefix="put/")["Contents"]
    assert [(o["Key"], o["Size"], o["ETag"].strip('"')) for o in listed] == [
        (o.key, o.size, o.etag) for o in objects.list("mirror-test", "put/")
    ]
    assert s3.get_object(Bucket="mirror-test", Key="put/path")["Body"].read() == b"from a file"


def test_deleting_removes_object_and_file(s3, objects):
    objects.put("mirror-test", "gone", b"x")
    path = objects.local("mirror-test", "gone")
    objects.delete("mirror-test", "gone")
    objects.delete("mirror-test", "gone")
    assert not path.exists()
    assert not objects.exists("mirror-test", "gone")
    with pytest.raises(FileNotFoundError, match="no such object: s3://mirror-test/gone"):
        objects.local("mirror-test", "gone")
    with pytest.raises(FileNotFoundError, match="no such bucket"):
        objects.list("nowhere")


def test_a_delete_marker_hides_the_object(s3, objects):
    objects.put("mirror-versioned", "k", b"first")
    objects.put("mirror-versioned", "k", b"second")
    assert objects.read("mirror-versioned", "k") == b"second"
    objects.delete("mirror-versioned", "k")
    assert objects.list("mirror-versioned") == []
    assert not objects.exists("mirror-versioned", "k")


@pytest.mark.parametrize("key", ["../../escape", "/absolute", "folder/", "a//b", "a" * 300, "ok", "ok/below"])
def test_any_key_has_a_file_inside_the_mirror(s3, objects, tmp_path, key):
    for name in ("ok", key):
        objects.put("mirror-test", name, name.encode())
        path = objects.local("mirror-test", name)
        assert path.is_relative_to((tmp_path / "mirror").resolve())
        assert path.read_bytes() == name.encode()


def test_readers_and_writers_in_threads_see_whole_objects(s3, objects):
    bodies = [bytes([n]) * 50_000 for n in range(20)]
    seen: set[bytes] = set()

    def write():
        for body in bodies:
            objects.put("mirror-test", "busy", body)

    def read():
        for _ in range(50):
            seen.add(objects.local("mirror-test", "busy").read_bytes())
            objects.list("mirror-test", "")

    objects.put("mirror-test", "busy", bodies[0])
    threads = [threading.Thread(target=write), *(threading.Thread(target=read) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen <= set(bodies)
    assert objects.local("mirror-test", "busy").read_bytes() == bodies[-1]


def test_split_uri():
    assert split_uri("s3://b/a/b.csv") == ("b", "a/b.csv")
    assert split_uri("s3://b") == ("b", "")
    with pytest.raises(ValueError, match="not an S3 URI"):
        split_uri("/tmp/x")
    assert ObjectInfo("b", "k", 1, "e").size == 1
