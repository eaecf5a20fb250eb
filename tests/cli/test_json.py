"""Every command that reports says it as JSON, also when it fails; what a disk or folder refuses is one line."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest
from support.gates import sign as show_and_sign
from support.stories import honest, write

from smartroute_runbook.cli import cli, main
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.record.signing import signing_key
from smartroute_runbook.run import Run

SAYS_NOTHING = {"experiment", "lab", "package", "rehearsal"}
"""Groups, and what starts a server."""


@pytest.fixture
def work(tmp_path, monkeypatch):
    copy_to(tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("SMARTROUTE_HOME", raising=False)
    return tmp_path / "work"


@pytest.fixture
def run_json(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["smartroute-runbook", *map(str, arguments), "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return ended.value.code, json.loads(captured.out), captured.err

    return run


def commands(group=cli, path=()):
    for name, one in group.commands.items():
        if name not in SAYS_NOTHING:
            yield (*path, name), one
        if isinstance(one, click.Group):
            yield from commands(one, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda one: "-".join(one) if type(one) is tuple else ""
)
def test_every_command_that_reports_takes_json(path, command):
    assert "--json" in {option for parameter in command.params for option in parameter.opts}, path


OF_A_RUN = [
    ["run", "1"], ["status"], ["rollback"], ["sign", "week1.decision"], ["revoke", "week1.decision", "--note", "x"],
    ["preflight"], ["compare", "vehicles"], ["sync"], ["watch"], ["switch", "redshift"], ["switch", "athena"],
    ["heard", "ABC"], ["seal"], ["release", "--note", "x"], ["key"], ["experiment", "run"], ["experiment", "show"],
    ["experiment", "stop"], ["experiment", "withdraw", "--why", "x"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", OF_A_RUN, ids="-".join)
def test_a_command_of_a_run_fails_as_json_where_there_are_no_parameters(arguments, work, run_json):
    code, found, line = run_json(*arguments, "--environment", "nowhere")
    assert (code, found["exit_code"]) == (2, 2)
    assert "nowhere" in found["error"]
    assert len(line.strip().splitlines()) == 1


OTHERS = [
    (["init", "."], 2), (["verify", "missing"], 2), (["report", "missing"], 2), (["translate", "missing.sql"], 2),
    (["rehearse", "--lake", "missing"], 2), (["rehearsal", "up", "--lake", "missing"], 2), (["sign"], 2),
    (["seal", "9", "a.ipynb", "--environment", "rehearsal"], 2), (["nothing"], 2),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "code"), OTHERS, ids=lambda one: "-".join(one) if type(one) is list else "")
def test_every_other_command_fails_as_json(arguments, code, work, run_json, monkeypatch):
    monkeypatch.setenv("SMARTROUTE_REHEARSAL_DIR", str(work / "rehearsal"))
    ended, found, _ = run_json(*arguments)
    assert (ended, found["exit_code"]) == (code, code)
    assert found["error"]


def test_sign_and_revoke_say_the_gate_as_status_does(work, run_json, stack):
    run = Run.open("rehearsal", "signed", base=work)
    run.begin(1)
    gate = show_and_sign(run, "week1.decision")
    options = ["--environment", "rehearsal", "--run-id", "signed"]
    code, found, _ = run_json("revoke", gate.name, "--note", "another one signs", "--signer", "Ada Lovelace", *options)
    assert (code, found["gate"], found["state"]) == (0, gate.name, "unsigned")
    assert found["revoked"][0]["note"] == "another one signs"
    code, found, _ = run_json("sign", gate.name, "--signer", "Grace Hopper", *options)
    assert (code, found["exit_code"]) == (2, 2)
    assert "digest" in found["error"]
    code, found, _ = run_json("sign", gate.name, "--signer", "Grace Hopper", "--evidence", gate.digest, *options)
    assert (code, found["state"], found["signers"]) == (0, "signed", ["Grace Hopper"])
    assert found["head"].startswith(f"{Run.open('rehearsal', 'signed', base=work).journal.head()[0]}:")
    code, found, _ = run_json("sign", gate.name, "--decline", "not yet", "--signer", "Ada Lovelace", *options)
    assert (code, found["state"]) == (0, "unsigned")


def test_init_and_down_say_what_they_did(work, run_json, tmp_path, monkeypatch):
    code, found, _ = run_json("init", tmp_path / "new")
    assert (code, found["directory"]) == (0, str(tmp_path / "new"))
    assert Path(found["front_page"]).is_file()
    monkeypatch.setenv("SMARTROUTE_REHEARSAL_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert run_json("rehearsal", "down")[:2] == (0, {"stopped": False})


@pytest.mark.parametrize("arguments", [["run", "1"], ["rollback"], ["seal"], ["switch", "athena"]], ids="-".join)
def test_a_store_that_cannot_be_written_is_one_line(arguments, work, run_json, stack, tmp_path):
    (tmp_path / "file").write_text("")
    records = ["--records", tmp_path / "file" / "below"]
    code, found, line = run_json(*arguments, "--environment", "rehearsal", *records)
    if arguments[0] in ("rollback", "switch"):  # the way back waits for no record
        assert code in (0, 1)
        assert "cannot be written" in line
        return
    assert code in (1, 2, 4)
    assert found["exit_code"] == code
    assert len(line.strip().splitlines()) == 1


@pytest.fixture
def full():
    """A command of its own, for which each disk is full after some bytes."""

    def run(*arguments, size):
        program = Path(sys.executable).with_name("smartroute-runbook")
        return subprocess.run(
            [program, *map(str, arguments), "--json"], capture_output=True, text=True, check=False, timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    return run


def test_a_full_disk_is_one_line_and_leaves_no_half(tmp_path, full):
    signing_key(tmp_path / "key.pem")
    record = write(honest(), tmp_path / "records", tmp_path / "key.pem")
    for arguments in (["report", record], ["init", tmp_path / "work"]):
        done = full(*arguments, size=2_000)
        assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (1, 1)
        assert "too large" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert len(done.stderr) < 400
    assert list((tmp_path / "work").iterdir()) == []
    assert full("init", tmp_path / "work", size=2**30).returncode == 0
