"""Records and anchors in S3, at an SNS topic and a command: put, read back and compared, over the stand-ins."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import yaml
from botocore.exceptions import ClientError
from support.lies import OUTSIDE
from support.stories import RUN, honest, write

from smartroute_runbook.cli import main
from smartroute_runbook.engines.clients import Clients
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.record import anchors, signing
from smartroute_runbook.record.attempts import seal_left_alone
from smartroute_runbook.record.seal import attest
from smartroute_runbook.record.signing import signing_key
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.anchored import mark, not_anchored
from smartroute_runbook.runs.from_shell import open_run
from smartroute_runbook.runs.guarded import open_store
from smartroute_runbook.runs.journal import Journal


@pytest.fixture
def key(tmp_path):
    signing_key(tmp_path / "signing.pem")
    return tmp_path / "signing.pem"


def upload(s3, folder, bucket, prefix):
    s3.create_bucket(Bucket=bucket)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = f"{prefix}/{path.relative_to(folder).as_posix()}"
            s3.put_object(Bucket=bucket, Key=name, Body=path.read_bytes())


def command(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["smartroute-runbook", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    assert "Traceback" not in output.err + output.out
    return ended.value.code, output


def test_a_record_in_s3_is_verified_and_reported_where_it_lies(tmp_path, key, client, monkeypatch, capsys):
    s3 = client("s3")
    upload(s3, write(honest(), tmp_path / "records", key), "audited", f"records/{RUN}")
    where = f"s3://audited/records/{RUN}"
    code, output = command(monkeypatch, capsys, "verify", where, "--json")
    found = json.loads(output.out)
    assert (code, found["valid"], set(found["claims"].values())) == (0, True, {"signed"})
    code, output = command(monkeypatch, capsys, "verify", "s3://audited/records", "--json")
    assert (code, [run["run"] for run in json.loads(output.out)["runs"]]) == (0, [RUN])
    code, output = command(monkeypatch, capsys, "report", where, "--out", tmp_path / "pages", "--json")
    page = tmp_path / "pages" / RUN / "index.html"
    assert (code, json.loads(output.out)["page"]) == (0, str(page))
    assert "valid" in page.read_text()
    entry = s3.get_object(Bucket="audited", Key=f"records/{RUN}/journal/000007.json")["Body"].read()
    s3.put_object(Bucket="audited", Key=f"records/{RUN}/journal/000007.json", Body=entry.replace(b"ada", b"eve"))
    code, output = command(monkeypatch, capsys, "verify", where, "--json")
    assert (code, json.loads(output.out)["problems"][0]["file"]) == (5, "journal/000007.json")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["verify", "s3://audited-nowhere/records"], 2, "audited-nowhere"),
        (["verify", "s3://empty-audit/records"], 2, "Nothing at"),
        (["report", "s3://empty-audit/records", "--out", "pages"], 2, "Nothing at"),
        (["report", "s3://empty-audit/records"], 2, "--out FOLDER"),
    ],
)
def test_what_s3_does_not_hold_is_one_line_and_one_object(arguments, code, word, client, monkeypatch, capsys, tmp_path):
    client("s3").create_bucket(Bucket="empty-audit")
    monkeypatch.chdir(tmp_path)
    ended, output = command(monkeypatch, capsys, *arguments, "--json")
    found = json.loads(output.out)
    assert (ended, found["exit_code"]) == (code, code)
    assert word in found["error"]
    assert len(output.err.strip().splitlines()) == 1


@pytest.fixture
def run(tmp_path, key, stack):
    """A run whose journal goes on; its anchor is what a test sets."""
    write(honest(), tmp_path / "records", key)
    store = open_store("records", lambda: None, tmp_path)
    journal = Journal(store, f"{RUN}/journal")
    record = SimpleNamespace(signing_key=str(key), anchor=None)
    return SimpleNamespace(
        id=RUN, environment="production", store=store, journal=journal, base=tmp_path,
        settings=SimpleNamespace(record=record), clients=Clients(parse_settings({})),
    )  # fmt: skip


def test_a_bucket_with_object_lock_keeps_each_head_and_tells_the_cut(run, tmp_path, key, client, monkeypatch, capsys):
    s3 = client("s3")
    s3.create_bucket(Bucket="anchored", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket="anchored", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    run.settings.record.anchor = "s3://anchored/heads"
    assert attest(run).anchor == ""
    names = [one["Key"] for one in s3.list_objects_v2(Bucket="anchored")["Contents"]]
    n = run.journal.head()[0]
    assert len(names) == 5  # the four weeks' seals, which it lacked, and this one
    assert names[-1] == f"heads/{RUN}/{n:06d}.attestation.json"
    kept = s3.head_object(Bucket="anchored", Key=names[-1])
    assert kept["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(hours=23)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="anchored", Key=names[-1], VersionId=kept["VersionId"])
    code, _ = command(monkeypatch, capsys, "verify", tmp_path / "records" / RUN, "--anchor", "s3://anchored/heads")
    assert code == 0
    story = honest()
    OUTSIDE["cut back to the seal of week 3"](story)
    cut = write(story, tmp_path / "cut", key)
    assert verify(cut).exit_code == 0
    code, output = command(monkeypatch, capsys, "verify", cut, "--anchor", "s3://anchored/heads", "--json")
    assert code == 5
    assert any("was anchored" in one["what"] for one in json.loads(output.out)["problems"])


def test_records_of_a_command_may_lie_in_s3(tmp_path, client, monkeypatch, capsys):
    client("s3").create_bucket(Bucket="chosen")
    copy_to(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    run, _ = open_run("rehearsal", "there", records="s3://chosen/r", base=tmp_path / "work")
    assert run.store.where == "s3://chosen/r"
    place = ("--environment", "rehearsal", "--records", "s3://chosen/r", "--json")
    code, output = command(monkeypatch, capsys, "status", *place)
    assert (code, json.loads(output.out)["run_id"]) == (0, "there")
    assert not (tmp_path / "work" / "s3:").exists()
    code, output = command(monkeypatch, capsys, "status", *place[:3], "s3://no")
    assert (code, output.err.count("Expected a folder, or s3://BUCKET/PREFIX")) == (2, 1)
    code, _ = command(monkeypatch, capsys, "rehearse", "--records", "s3://chosen/r")
    assert code == 2


def test_a_topic_is_told_each_head(run, client, tmp_path):
    topic = client("sns").create_topic(Name="heads")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="heads")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    run.settings.record.anchor = topic
    for entry in not_anchored(run.journal, run.store, RUN, topic):
        mark(run.store, RUN, entry, topic)  # the four weeks' seals were told
    sealed = attest(run)
    (message,) = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    posted = json.loads(message["Body"])
    assert posted["Subject"] == f"Sealed: {RUN}"
    kept = run.store.folder / RUN / sealed.attestation
    assert posted["Message"] == kept.read_text()
    # The watch keeps 5,760 samples in 48 hours: with their digests an attestation is larger than a message.
    files = {f"watch/{n:06d}.json": "ab" * 32 for n in range(5_760)}
    predicate = {"run": RUN, "journal": {"n": 9, "digest": "cd" * 32}, "sealed": {"files": files}}
    large = signing.sign(signing.open_key(run.settings.record.signing_key), {"week4.ipynb": "ef" * 32}, predicate)
    anchors.put(topic, RUN, 9, large, run.clients.boto, tmp_path)
    (message,) = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "9.json").write_text(json.loads(message["Body"])["Message"])
    assert list(anchors.anchored_heads(str(tmp_path / "saved"))) == [anchors.Head(RUN, 9, "cd" * 32)]
    run.settings.record.anchor = topic.replace("heads", "nowhere")
    assert "nowhere" in attest(run).anchor


def test_an_anchor_that_refuses_is_named_and_told_again(run, client, tmp_path):
    """The seal stands, status names what the topic lacks, and the next seal tells it."""
    sns, sqs = client("sns"), client("sqs")
    missing = sns.create_topic(Name="later")["TopicArn"]
    sns.delete_topic(TopicArn=missing)
    run.settings.record.anchor = missing
    first = attest(run)
    assert "lacks the seals of entries" in first.anchor
    assert str(first.head[0]) in first.anchor
    assert verify(run.store.folder / RUN).exit_code == 0
    lacking = [entry.n for entry in not_anchored(run.journal, run.store, RUN, missing)]
    assert first.head[0] in lacking
    assert sns.create_topic(Name="later")["TopicArn"] == missing
    queue = sqs.create_queue(QueueName="later")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=missing, Protocol="sqs", Endpoint=arn)
    second = attest(run)
    assert second.anchor == ""
    assert not_anchored(run.journal, run.store, RUN, missing) == []
    saved = tmp_path / "told"
    saved.mkdir()
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for one in messages:
            body = json.loads(one["Body"])["Message"]
            (saved / f"{len(list(saved.iterdir()))}.json").write_text(body)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    assert {head.n for head in anchors.anchored_heads(str(saved))} == {*lacking, second.head[0]}
    assert verify(run.store.folder / RUN, anchor=str(saved)).exit_code == 0
    attest(run)
    assert len(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]) == 1  # nothing twice


def test_an_anchor_that_refuses_is_told_by_status(tmp_path, stack, monkeypatch, capsys):
    copy_to(tmp_path)
    parameters = tmp_path / "parameters" / "rehearsal.yaml"
    given = yaml.safe_load(parameters.read_text())
    given["settings"]["record"] = {"anchor": "command:false"}
    parameters.write_text(yaml.safe_dump(given))
    monkeypatch.setenv("SMARTROUTE_HOME", str(tmp_path))
    run, _ = open_run("rehearsal", "", base=tmp_path)
    assert run.settings.record.anchor == "command:false"
    code, output = command(monkeypatch, capsys, "seal", "--environment", "rehearsal", "--run-id", run.id)
    assert code == 0
    assert "lacks the seals" in output.err
    code, output = command(monkeypatch, capsys, "status", "--environment", "rehearsal", "--run-id", run.id, "--json")
    assert (code, len(json.loads(output.out)["not_anchored"])) == (0, 1)
    code, output = command(monkeypatch, capsys, "status", "--environment", "rehearsal", "--run-id", run.id)
    assert "The anchor lacks the seals" in output.out


def test_a_command_gets_each_head(run, tmp_path):
    run.settings.record.anchor = f"command: cp /dev/stdin {tmp_path / 'told.json'}"
    sealed = attest(run)
    assert (tmp_path / "told.json").read_bytes() == (run.store.folder / RUN / sealed.attestation).read_bytes()
    assert verify(run.store.folder / RUN, heads=[f"{sealed.head[0]}:{sealed.head[1]}"]).exit_code == 0
    assert seal_left_alone(run) == []
