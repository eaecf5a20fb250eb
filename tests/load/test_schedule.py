"""The hourly ``sync``: its schedule, proposed and undone; its alarm, armed once it was seen to run."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import yaml
from soak.kills import prepare_world
from support.gates import pass_week, reach, sign

from smartroute_runbook import load, operate
from smartroute_runbook.cli.sync_lambda import handle
from smartroute_runbook.environment.working_folder import copy_to
from smartroute_runbook.errors import Refused
from smartroute_runbook.runs.run import Run

FRESHNESS = "smartroute-analytics-redshift-freshness"


@pytest.fixture(scope="module")
def run(stack, tmp_path_factory):
    base = tmp_path_factory.mktemp("schedule")
    copy_to(base)
    file = base / "parameters" / "rehearsal.yaml"  # which the function reads too
    given = yaml.safe_load(file.read_text())
    given["settings"]["athena"] = {"tables": ["crowding_metrics"]}
    given["settings"]["load"] = {"first_day": "2026-09-22", "sync_function": "smartroute-sync"}
    file.write_text(yaml.safe_dump(given))
    run = Run.open("rehearsal", "schedule", given["settings"], base=base)
    prepare_world(run)
    pass_week(run, 2)
    reach(run, 3)
    sign(run, "week3.compared")
    return reach(run, 4)


def function(client):
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName="runs-sync", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return 1")
    client("lambda").create_function(
        FunctionName="smartroute-sync", Runtime="python3.12", Role=role, Handler="main.handler",
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip


def test_sync_is_scheduled_seen_to_run_and_then_its_alarm_is_armed(run, client, monkeypatch):
    step, alarms = load.ScheduleSync(), operate.SetAlarms()
    with pytest.raises(Refused, match="There is no Lambda function smartroute-sync"):
        step.propose(run)
    function(client)
    assert [one.action for one in run.propose(step).changes] == ["create"] * 3
    run.do(step)
    assert run.propose(step).empty
    made = client("scheduler").get_schedule(Name="smartroute-analytics-sync")
    assert made["ScheduleExpression"] == "cron(16 * * * ? *)"
    assert made["Target"]["Arn"].endswith(":function:smartroute-sync")
    asked = json.loads(made["Target"]["Input"])
    assert asked == {"environment": "rehearsal", "run_id": "schedule"}

    (freshness,) = [one for one in run.propose(alarms).changes if one.resource == f"alarm {FRESHNESS}"]
    assert freshness.why.startswith("NOT ARMED: no scheduled sync was seen")
    run.do(alarms)
    load.sync(run)  # by hand: says nothing of the schedule
    assert alarms.propose(run).empty
    monkeypatch.setenv("SMARTROUTE_HOME", str(run.base))
    done = handle(asked)
    assert [one["backlog"] for one in done["freshness"]] == [0]
    (armed,) = [one for one in run.propose(alarms).changes if one.action != "none"]
    assert armed.resource == f"alarm {FRESHNESS}"
    assert (armed.before["ActionsEnabled"], armed.after["ActionsEnabled"]) == (False, True)
    run.do(alarms)
    assert client("cloudwatch").describe_alarms(AlarmNames=[FRESHNESS])["MetricAlarms"][0]["ActionsEnabled"]

    client("scheduler").update_schedule(
        Name="smartroute-analytics-sync", State="DISABLED", ScheduleExpression="rate(1 day)", Target=made["Target"],
        FlexibleTimeWindow={"Mode": "OFF"},
    )  # fmt: skip
    assert [one.resource for one in run.propose(step).changes if one.action == "modify"] == [
        "schedule smartroute-analytics-sync"
    ]
    run.do(step)
    step.verify(run)
    for command in step.undo_commands(run):
        _, service, operation, *options = command.split()
        given = dict(zip(options[::2], options[1::2], strict=True))
        names = {"--name": "Name", "--role-name": "RoleName", "--policy-name": "PolicyName"}
        call = getattr(client(service), operation.replace("-", "_"))
        call(**{names[key]: value for key, value in given.items()})
    assert [one.action for one in run.propose(step).changes] == ["create"] * 3
