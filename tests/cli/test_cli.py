"""The console script: one clear line and an exit code for whatever a person can cause, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from smartroute_runbook.environment.working_folder import copy_to

HERE = Path(__file__).parent
UNREACHABLE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def command(*arguments, cwd, **environ):
    known = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SMARTROUTE_", "SSL_CERT"))}
    program = Path(sys.executable).with_name("smartroute-runbook")
    return subprocess.run(
        [program, *map(str, arguments)],
        cwd=cwd,
        env=known | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def work(tmp_path):
    copy_to(tmp_path)
    quick = (tmp_path / "parameters" / "rehearsal.yaml").read_text() + "  aws:\n    attempts: 1\n"
    (tmp_path / "parameters" / "rehearsal.yaml").write_text(quick)
    return tmp_path


def one_line(result):
    assert "Traceback" not in result.stderr + result.stdout
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_help_of_every_command(tmp_path):
    listed = command("--help", cwd=tmp_path)
    assert listed.returncode == 0
    names = [line.split()[0] for line in listed.stdout.partition("Commands:")[2].strip().splitlines()]
    assert {"rehearse", "run", "verify", "translate", "compare", "sign", "rollback"} <= set(names)
    from smartroute_runbook.cli import cli

    for name, found in cli.commands.items():
        assert found.help, name


def test_the_list_of_commands_breaks_no_sentence_off(tmp_path):
    listed = command("--help", cwd=tmp_path).stdout.partition("Commands:")[2].strip().splitlines()
    assert len(listed) > 20
    assert [line for line in listed if line.endswith("...")] == []


NOBODY = {
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none",
}  # fmt: skip


def test_without_a_way_to_aws_its_cause_is_told_once(work):
    text = (work / "parameters" / "production.yaml").read_text()
    (work / "parameters" / "production.yaml").write_text(text.replace("us-east-1", "us-north-9"))
    (work / "parameters" / "stops.txt").unlink()
    result = command("preflight", "--environment", "production", "--json", cwd=work, **NOBODY)
    assert result.returncode == 1, result.stderr
    lines = json.loads(result.stdout)["lines"]
    assert [line["name"] for line in lines if line["state"] == "fail"] == ["region", "credentials", "files"]
    assert lines[-1]["state"] == "note"
    assert "not looked at: permissions, " in lines[-1]["said"]


def test_preflight_takes_a_run_that_is_only_named_yet(work):
    result = command(
        "preflight", "--environment", "production", "--run-id", "production-2026-q4", "--json", cwd=work, **NOBODY
    )
    assert result.returncode == 1, result.stderr
    assert json.loads(result.stdout)["ready"] is False
    assert not (work / "records").exists()


def test_a_profile_that_is_not_there_is_named_with_those_that_are(work, tmp_path):
    (tmp_path / "config").write_text("[profile developer]\nregion = us-east-1\n")
    known = NOBODY | {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    text = (work / "parameters" / "production.yaml").read_text()
    (work / "parameters" / "production.yaml").write_text(text.replace("profile: null", "profile: develper"))
    line = one_line(command("preflight", "--environment", "production", cwd=work, **known))
    assert "no profile 'develper' (aws.profile in the parameters). Did you mean 'developer'?" in line
    (work / "parameters" / "production.yaml").write_text(text)
    line = one_line(command("preflight", "--environment", "production", cwd=work, AWS_PROFILE="x", **known))
    assert "no profile 'x' (AWS_PROFILE)" in line


def test_several_wrong_parameters_are_a_list(work):
    text = (work / "parameters" / "production.yaml").read_text()
    (work / "parameters" / "production.yaml").write_text(text.replace("nodes: 2", "nodes: 02\n    prt: 5439"))
    result = command("status", "--environment", "production", "--json", cwd=work)
    head, first, second = result.stderr.splitlines()
    assert head == f"smartroute-runbook: 2 parameters in {work / 'parameters' / 'production.yaml'} are wrong:"
    assert first.startswith("  (1) Parameter 'redshift.nodes' in ")
    assert second.endswith("Did you mean 'port'?")
    assert json.loads(result.stdout)["exit_code"] == result.returncode == 2


def test_a_week_that_there_is_not_names_those_that_are(work):
    line = one_line(command("run", "7", "--environment", "production", cwd=work))
    assert "Known: 1, 2, 3, 4, all, rollback" in line


def test_an_unknown_parameter(work):
    path = work / "parameters" / "rehearsal.yaml"
    path.write_text(path.read_text() + "  redshfit:\n    nodes: 2\n")
    result = command("run", "1", "--environment", "rehearsal", cwd=work, **UNREACHABLE)
    assert result.returncode == 2
    assert "redshfit" in one_line(result)
    assert "Did you mean 'redshift'" in result.stderr


def test_a_parameter_of_the_wrong_type(work):
    path = work / "parameters" / "rehearsal.yaml"
    path.write_text(path.read_text() + "  redshift:\n    nodes: two\n")
    result = command("status", "--environment", "rehearsal", cwd=work, **UNREACHABLE)
    assert result.returncode == 2
    assert "redshift.nodes" in one_line(result)


def test_a_missing_file(tmp_path):
    result = command("status", "--environment", "rehearsal", cwd=tmp_path, **UNREACHABLE)
    assert result.returncode == 2
    assert "init" in one_line(result)


def test_a_missing_lake(work):
    result = command("rehearsal", "up", "--lake", "nowhere.parquet", cwd=work)
    assert result.returncode == 2
    assert "nowhere.parquet" in one_line(result)


def test_an_unreachable_endpoint(work):
    result = command("compare", "vehicles", "--environment", "rehearsal", cwd=work, **UNREACHABLE)
    assert result.returncode == 1
    assert "127.0.0.1:9" in one_line(result)


def test_a_rehearsal_without_stand_ins(work):
    result = command("run", "1", "--environment", "rehearsal", cwd=work)
    assert result.returncode == 2
    assert "rehearsal up" in one_line(result)


def test_a_wrong_password(work, stack):
    environ = stack.environ() | {"SMARTROUTE_REDSHIFT_PASSWORD": "wrong"}
    result = command("compare", "vehicles", "--environment", "rehearsal", cwd=work, **environ)
    assert result.returncode == 1
    assert "refused user 'rehearsal'" in one_line(result)


def test_wrong_use(work):
    for arguments in (["run"], ["run", "5", "--environment", "rehearsal"], ["switch", "mysql"], ["nonsense"]):
        result = command(*arguments, cwd=work, **UNREACHABLE)
        assert result.returncode == 2, arguments
        one_line(result)


def test_a_wrong_command_line_names_the_help_of_its_command(tmp_path):
    missing = one_line(command("run", cwd=tmp_path))
    assert missing == "smartroute-runbook: Missing argument 'WEEK'. See 'smartroute-runbook run --help'"
    assert one_line(command("sgn", cwd=tmp_path)).endswith("Did you mean 'sign'? See 'smartroute-runbook --help'")


def test_an_empty_folder_is_no_valid_record(tmp_path):
    result = command("verify", tmp_path, "--json", cwd=tmp_path)
    assert result.returncode == 5
    assert '"valid": false' in result.stdout


def test_a_working_folder_is_no_record_and_says_where_its_records_are(work):
    (work / "records").mkdir()
    shown = command("verify", ".", cwd=work).stdout
    assert "has them in 'records'" in " ".join(shown.split())
    assert "Nothing was checked" in shown
    assert "key" not in shown


def test_init_in_the_folder_itself_says_no_cd(tmp_path):
    assert "  cd " not in command("init", ".", cwd=tmp_path).stdout
    assert "  cd other" in command("init", "other", cwd=tmp_path).stdout


def test_init_overwrites_nothing(work):
    shutil.rmtree(work / "runbooks")
    result = command("init", ".", cwd=work)
    assert result.returncode == 2
    assert not (work / "runbooks").exists()
