"""Going back needs SSM alone: no journal, no Redshift, no finished week; and it says what it could not record."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from support.gates import reach

from smartroute_runbook.cli import main
from smartroute_runbook.environment.settings import parse_settings
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import ServiceError, VerificationFailed
from smartroute_runbook.operate.back import WentBack, go_back, redirect
from smartroute_runbook.rehearsal import smartroute_account as world
from smartroute_runbook.runs.run import Run
from smartroute_runbook.standins.faults.schedule import FaultRule

SETTINGS = {
    "dashboard": {"probe_seconds": 0.2, "switch_seconds": 15, "answer_seconds": 15, "trial_seconds": 2},
    "record": {"store": "records"},
}


@pytest.fixture
def folder(stack, tmp_path, monkeypatch):
    """A working folder in which no run was ever opened."""
    copy_to(tmp_path)
    for path in (tmp_path / "parameters" / "queries").glob("*.sql"):
        path.unlink()
    for name in ("one", "two"):
        (tmp_path / "parameters" / "queries" / f"{name}.sql").write_text("SELECT 1")
    written = {"environment": "rehearsal", "run_id": "", "settings": SETTINGS}
    (tmp_path / "parameters" / "rehearsal.yaml").write_text(yaml.safe_dump(written))
    monkeypatch.setenv("SMARTROUTE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))  # where the signing key is made
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def on_redshift(dashboard_world):
    """The dashboard names Redshift; there may be none."""
    for name in ("one", "two"):
        dashboard_world.publish(name, f"SELECT {name == 'two'}", "athena")
    dashboard_world.parameter = "redshift"
    return dashboard_world


def switch(capsys, *arguments):
    return command(capsys, "switch", "athena", *arguments)


def command(capsys, *arguments):
    line = ["smartroute-runbook", *arguments, "--environment", "rehearsal", "--json"]
    with patch.object(sys, "argv", line), pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), json.loads(captured.out) if captured.out else {}, captured.err


def test_without_redshift_and_in_a_run_where_no_week_is_finished(folder, on_redshift, capsys):
    code, result, _ = switch(capsys)
    assert (code, result["to"], result["before"], result["unrecorded"]) == (0, "athena", "redshift", [])
    assert result["seen"]
    assert result["requests"] >= 2
    assert on_redshift.parameter == "athena"


def test_with_a_journal_that_does_not_hold(folder, on_redshift, capsys):
    switch(capsys, "--run-id", "first")
    (folder / "records" / "first" / "journal" / "000002.json").write_text("{}")
    on_redshift.parameter = "redshift"
    code, result, _ = switch(capsys, "--run-id", "first")
    assert (code, on_redshift.parameter) == (0, "athena")
    assert "cannot be continued" in result["unrecorded"][0]


def test_with_a_store_that_is_gone(folder, on_redshift, capsys):
    (folder / "records").write_text("a file where the folder was")
    code, result, _ = switch(capsys)
    assert (code, on_redshift.parameter) == (0, "athena")
    assert result["unrecorded"]


def test_with_ssm_throttled(folder, on_redshift, faults, capsys):
    faults.add(FaultRule("throttle", "ssm", every=2))
    code, result, _ = switch(capsys)
    assert (code, on_redshift.parameter, result["to"]) == (0, "athena", "athena")


def test_without_credentials_it_fails_at_once(folder, on_redshift, capsys, monkeypatch):
    """A client keeps the credentials that it was made with: two minutes of trying told nobody."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    began = time.monotonic()
    code, _, said = switch(capsys)
    assert time.monotonic() - began < SETTINGS["dashboard"]["switch_seconds"] / 2
    assert (code, on_redshift.parameter) == (1, "redshift")
    assert "no AWS credentials" in said


def test_a_trial_that_was_left_behind_is_ended(folder, on_redshift, capsys):
    on_redshift.parameter = "redshift:50@2099-01-01T00:00:00Z"
    code, result, _ = switch(capsys)
    assert (code, result["before"], on_redshift.parameter) == (0, "redshift:50@2099-01-01T00:00:00Z", "athena")


def test_a_parameter_that_is_no_route_is_set_right(folder, on_redshift, capsys):
    on_redshift.parameter = "redshfit"
    code, result, _ = switch(capsys)
    assert (code, result["before"], on_redshift.parameter) == (0, "?", "athena")
    assert "redshfit" in result["unrecorded"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"dashboard": {**SETTINGS["dashboard"], "cache_seconds": 15}},  # contradicts switch_seconds
        {"load": {"batch_mb": "many"}},
        {"load": {"a newer one": 1}, "novel": {}},
        {"gates": {"signatures": -1}, "dashboard": {**SETTINGS["dashboard"], "canary_shares": "all"}},
    ],
)
def test_with_parameters_that_are_wrong(folder, on_redshift, capsys, wrong):
    """A newer release may refuse what an older one took: that keeps nobody on an engine that fails."""
    written = {"environment": "rehearsal", "run_id": "", "settings": {**SETTINGS, **wrong}}
    (folder / "parameters" / "rehearsal.yaml").write_text(yaml.safe_dump(written))
    code, result, _ = switch(capsys)
    assert (code, on_redshift.parameter, result["to"]) == (0, "athena", "athena"), result["unrecorded"]
    assert result["seen"]
    assert command(capsys, "sync")[0] == 2


@pytest.mark.parametrize("how", ["missing", "no YAML", "no mapping", "folder"])
def test_with_parameters_that_cannot_be_read(folder, on_redshift, capsys, how):
    """A run's record has them too; where there is none, a command that needs neither is said."""
    path = folder / "parameters" / "rehearsal.yaml"
    reach(Run.open("rehearsal", "known", SETTINGS, base=folder), 1)
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "missing":
        path.write_text({"no YAML": "a: [", "no mapping": "- a"}[how])
    code, result, said = switch(capsys)
    assert (on_redshift.parameter, result["to"], result["before"]) == ("athena", "athena", "redshift"), said
    assert "by what run known went by" in said
    assert code == 1  # nobody asked the dashboard: the run does not open
    on_redshift.parameter = "redshift"
    shutil.rmtree(folder / "records")
    code, _, said = switch(capsys)
    assert (code, on_redshift.parameter) == (2, "redshift")
    assert "aws ssm put-parameter --name " in said
    assert "--value athena --overwrite" in said


def test_what_going_back_itself_needs_must_be_right(folder, on_redshift, capsys):
    wrong = {"dashboard": {**SETTINGS["dashboard"], "engine_parameter": 5}}
    written = {"environment": "rehearsal", "run_id": "", "settings": {**SETTINGS, **wrong}}
    (folder / "parameters" / "rehearsal.yaml").write_text(yaml.safe_dump(written))
    code, _, said = switch(capsys)
    assert (code, on_redshift.parameter) == (2, "redshift")
    assert "dashboard.engine_parameter" in said


def route(url):
    """What the dashboard's API says that it follows."""
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{url.rstrip('/')}/api/one") as answer:
        return answer.headers["Engine-Route"]
    return ""


def test_an_api_that_follows_another_parameter_is_no_success(folder, on_redshift, client, capsys):
    """Somebody changed ``dashboard.engine_parameter`` since: one is set to athena, and users stay where they are."""
    quick = {
        **SETTINGS["dashboard"],
        "switch_seconds": 2,
        "cache_seconds": 1,
        "answer_seconds": 2,
        "engine_parameter": "/smartroute/another",
    }
    written = {"environment": "rehearsal", "run_id": "", "settings": {**SETTINGS, "dashboard": quick}}
    (folder / "parameters" / "rehearsal.yaml").write_text(yaml.safe_dump(written))
    client("ssm").put_parameter(Name="/smartroute/another", Value="redshift", Type="String", Overwrite=True)
    on_redshift.publish("one", "SELECT 1", "redshift")
    on_redshift.publish("two", "SELECT 2", "redshift")
    url = client("ssm").get_parameter(Name=world.URL_PARAMETER)["Parameter"]["Value"]
    end = time.monotonic() + 20
    while route(url) == "athena" and time.monotonic() < end:  # as the test before left it
        time.sleep(0.2)
    code, result, _ = switch(capsys)
    assert (code, result["seen"], on_redshift.parameter) == (1, False, "redshift")
    assert "whether each query is answered by Athena" in str(result["unrecorded"])
    assert "was not seen" in WentBack("redshift", {}).view().title


def week_2_unfinished(folder, client):
    """Week 2 was begun, and nobody has signed anything since."""
    reach(Run.open("rehearsal", "first", SETTINGS, base=folder), 2)
    return "first"


def redshift_gone(folder, client):
    """There is no cluster: the API knows none to ask."""
    assert client("redshift").describe_clusters()["Clusters"] == []
    return "first"


def journal_gone(folder, client):
    """A run whose journal somebody deleted."""
    reach(Run.open("rehearsal", "first", SETTINGS, base=folder), 2)
    shutil.rmtree(folder / "records" / "first" / "journal")
    return "first"


def journal_damaged(folder, client):
    week_2_unfinished(folder, client)
    entry = folder / "records" / "first" / "journal" / "000003.json"
    entry.chmod(0o644)
    entry.write_text("{}")
    return "first"


def store_gone(folder, client):
    (folder / "records").write_text("a file where the folder was")
    return "first"


@pytest.mark.parametrize("what", [week_2_unfinished, redshift_gone, journal_gone, journal_damaged, store_gone])
@pytest.mark.parametrize("how", [("switch", "athena"), ("rollback",)], ids=["switch", "rollback"])
def test_going_back_needs_nothing_but_ssm(folder, on_redshift, client, capsys, how, what):
    name = what(folder, client)
    code, result, err = command(capsys, *how, "--run-id", name)
    assert (code, on_redshift.parameter) == (0, "athena"), err
    if how[0] == "switch":  # requests that the cluster which is gone was still asked may fail: they end with the route
        assert (result["before"], result["seen"]) == ("redshift", True)
        return
    assert [(week["week"], week["status"]) for week in result["weeks"]] == [("rollback", "finished")]
    record = Path(result["records"])
    assert "Root cause: what is known" in (record / "rollback.html").read_text(encoding="utf-8")
    attempts = [json.loads(path.read_bytes()) for path in sorted((record / "journal").glob("*.json"))]
    ended = [entry["body"] for entry in attempts if entry["kind"] == "switched"]
    assert [(body["to"], body["before"]) for body in ended] == [("athena", "redshift")]


def test_a_rollback_whose_notebook_is_missing_has_gone_back(folder, on_redshift, capsys):
    (folder / "runbooks" / "rollback.ipynb").unlink()
    code, _, err = command(capsys, "rollback")
    assert (code, on_redshift.parameter) == (2, "athena")
    assert "parameter is set to athena" in err


FORWARD = {
    "switch": ("switch", "redshift"),
    "sync": ("sync",),
    "remove": ("sync", "--remove", "2026-09-22"),
    "mend": ("sync", "--mend"),
}


@pytest.mark.parametrize("what", FORWARD)
@pytest.mark.parametrize("begun", [False, True], ids=["no run", "week 1 begun"])
def test_every_other_command_waits_for_its_gate(folder, on_redshift, capsys, what, begun):
    on_redshift.parameter = "athena"
    if begun:
        Run.open("rehearsal", "first", SETTINGS, base=folder).begin(1)
    code, _, err = command(capsys, *FORWARD[what], "--run-id", "first")
    assert (code, on_redshift.parameter) == (4, "athena"), err
    entries = sorted((folder / "records" / "first" / "journal").glob("*.json"))
    kinds = [json.loads(path.read_bytes())["kind"] for path in entries]
    assert kinds == (["opened", "week-started"] if begun else [])


def test_nothing_is_opened_before_the_parameter_is_set(on_redshift):
    def opened():
        assert on_redshift.parameter == "athena"
        raise VerificationFailed("The journal does not hold")

    back = go_back(parse_settings(SETTINGS), opened, lambda _: ())
    assert back.before == "redshift"
    assert "does not hold" in back.unrecorded[0]
    assert "Not recorded" in str(back.view())


def test_ssm_that_refuses_is_said(on_redshift, faults):
    faults.add(FaultRule("denied", "ssm", "PutParameter"))
    with pytest.raises(ServiceError, match=r"Setting parameter .* to athena"):
        redirect(parse_settings(SETTINGS))


def test_the_way_back_waits_for_no_other_work_on_the_run(run, dashboard_world):
    from smartroute_runbook.runs.lease import hold

    dashboard_world.parameter = "redshift"
    with hold(run.store, f"{run.id}/lease", "somebody else"):
        back = go_back(run.settings, lambda: run, lambda _: ("one", "two"))
    assert (dashboard_world.parameter, back.unrecorded) == ("athena", ())
    assert run.switches().switches[-1].outcome == "switched"
