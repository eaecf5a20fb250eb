"""Notebooks executed in process, sealed, verified; a zoo of bad notebooks, one misbehaviour each."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

from smartroute_runbook.canonical import canonical, digest
from smartroute_runbook.errors import Refused, UsageError
from smartroute_runbook.record.execute import Execution, check_parameters, execute, reading
from smartroute_runbook.record.report import report
from smartroute_runbook.record.scan import scan
from smartroute_runbook.record.seal import finish_sealing, seal
from smartroute_runbook.record.signing import public_pem, signing_key
from smartroute_runbook.record.verify import verify
from smartroute_runbook.runs.journal import Journal
from smartroute_runbook.runs.store import FolderStore

ZOO = Path(__file__).parent / "notebooks"


@dataclass
class Recorded:
    """The parts of a run that sealing uses, over a real store and journal."""

    id: str
    environment: str
    store: FolderStore
    journal: Journal
    settings: Any

    @property
    def folder(self) -> Path:
        return self.store.folder / self.id


def open_record(folder: Path) -> Recorded:
    store = FolderStore(folder / "records")
    journal = Journal(store, "r1/journal")
    section = SimpleNamespace(record=SimpleNamespace(signing_key=str(folder / "signing.pem")))
    run = Recorded("r1", "rehearsal", store, journal, section)
    opened = {"run": "r1", "environment": "rehearsal", "settings": {}, "rehearsal": True}
    journal.append("opened", opened | {"limits": [{"area": "S3", "what": "no <keys> | at_all", "so": "Test on AWS"}]})
    return run


def keep_evidence(run: Recorded, name: str, value: Any) -> str:
    found = digest(value)
    file = f"evidence/{name}-{found[:12]}.json"
    run.store.put_new(f"{run.id}/{file}", canonical(value))
    run.journal.append("evidence", {"name": name, "digest": found, "file": file})
    return found


def executed(folder: Path, name: str, parameters: dict[str, Any] | None = None) -> Execution:
    return execute(ZOO / f"{name}.ipynb", folder / f"{name}.ipynb", parameters or {})


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Execution:
    return executed(tmp_path_factory.mktemp("good"), "good", {"rows": 612})


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, good) -> Recorded:
    run = open_record(tmp_path_factory.mktemp("sealed"))
    found = keep_evidence(run, "week1.inventory", {"rows": 380232})
    body = {"gate": "week1.decision", "signer": "Ada", "evidence": {"week1.inventory": found}, "checked": ["a"]}
    run.journal.append("signature", {**body, "note": ""})
    run.store.put_new("r1/watch/sample.json", b'{"failed":0}')
    seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={"rows": 612})
    return run


def test_a_good_notebook_finishes_with_its_parameters_and_few_outputs(good):
    assert (good.status, good.exit_code, good.failure) == ("finished", 0, None)
    assert good.cells == good.cells_done == 4
    assert "612" in good.path.read_text()


def test_a_rehearsals_record_says_what_it_cannot_show(sealed, tmp_path):
    notebook, page = ((sealed.folder / f"week1.{kind}").read_text() for kind in ("ipynb", "html"))
    assert nbformat.reads(notebook, 4).cells[-1].source.startswith("## What this rehearsal cannot show")
    assert "no &lt;keys&gt; | at_all" in page
    copy = shutil.copytree(sealed.folder, tmp_path / "r1")
    assert "no &lt;keys&gt; | at_all" in report(copy).read_text()


def test_a_record_that_was_not_touched_is_valid(sealed):
    found = verify(sealed.folder)
    assert found.valid, found.problems
    assert found.checked["entries"] == found.checked["attested_entries"] == 4
    assert found.checked["not_covered"] == []
    assert verify(sealed.store.folder).valid


def files_of(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_flipped_bit_is_found_and_its_file_named(sealed, data):
    path = data.draw(st.sampled_from(files_of(sealed.folder)))
    original = path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    path.chmod(0o644)
    path.write_bytes(changed)
    try:
        found = verify(sealed.folder)
    finally:
        path.write_bytes(original)
    assert not found.valid
    assert path.relative_to(sealed.folder).as_posix() in {problem.file for problem in found.problems}


def test_every_missing_file_is_found(sealed, tmp_path):
    for path in files_of(sealed.folder):
        copy = tmp_path / "copy"
        shutil.copytree(sealed.folder, copy)
        (copy / path.relative_to(sealed.folder)).unlink()
        found = verify(copy)
        assert not found.valid, path
        shutil.rmtree(copy)


@pytest.mark.parametrize(
    ("name", "status", "code", "error", "cell"),
    [
        ("failing_cell", "failed", 1, "ZeroDivisionError", "broken"),
        ("unsigned_gate", "waiting", 3, "SignatureMissing", "gate"),
        ("stale_proposal", "failed", 4, "StaleProposal", "do"),
        ("dead_kernel", "failed", 1, "DeadKernelError", ""),
    ],
)
def test_how_a_notebook_ended_is_told_with_its_exit_code(tmp_path, name, status, code, error, cell):
    found = executed(tmp_path, name)
    assert (found.status, found.exit_code) == (status, code)
    assert (found.failure.name, found.failure.cell) == (error, cell)
    nbformat.validate(nbformat.read(found.path, as_version=4))
    assert reading(found.path).status in (status, "interrupted")


def test_cells_after_a_failure_are_recorded_as_not_run(tmp_path):
    notebook = nbformat.read(executed(tmp_path, "failing_cell").path, as_version=4)
    states = {cell["id"]: cell.metadata.get("papermill", {}).get("status") for cell in notebook.cells}
    assert (states["fine"], states["broken"], states["after"]) == ("completed", "failed", "pending")


def test_a_foreign_kernel_name_and_a_missing_parameters_cell_do_not_matter(tmp_path):
    assert executed(tmp_path, "foreign_kernel").status == "finished"
    assert executed(tmp_path, "no_parameters").status == "finished"


def test_a_flood_is_recorded_as_one_output(tmp_path):
    path = executed(tmp_path, "huge_output").path
    (flood,) = [cell for cell in nbformat.read(path, as_version=4).cells if cell["id"] == "flood"]
    assert len(flood.outputs) == 1
    assert "row 2999" in flood.outputs[0].text


def test_long_work_is_one_output_and_a_gate_without_a_person_is_no_widget(tmp_path):
    notebook = nbformat.read(executed(tmp_path, "long_work").path, as_version=4)
    cells = {cell["id"]: cell for cell in notebook.cells}
    (line,) = cells["work"].outputs
    assert "5,000 of 5,000 rows" in line.data["text/html"]
    assert "took" in line.data["text/plain"]
    (gate,) = cells["gate"].outputs
    assert set(gate.data) == {"text/html", "text/plain"}
    assert "UNSIGNED" in gate.data["text/plain"]
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("good", {"row": 1}, "Did you mean 'rows'"),
        ("good", {"rows": "many"}, "Expected int"),
        ("good", {"rows": True}, "Expected int"),
        ("good", {"db_password": "hunter2"}, "looks like a secret"),
        ("good", {"api_token": "abc"}, "looks like a secret"),
        ("no_parameters", {"rows": 1}, "no cell tagged 'parameters'"),
        ("missing", {}, "No notebook"),
    ],
)
def test_wrong_parameters_are_refused_before_a_kernel_starts(name, parameters, said):
    with pytest.raises(UsageError, match=said):
        check_parameters(ZOO / f"{name}.ipynb", parameters)


def test_what_is_no_notebook_is_said_in_one_line(tmp_path):
    (tmp_path / "x.ipynb").write_text("[not json")
    with pytest.raises(UsageError, match="is not a notebook"):
        check_parameters(tmp_path / "x.ipynb", {})


# A process started in the background of a shell inherits that SIGINT is ignored; a person's does not.
RUNNER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from smartroute_runbook.record.execute import execute
sys.exit(execute(Path(sys.argv[1]), Path(sys.argv[2]), {}).exit_code)
"""


def kernel_gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 130), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_stopped_in_the_middle_the_file_is_whole_and_says_interrupted(tmp_path, sent, code):
    out = tmp_path / "out.ipynb"
    pids = tmp_path / "pid"
    arguments = [sys.executable, "-W", "ignore", "-c", RUNNER, str(ZOO / "slow_cell.ipynb"), str(out)]
    runner = subprocess.Popen(arguments, env={**os.environ, "PID_FILE": str(pids)}, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 40
        while not pids.exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.3)
        runner.send_signal(sent)
        assert runner.wait(20) == code, runner.stderr.read().decode()
        assert sent == signal.SIGKILL or runner.stderr.read() == b""
    finally:
        runner.kill()
        runner.stderr.close()
    found = reading(out)
    assert (found.status, found.exit_code) == ("interrupted", 130)
    states = [c.metadata.papermill.status for c in nbformat.read(out, as_version=4).cells]
    assert states == ["completed", "completed", "running", "pending"]
    assert kernel_gone(int(pids.read_text()))


def test_a_secret_in_an_output_is_never_sealed(tmp_path):
    run = open_record(tmp_path)
    leaky = executed(tmp_path, "secret_in_output")
    with pytest.raises(Refused, match="a password in an address in the output of cell 'leak'") as refused:
        seal(run, leaky, week="1", source=ZOO / "secret_in_output.ipynb", parameters={})
    assert "hunter2" not in str(refused.value)
    assert list(run.folder.glob("week*")) == []


@pytest.mark.parametrize(
    "text",
    [
        "key AKIAQWERTYUIOPASDFGH here",
        "aws_secret_access_key = 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",
        "-----BEGIN PRIVATE KEY-----",
        "redshift://admin:hunter2@host:5439/db",
        "password='correcthorse9'",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=" + "0a" * 32,
        "the value is s3cr3t-value-1",
    ],
)
def test_each_kind_of_secret_is_seen_wherever_it_stands(text):
    environment = {
        "REDSHIFT_PASSWORD": "s3cr3t-value-1",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "SECRET_ARN": "arn:aws:x",
    }
    cells = [
        {"cell_type": "code", "id": "c", "source": "", "outputs": [{"output_type": "stream", "text": [text, "."]}]},
        {"cell_type": "markdown", "id": "m", "source": text, "metadata": {}},
        {"cell_type": "code", "id": "e", "source": "", "outputs": [{"output_type": "error", "evalue": text}]},
        {"cell_type": "code", "id": "h", "source": "", "outputs": [{"data": {"text/html": [f"<b>{text}</b>"]}}]},
    ]
    for cell in cells:
        assert scan({"cells": [cell], "metadata": {}}, environment), cell
    assert scan({"cells": [], "metadata": {"papermill": {"parameters": {"x": text}}}}, environment)


def test_what_only_looks_like_a_secret_is_left_alone():
    harmless = [
        "A rehearsal of the migration; arn:aws:secretsmanager:us-east-1:123456789012:secret:redshift-x",
        "managed password, encrypted; password: managed by Secrets Manager",
        "https://docs.aws.amazon.com/redshift/latest/mgmt/x.html and postgresql://host:5439/db",
        "digest " + "ab" * 32,
    ]
    cells = [{"cell_type": "markdown", "id": "m", "source": text} for text in harmless]
    environment = {"AWS_SECRET_ACCESS_KEY": "rehearsal", "TOKEN_FILE": "/run/secrets/token1"}
    assert scan({"cells": cells}, environment) == []


def test_widgets_are_dropped_and_scripts_never_reach_the_page(tmp_path):
    run = open_record(tmp_path)
    for week, name in (("1", "widget_in_output"), ("2", "script_in_output")):
        seal(run, executed(tmp_path, name), week=week, source=ZOO / f"{name}.ipynb", parameters={})
    assert "widget-view" not in (run.folder / "week1.ipynb").read_text()
    assert "widgets" not in nbformat.read(run.folder / "week1.ipynb", as_version=4).metadata
    page = (run.folder / "week2.html").read_text()
    assert "<b>kept</b>" in page
    body = page.split("</details>")[-1]
    assert "<script" not in page
    assert "alert" not in body
    assert "example.com" not in body


def test_the_page_needs_no_network_and_says_rehearsal(sealed):
    page = (sealed.folder / "week1.html").read_text()
    assert "default-src 'none'" in page
    assert "REHEARSAL" in page
    assert page.count("<svg") == 1
    assert not {word for word in ("<script", "http://", "@import", 'src="http', "<link") if word in page}


def test_a_runbook_whose_gate_or_text_was_changed_is_told_apart_from_the_shipped_one(tmp_path):
    name = "week1_decide_and_set_up.ipynb"
    run = open_record(tmp_path)
    shipped = nbformat.read(Path(__file__).parents[2] / "runbooks" / name, as_version=4)

    def sealed_as(change: Any) -> None:
        notebook = copy.deepcopy(shipped)
        change(notebook)
        path = tmp_path / name
        nbformat.write(notebook, path)
        seal(run, Execution("finished", path, 1.0, 1, 1), week="1", source=path, parameters={})

    def saved(notebook: Any) -> None:
        notebook.metadata["saved"] = "by JupyterLab"
        parameters = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
        parameters.source = parameters.source.replace('"rehearsal"', '"production"')

    def gate_taken_out(notebook: Any) -> None:
        notebook.cells = [cell for cell in notebook.cells if "gate" not in cell["id"]]

    def reworded(notebook: Any) -> None:
        next(cell for cell in notebook.cells if cell.cell_type == "markdown").source = "A formality."

    def code_among_the_parameters(notebook: Any) -> None:
        next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())).source += "\nprint(1)"

    for change in (saved, gate_taken_out, reworded, code_among_the_parameters):
        sealed_as(change)
    sources = [entry.body["source"] for entry in run.journal.of("sealed")]
    shipped = [(source["as_shipped"], source["text_as_shipped"]) for source in sources]
    assert shipped == [(True, True), (False, True), (True, False), (False, True)]
    assert "code changed by the operator" in (run.folder / "week1-2.html").read_text()
    assert "text changed by the operator" in (run.folder / "week1-3.html").read_text()
    assert "is not the runbook as it was shipped" in report(run.folder).read_text()


def test_sealed_files_cannot_be_written_and_a_week_sealed_again_gets_its_own_name(tmp_path, good):
    run = open_record(tmp_path)
    first = seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={})
    second = seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={})
    assert (first.notebook, second.notebook) == ("week1.ipynb", "week1-2.ipynb")
    assert {p.stat().st_mode & 0o777 for p in files_of(run.folder)} == {0o440}
    assert verify(run.folder).valid


def test_killed_between_journal_and_signature_sealing_is_finished_later(tmp_path, good):
    run = open_record(tmp_path)
    seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={})
    (run.folder / "week1.attestation.json").unlink()
    assert not verify(run.folder).valid
    finish_sealing(run)
    assert verify(run.folder).valid


def test_a_journal_rewritten_with_fitting_digests_is_found(sealed, tmp_path):
    copy = tmp_path / "r1"
    shutil.copytree(sealed.folder, copy)
    shutil.rmtree(copy / "journal")
    forged = Journal(FolderStore(tmp_path), "r1/journal")
    for entry in sealed.journal.entries():
        body = dict(entry.body) | ({"signer": "Mallory"} if entry.kind == "signature" else {})
        forged.append(entry.kind, body, by=entry.by)
    files = {problem.file for problem in verify(copy).problems}
    assert "week1.attestation.json" in files


def test_a_signature_over_evidence_that_was_never_recorded_is_found(tmp_path, good):
    run = open_record(tmp_path)
    run.journal.append("signature", {"gate": "g", "signer": "Eve", "evidence": {"proof": "ab" * 32}, "checked": []})
    seal(run, good, week="1", source=ZOO / "good.ipynb", parameters={})
    (problem,) = verify(run.folder).problems
    assert problem.file == "journal/000002.json"
    assert "was not recorded before it" in problem.what


def test_the_given_key_decides_who_may_have_signed(sealed, tmp_path):
    own = tmp_path / "own.pem"
    own.write_bytes(public_pem(signing_key(sealed.store.folder.parent / "signing.pem")))
    assert verify(sealed.folder, own).valid
    other = tmp_path / "other.pem"
    other.write_bytes(public_pem(signing_key(tmp_path / "key.pem")))
    assert not verify(sealed.folder, other).valid
    with pytest.raises(UsageError, match="is not a key"):
        verify(sealed.folder, ZOO / "good.ipynb")


def test_another_implementation_accepts_the_attestation(sealed):
    envelope = Envelope.from_dict(json.loads((sealed.folder / "week1.attestation.json").read_bytes()))
    own = CryptoSigner(signing_key(sealed.store.folder.parent / "signing.pem")).public_key
    (signature,) = envelope.signatures.values()
    signature.keyid = own.keyid  # its own way to name a key
    envelope.signatures = {own.keyid: signature}
    assert envelope.verify([own], 1)
    assert json.loads(envelope.payload)["_type"] == "https://in-toto.io/Statement/v1"


def test_a_signing_key_that_others_may_read_is_refused(tmp_path):
    signing_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").stat().st_mode & 0o777 == 0o600
    (tmp_path / "k.pem").chmod(0o644)
    with pytest.raises(UsageError, match="Others may read"):
        signing_key(tmp_path / "k.pem")


def test_nothing_is_not_valid(tmp_path):
    assert not verify(tmp_path).valid
    (tmp_path / "r" / "journal").mkdir(parents=True)
    assert not verify(tmp_path).valid
    run = open_record(tmp_path / "open")
    (problem,) = verify(run.folder).problems
    assert "nobody vouches" in problem.what
    assert verify(run.folder, under_way=True).exit_code == 0  # its first week is not sealed yet
    assert verify(tmp_path / "r", under_way=True).exit_code == 5
    with pytest.raises(UsageError):
        verify(tmp_path / "missing")


def test_the_verdict_is_plain_json_and_can_be_shown(sealed):
    found = verify(sealed.folder)
    summary = json.loads(json.dumps(found.as_json()))
    assert (summary["valid"], summary["problems"], summary["holds"]) == (True, [], False)
    assert summary["claims"]["1"].startswith("not signed: ")
    assert found.view().tone == "bad"
    assert "its story does NOT hold" in found.view().title


def test_the_auditors_page_tells_gates_weeks_and_whether_it_holds(sealed, good, tmp_path):
    run = open_record(tmp_path / "a")
    proofs = {
        "tables": [["vehicles", "equal", 24, 398312], ["delay_metrics", "different", 24, 433], ["m", "close"]],
        "x": [[1], [2, 3]],
    }
    keep_evidence(run, "week2.proofs", proofs)
    keep_evidence(run, "week3.judgement", {"verdict": "pass", "ratio": 0.41234567, "metrics": [{"verdict": "better"}]})
    body = {"gate": "week2.loaded", "evidence": {"week2.proofs": digest(proofs)}, "blocks": [], "needed": 2}
    run.journal.append("gate", body)
    run.journal.append("switched", {"to": "redshift", "seconds": 1.5, "requests": 40, "failed_requests": 0})
    seal(run, good, week="2", source=ZOO / "good.ipynb", parameters={})
    page = report(run.folder).read_text()
    for words in (
        ">close<",
        ">equal<",
        ">different<",
        ">pass<",
        "ratio 0.4123",
        "0 of 2 signed",
        "to Redshift",
        "0 of 40 failed",
    ):
        assert words in page
    assert "better" not in page
    copy = tmp_path / "records" / "r1"
    shutil.copytree(sealed.folder, copy)
    index = report(copy)
    page = index.read_text()
    assert index == copy / "index.html"
    assert all(word in page for word in ('href="week1.html"', "REHEARSAL", ">valid<", "default-src 'none'"))
    assert verify(copy).checked["not_covered"] == ["evidence.html", "index.html"]
    notebook = copy / "week1.ipynb"
    notebook.chmod(0o644)
    notebook.write_bytes(notebook.read_bytes().replace(b"380", b"381"))
    report(tmp_path / "records")
    assert "it was changed after it was sealed" in (copy / "index.html").read_text()
    assert "not valid" in (tmp_path / "records" / "index.html").read_text()


def _cut(path: Path, folder: Path, data: Any) -> None:
    original = path.read_bytes()
    path.write_bytes(original[: data.draw(st.integers(0, len(original) - 1))])


def _replace(path: Path, folder: Path, data: Any) -> None:
    path.write_bytes(data.draw(st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", b"null", b'{"n":1e999}'])))


def _become_a_folder(path: Path, folder: Path, data: Any) -> None:
    path.unlink()
    path.mkdir()


def _rename(path: Path, folder: Path, data: Any) -> None:
    path.rename(path.with_name(data.draw(st.sampled_from(["999999999.json", "0.json", "x", "000009.json", "٣.json"]))))


def _swap(path: Path, folder: Path, data: Any) -> None:
    other = data.draw(st.sampled_from([p for p in files_of(folder) if p.read_bytes() != path.read_bytes()]))
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.chmod(0o644)
    other.write_bytes(mine)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from([_cut, _replace, _become_a_folder, _rename, _swap]))
def test_whatever_is_done_to_a_record_is_told_and_never_raised(sealed, tmp_path_factory, data, harm):
    copy = tmp_path_factory.mktemp("harm") / "r1"
    shutil.copytree(sealed.folder, copy)
    path = data.draw(st.sampled_from(files_of(copy)))
    path.chmod(0o644)
    harm(path, copy, data)
    found = verify(copy)
    json.dumps(found.as_json())
    assert not found.valid
