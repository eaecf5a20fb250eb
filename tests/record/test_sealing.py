"""Sealed however it was made: attempts that were killed, notebooks of JupyterLab and papermill, the journal alone."""

from __future__ import annotations

import copy
import json
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from support.stories import notebook

from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.record.attempts import attempt, seal_attempt, seal_left, seal_left_alone
from smartroute_runbook.record.execute import Execution, reading
from smartroute_runbook.record.seal import attest, finish_sealing, seal
from smartroute_runbook.record.signing import open_key, signing_key
from smartroute_runbook.record.stepped import seal_notebook, wait_until_saved
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.guarded import open_store
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.sealing import attempts_folder, is_sealed, keep_stepped, unsealed

ROOT = Path(__file__).resolve().parents[2]
RUN = "rehearsal-1"


@pytest.fixture
def run(tmp_path):
    store = open_store("records", lambda: None, tmp_path)
    journal = Journal(store, f"{RUN}/journal")
    record = SimpleNamespace(signing_key=str(tmp_path / "signing.pem"), anchor=None)
    found = SimpleNamespace(
        id=RUN, environment="rehearsal", store=store, journal=journal, base=tmp_path,
        settings=SimpleNamespace(record=record), clients=SimpleNamespace(boto=None),
    )  # fmt: skip
    journal.append("opened", {"run": RUN, "environment": "rehearsal", "settings": {}, "rehearsal": True})
    shutil.copytree(ROOT / "runbooks", tmp_path / "runbooks")
    return found


def saved(run, path, week="1", *, finished=True, papermill=False):
    """A week's notebook as JupyterLab saves it, or papermill writes it."""
    found = notebook(week)
    code = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
    code[1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"run {run.id}\n"]}]
    if finished:
        if not any(e.body["week"] == week for e in run.journal.of("week-finished")):
            run.journal.append("week-started", {"week": week})
            run.journal.append("week-finished", {"week": week})
        n = next(e.n for e in run.journal.of("week-finished") if e.body["week"] == week)
        code[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"Journal head: entry {n}. `x`"]}]
    if papermill:
        times = {"start_time": "2026-11-28T08:00:00+00:00", "end_time": "2026-11-28T08:01:00+00:00", "duration": 60.0}
        found["metadata"]["papermill"] = {"parameters": {"run_id": run.id}, **times}
        for cell in found["cells"]:
            cell["metadata"]["papermill"] = {"status": "completed"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return path


def files(run):
    return sorted(p.name for p in (run.store.folder / run.id).iterdir() if p.is_file())


def test_what_a_killed_runner_left_is_found_again_and_sealed(run):
    path = saved(run, attempt(run, "1"), finished=False, papermill=True)
    interrupted = json.loads(path.read_text())
    interrupted["metadata"]["papermill"]["end_time"] = None
    path.write_text(json.dumps(interrupted))
    (sealed,) = seal_left(run)
    assert sealed.notebook == "week1.ipynb"
    assert next(run.journal.of("sealed")).body["status"] == "interrupted"
    assert not path.exists()
    assert seal_left(run) == []
    assert not is_sealed(run.journal, "1")


def test_a_week_that_ended_and_was_killed_before_its_seal_is_sealed_as_finished(run):
    path = saved(run, attempt(run, "1"), papermill=True)
    assert unsealed(run.journal) == ("1",)
    seal_left(run)
    assert not path.exists()
    assert unsealed(run.journal) == ()
    assert is_sealed(run.journal, "1")


def test_half_an_attempt_disturbs_nobody(run):
    path = attempt(run, "1")
    path.write_text('{"cells": [')
    assert seal_left(run) == []
    assert not path.exists()


def test_a_notebook_with_a_secret_stays_where_the_message_says_and_is_asked_once(run):
    path = saved(run, attempt(run, "1"), papermill=True)
    found = json.loads(path.read_text())
    found["cells"][-1]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "password='" + "hunter" + "22'"}
    ]
    path.write_text(json.dumps(found))
    with pytest.raises(Refused, match=r"kept at .*\.refused\.ipynb") as refused:
        seal_attempt(run, reading(path), week="1", source=path, parameters={})
    assert "hunter" not in str(refused.value)
    (kept,) = path.parent.glob("*.refused.ipynb")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert seal_left(run) == []
    assert files(run) == []


def test_of_two_that_seal_at_once_both_stay(run, tmp_path):
    paths = [saved(run, tmp_path / f"{n}.ipynb", papermill=True) for n in range(4)]
    signing_key(tmp_path / "signing.pem")
    twins = [copy.copy(run) for _ in paths]
    for twin in twins:
        twin.journal = Journal(run.store, f"{RUN}/journal")
    failed = []

    def one(twin, path):
        try:
            seal(twin, Execution("finished", path, 1.0, 9, 9), week="1", source=path, parameters={})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=pair) for pair in zip(twins, paths, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    names = [entry.body["name"] for entry in run.journal.of("sealed")]
    assert sorted(names) == ["week1", "week1-2", "week1-3", "week1-4"]
    assert verify(run.store.folder / run.id).problems == ()


@pytest.mark.parametrize("papermill", [False, True])
def test_a_notebook_that_was_executed_elsewhere_is_sealed(run, tmp_path, papermill):
    path = saved(run, tmp_path / "runbooks" / "week1_decide_and_set_up.ipynb", papermill=papermill)
    sealed = seal_notebook(run, "1", path)
    body = next(run.journal.of("sealed")).body
    assert (sealed.notebook, body["status"], body["source"]["as_shipped"]) == ("week1.ipynb", "finished", True)
    assert is_sealed(run.journal, "1")
    assert sealed.head == run.journal.head()


def test_a_notebook_of_another_run_or_never_executed_is_refused(run, tmp_path):
    path = saved(run, tmp_path / "a.ipynb")
    other_week = saved(run, tmp_path / "c.ipynb", "2", finished=False)
    other = SimpleNamespace(**{**vars(run), "id": "another"})
    with pytest.raises(UsageError, match="does not show run 'another'"):
        seal_notebook(other, "1", path)
    with pytest.raises(UsageError, match="does not show run 'rehearsal'"):  # a part of the run's name
        seal_notebook(SimpleNamespace(**{**vars(run), "id": "rehearsal"}), "1", path)
    papermill = saved(run, tmp_path / "b.ipynb", papermill=True)
    papermill.write_text(papermill.read_text().replace(f'"run_id": "{RUN}"', '"run_id": "elsewhere"'))
    with pytest.raises(UsageError, match="does not show run"):
        seal_notebook(run, "1", papermill)
    with pytest.raises(UsageError, match=r"is of week 1.*Expected the notebook of week 2.*seal 1"):
        seal_notebook(run, "2", path)
    with pytest.raises(UsageError, match="Week 2 was not begun"):
        seal_notebook(run, "2", other_week)
    assert list(run.journal.of("sealed")) == []  # what is sealed stays for good
    with pytest.raises(UsageError, match="was not executed"):
        seal_notebook(run, "1", ROOT / "runbooks" / "week1_decide_and_set_up.ipynb")
    with pytest.raises(UsageError, match="cannot be read"):
        seal_notebook(run, "1", tmp_path / "missing.ipynb")


def test_an_error_in_a_stepped_notebook_is_told(run, tmp_path):
    path = saved(run, tmp_path / "a.ipynb")
    found = json.loads(path.read_text())
    error = {"output_type": "error", "ename": "Refused", "evalue": "not now", "traceback": []}
    [cell for cell in found["cells"] if cell["cell_type"] == "code"][-1]["outputs"].append(error)
    path.write_text(json.dumps(found))
    seal_notebook(run, "1", path)
    body = next(run.journal.of("sealed")).body
    assert (body["status"], body["exit_code"]) == ("failed", 4)
    assert not is_sealed(run.journal, "1")


def test_a_notebook_is_waited_for_until_it_shows_this_runs_end(run, tmp_path):
    path = saved(run, tmp_path / "a.ipynb", finished=False)
    run.journal.append("week-started", {"week": "1"})
    run.journal.append("week-finished", {"week": "1"})
    assert not wait_until_saved(run, "1", path, 0)
    writer = threading.Timer(0.3, saved, (run, path))
    writer.start()
    assert wait_until_saved(run, "1", path, 20)
    writer.join()


def test_the_journal_alone_is_attested(run):
    seal_notebook(run, "1", saved(run, run.base / "a.ipynb"))
    run.journal.append("switched", {"to": "athena", "seconds": 1, "requests": 9, "failed_requests": 0})
    folder = run.store.folder / run.id
    assert verify(folder).runs[0].unattested == (5,)
    attest(run)
    found = verify(folder)
    assert (found.problems, found.runs[0].unattested) == ((), ())
    attestation = folder / "journal-000006.attestation.json"
    attestation.chmod(0o644)
    attestation.write_bytes(attestation.read_bytes().replace(b"sig", b"gis"))
    assert verify(folder).problems[0].file == attestation.name


def test_the_anchor_gets_each_seal_and_what_it_lacked(run, tmp_path):
    (tmp_path / "file").write_text("")
    run.settings.record.anchor = "file/below"
    assert "file" in seal_notebook(run, "1", saved(run, tmp_path / "a.ipynb")).anchor
    run.settings.record.anchor = "anchor"  # of the working folder
    sealed = attest(run)
    assert sealed.anchor == ""
    names = sorted(p.name for p in (tmp_path / "anchor" / RUN).iterdir())
    assert names == ["000004.attestation.json", "000005.attestation.json"]
    assert not any(
        "anchored" in p.what for p in verify(run.store.folder / RUN, anchor=str(tmp_path / "anchor")).problems
    )


def test_an_anchor_out_of_reach_is_told_and_loses_nothing(run, tmp_path):
    seal_notebook(run, "1", saved(run, tmp_path / "a.ipynb"))
    (tmp_path / "file").write_text("")
    for anchor in (str(tmp_path / "file" / "below"), "command: false", "command: no-such-command-here"):
        run.settings.record.anchor = anchor
        assert attest(run).anchor
    run.settings.record.anchor = f"command: cp /dev/stdin {tmp_path / 'sent.json'}"
    assert attest(run).anchor == ""
    assert json.loads((tmp_path / "sent.json").read_bytes())["payloadType"] == "application/vnd.in-toto+json"
    assert verify(run.store.folder / RUN).problems == ()


def test_a_key_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        open_key(str(tmp_path / "file" / "signing.pem"))


def test_a_key_of_kms_signs_and_verifies(tmp_path, run, monkeypatch):
    import boto3
    from moto import mock_aws

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rehearsal")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.Session().client("kms", "us-east-1")
        made = client.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]
        run.settings.record.signing_key = made["Arn"]
        seal_notebook(run, "1", saved(run, tmp_path / "a.ipynb"))
        other = client.create_key()["KeyMetadata"]["Arn"]
        with pytest.raises(UsageError, match="cannot sign records"):
            open_key(other)
    assert verify(run.store.folder / RUN).problems == ()
    nbformat.validate(nbformat.read(run.store.folder / RUN / "week1.ipynb", 4))


def test_what_jupyterlab_had_saved_of_an_attempt_is_sealed_when_its_week_is_begun_anew(run, tmp_path, monkeypatch):
    path = saved(run, tmp_path / "runbooks" / "week1_decide_and_set_up.ipynb", finished=False)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    keep_stepped(run.journal, RUN, run.store, tmp_path, "1")
    assert seal_left_alone(run) == []  # nothing was begun yet
    run.journal.append("week-started", {"week": "1"})
    keep_stepped(run.journal, RUN, run.store, tmp_path, "1")
    (kept,) = attempts_folder(run.store, RUN, tmp_path).iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    (sealed,) = seal_left_alone(run)
    assert (sealed.notebook, next(run.journal.of("sealed")).body["status"]) == ("week1.ipynb", "interrupted")
    keep_stepped(run.journal, RUN, run.store, tmp_path, "1")
    assert seal_left_alone(run) == []  # it is sealed already


@pytest.mark.parametrize("mine", [True, False])
def test_an_attempt_whose_first_cell_was_being_executed_anew_is_known_by_its_digests(run, tmp_path, monkeypatch, mine):
    """JupyterLab saves the notebook without that cell's output, which names the run."""
    path = saved(run, tmp_path / "runbooks" / "week1_decide_and_set_up.ipynb", finished=False)
    run.journal.append("week-started", {"week": "1"})
    run.journal.append("evidence", {"name": "x", "digest": "0123456789ab" + "c" * 52, "file": "evidence/x.json"})
    found = json.loads(path.read_text())
    code = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
    code[1]["outputs"] = []
    shown = "0123456789ab" if mine else "ba9876543210"
    code[2]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"Evidence `{shown}`."]}]
    path.write_text(json.dumps(found))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    keep_stepped(run.journal, RUN, run.store, tmp_path, "1")
    assert [one.body["status"] for one in (seal_left_alone(run), run.journal.of("sealed"))[1]] == ["interrupted"] * mine


def test_a_seal_that_a_kill_left_without_its_attestation_does_not_say_sealed(run):
    seal_notebook(run, "1", saved(run, run.base / "a.ipynb"))
    attestation = run.store.folder / RUN / "week1.attestation.json"
    attestation.unlink()
    assert (is_sealed(run.journal, "1"), unsealed(run.journal)) == (False, ("1",))
    finish_sealing(run)
    assert (is_sealed(run.journal, "1"), attestation.is_file()) == (True, True)
