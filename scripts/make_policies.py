"""Record the calls of a rehearsal, week by week, and write the least IAM policies that allow them.

Writes ``docs/policies/NAME.json`` (policies), ``docs/policies/calls.json`` (what was recorded) and
``docs/permissions.md``. Each week's notebook is run cell by cell in this process against stand-ins, without the
rehearsal's own Redshift user, so that cluster and secret are read as on AWS; week 1 also with what goes before
(preflight) and with things changed by hand (drift).
"""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from drift import change_by_hand
from policy_rules import ACCOUNT, SYNC_FUNCTION, UNSCOPED, Need, boundary, needs, policy

ROOT = Path(__file__).resolve().parents[1]
WEEKS = {
    "week1": "week1_decide_and_set_up", "week2": "week2_load", "week3": "week3_rewrite_and_compare",
    "week4": "week4_cut_over", "rollback": "rollback",
}  # fmt: skip


class Recorder:
    """Hears every call of the product's clients, and of no others."""

    def __init__(self) -> None:
        self.found: set[Need] = set()
        self.workgroups = ["smartroute-analytics"]

    def attach(self) -> None:
        """Hook into the sessions that ``Clients`` makes from now on."""
        from smartroute_runbook.engines.clients import Clients

        inner, heard = Clients.session.fget, self._heard  # type: ignore[attr-defined]

        def session(clients: Clients) -> Any:
            made = inner(clients)
            if not getattr(made, "recorded", False):
                made.recorded = True
                made.events.register("provide-client-params", heard)
            return made

        Clients.session = property(session)  # type: ignore[assignment,method-assign]

    def _heard(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        group = params.get("WorkGroup")
        if group and group not in self.workgroups:
            self.workgroups.append(group)
        self.found.update(needs(model.service_model.service_name, model.name, params, self.workgroups))

    def take(self) -> list[Need]:
        """What was heard since the last time, once each."""
        once = {(need.action, need.resource, need.conditions): need for need in sorted(self.found, reverse=True)}
        self.found.clear()
        return sorted(once.values())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What the notebooks show is not ours to show."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def record() -> dict[str, list[Need]]:
    """Permissions by week, with either transport: by the driver, then by the Data API."""
    heard, found = Recorder(), dict[str, list[Need]]()
    heard.attach()
    for transport in ("driver", "data-api"):
        for week, permissions in _rehearsed(heard, transport):
            merged = {(n.action, n.resource, n.conditions): n for n in (*permissions, *found.get(week, []))}
            found[week] = sorted(merged.values())
    return found


def _rehearsed(heard: Recorder, transport: str) -> Iterator[tuple[str, list[Need]]]:
    """A rehearsal of its own, week by week."""
    from smartroute_runbook.decide import month
    from smartroute_runbook.load import sync
    from smartroute_runbook.prepare.preflight import preflight
    from smartroute_runbook.rehearsal.stack import Stack
    from smartroute_runbook.runs.run import Run

    heard.workgroups[1:] = []  # of this rehearsal: calls about an execution name none
    with Stack(trips_share=0.002) as stack, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(ROOT / "parameters", home / "parameters")
        path = home / "parameters" / "rehearsal.yaml"
        path.write_text(path.read_text() + f"  redshift:\n    transport: {transport}\n")
        os.environ |= {"SMARTROUTE_HOME": str(home), "SMARTROUTE_HEADLESS": "1"}
        for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE"):
            os.environ.pop(f"SMARTROUTE_REDSHIFT_{name}", None)
        for week, notebook in WEEKS.items():
            with quiet():
                if week == "week1":
                    preflight(Run.open("rehearsal"))  # before there is a cluster; the notebook continues this run
                if week == "week4":
                    _make_stale(Run.open("rehearsal"))
                if week == "rollback":
                    _no_topic(stack)  # week 4 may never have been reached
                names = _cells(ROOT / "runbooks" / f"{notebook}.ipynb")
                if week == "week1":
                    _around_week_one(names["run"], stack)
                if week == "week2":
                    _around_week_two(stack)
                if week == "week4":
                    _around_week_four(names["run"], stack)
            yield week, heard.take()
        with quiet():
            run = Run.open("rehearsal", finished_too=True)
            _make_stale(run)
            sync(run)
        yield "sync", heard.take()
        with quiet():
            month(run)
        yield "month", heard.take()
        with quiet():
            _tuned(run, stack)
        yield "tune", heard.take()


def _make_stale(run: Any) -> None:
    """Something to load: with nothing new, catching up takes fewer permissions."""
    with run.redshift() as redshift:
        redshift.execute("DELETE FROM crowding_metrics WHERE hour = 21")


def _carry_out(run: Any, step: Any) -> None:
    """What a step calls, without the run that asks its gate: this is a recording, nothing is migrated."""
    with run.applying(step.id):
        step.apply(run, step.propose(run))
    step.verify(run)


def _cells(path: Path) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{path.name}:{cell.id}", "exec"), names)  # noqa: S102  (our own notebooks)
    return names


def _around_week_one(run: Any, stack: Any) -> None:
    """Preflight, a decision to stay, and what is mended after somebody changed things by hand."""
    from datetime import date

    from smartroute_runbook import prepare
    from smartroute_runbook.decide import Decision, Reminder
    from smartroute_runbook.prepare.preflight import preflight
    from smartroute_runbook.prices import refreshed

    preflight(run)
    refreshed(run)
    for day in (7, 8):
        _carry_out(run, Reminder(Decision("stay", "costs more", (), (), date(2030, 1, day))))
    change_by_hand(stack.client)
    _carry_out(run, Reminder(Decision("stay", "costs more", (), (), date(2030, 1, 8))))
    for step in prepare.steps(run):
        _carry_out(run, step)
    daily = copy.copy(run)  # the same run under other parameters: week 2 opens the newest, and it is this one
    other = run.settings.redshift.model_copy(update={"snapshot_cadence": "daily"})
    daily.settings = run.settings.model_copy(update={"redshift": other})
    _carry_out(daily, prepare.steps(daily)[-1])
    _carry_out(run, prepare.steps(run)[-1])


def _around_week_two(stack: Any) -> None:
    """The exports' workgroup, mended after somebody changed it by hand."""
    from smartroute_runbook.load.workgroup import MigrationWorkgroup
    from smartroute_runbook.runs.run import Run

    stack.client("athena").update_work_group(
        WorkGroup="smartroute-migration", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10 * 1024**2}
    )
    _carry_out(Run.open("rehearsal", finished_too=True), MigrationWorkgroup())


def _around_week_four(run: Any, stack: Any) -> None:
    """The hourly sync by a Lambda function, and what is mended after somebody changed things by hand."""
    from smartroute_runbook import load, operate

    _lambda_function(stack.client)
    scheduled = copy.copy(run)
    schedule = run.settings.load.model_copy(update={"sync_function": SYNC_FUNCTION})
    scheduled.settings = run.settings.model_copy(update={"load": schedule})
    _carry_out(scheduled, load.ScheduleSync())
    cluster, account = run.settings.redshift.cluster, run.clients.caller().account
    stack.client("cloudwatch").put_dashboard(DashboardName=cluster, DashboardBody='{"widgets": []}')
    budget = {"AccountId": account, "BudgetName": f"{cluster}-athena"}
    for one in stack.client("budgets").describe_notifications_for_budget(**budget)["Notifications"]:
        stack.client("budgets").delete_notification(**budget, Notification=one)
    stack.client("scheduler").update_schedule(
        Name=f"{cluster}-sync", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target=stack.client("scheduler").get_schedule(Name=f"{cluster}-sync")["Target"],
    )  # fmt: skip
    _no_topic(stack)  # a run that migrates has no reminder of week 1's
    for step in (load.ScheduleSync(), operate.Graphs(), operate.SetBudgets(), operate.SetAlarms()):
        _carry_out(scheduled, step)


def _tuned(run: Any, stack: Any) -> None:
    """What is done after the cut-over when it is wanted, and what is mended of it."""
    from smartroute_runbook.operate.tune import STEPS, exploration

    tuned = copy.copy(run)
    front = {"origin": "abc.execute-api.us-east-1.amazonaws.com", "least_hits": 0.0}
    sections = {"tuning": {"nodes": 4}, "archive": {"infrequent_days": 90}, "front": front}
    given = {name: getattr(run.settings, name).model_copy(update=values) for name, values in sections.items()}
    tuned.settings = run.settings.model_copy(update=given)
    for step in STEPS.values():
        _carry_out(tuned, step())
    stack.client("athena").update_work_group(
        WorkGroup=run.settings.analysts.workgroup, ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
    )
    _carry_out(tuned, STEPS["analysts"]())
    _changed_in_front(stack.client("cloudfront"))
    _carry_out(tuned, STEPS["cache"]())
    published = run.settings.publish.database
    stack.client("glue").update_database(Name=published, DatabaseInput={"Name": published, "Description": "changed"})
    for number in range(2):  # copies that are renewed, and the older ones deleted
        with tuned.redshift() as redshift:
            book = f"{run.settings.redshift.schema_name}.migration_ledger"
            redshift.execute(f"INSERT INTO {book} VALUES ('policies', '{number}', '', 0, '', GETDATE())")  # noqa: S608  (a parameter)
        _carry_out(tuned, STEPS["publish"]())
    exploration(tuned)


def _changed_in_front(cloudfront: Any) -> None:
    """Somebody shortens what is kept, and switches the distribution off."""
    for one in cloudfront.list_cache_policies(Type="custom")["CachePolicyList"]["Items"]:
        policy = cloudfront.get_cache_policy(Id=one["CachePolicy"]["Id"])
        config = policy["CachePolicy"]["CachePolicyConfig"] | {"MaxTTL": 1}
        cloudfront.update_cache_policy(Id=policy["CachePolicy"]["Id"], IfMatch=policy["ETag"], CachePolicyConfig=config)
    for one in cloudfront.list_distributions()["DistributionList"]["Items"]:
        live = cloudfront.get_distribution_config(Id=one["Id"])
        config = live["DistributionConfig"] | {"Enabled": False}
        cloudfront.update_distribution(Id=one["Id"], IfMatch=live["ETag"], DistributionConfig=config)


def _no_topic(stack: Any) -> None:
    for topic in stack.client("sns").list_topics()["Topics"]:
        stack.client("sns").delete_topic(TopicArn=topic["TopicArn"])


def _lambda_function(client: Any) -> None:
    """A function of the name that the policies know; the stand-in never runs it."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName="runs-sync", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName=SYNC_FUNCTION, Role=role, PackageType="Image", Code={"ImageUri": f"{ACCOUNT}/sync:1"},
    )  # fmt: skip


def page(found: dict[str, list[Need]]) -> str:
    """The page of permissions."""
    lines = [
        "# Permissions", "",
        "What each week, `sync`, `month` and `tune` take from the IAM identity of an operator, recorded and scoped",
        "to resources: made by `scripts/make_policies.py`, as JSON in `docs/policies/`. Replace the account",
        f"`{ACCOUNT}`, the region and, where they differ, the names. *Taken by* marks what AWS does for the caller.",
        "On `*` because AWS cannot scope it: " + ", ".join(f"`{action}`" for action in sorted(UNSCOPED)) + ".", "",
        "Both transports, the driver and the Data API, were recorded, and what the steps mend after changes by hand.",
        "The operator is the rehearsal's `user/rehearsal`: put your own role there. `smartroute-runbook preflight`",
        "puts your names in and asks IAM's simulator whether the caller may do all of it.", "",
        "**Before week 1** an administrator makes `docs/policies/boundary.json` a managed policy of the name in",
        "`aws.permissions_boundary`: it caps every role that the runbook makes. Week 1's policy lets its holder make",
        "those roles and write their policies only under that cap; it cannot take the cap off or change it. Where an",
        "organisation has a boundary of its own, name that one, here and in the policy. With",
        "`permissions_boundary: null` the conditions must go from the policy, and whoever holds it can then give a",
        "role any permission. A bucket of another account takes that account's number in `aws:ResourceAccount`; a key",
        "without an alias takes its ARN in place of `key/*`, and no",
        "`kms:ResourceAliases`.", "",
    ]  # fmt: skip
    for week, permissions in found.items():
        lines += [f"## {week}", "", "| action | resource | only when | for |", "|---|---|---|---|"]
        for need in permissions:
            when = "; ".join(f"`{key}` is `{value}`" for _, key, value in need.conditions)
            lines.append(f"| `{need.action}` | `{need.resource}` | {when} | {need.why} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Record and write."""
    found = record()
    folder = ROOT / "docs" / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "boundary.json").write_text(json.dumps(boundary(), indent=2) + "\n")
    for week, permissions in found.items():
        (folder / f"{week}.json").write_text(json.dumps(policy(permissions), indent=2) + "\n")
    calls = {
        week: [[n.action, n.resource, [list(one) for one in n.conditions], n.why] for n in permissions]
        for week, permissions in found.items()
    }
    (folder / "calls.json").write_text(json.dumps(calls, indent=1) + "\n")
    (ROOT / "docs" / "permissions.md").write_text(page(found))
    print({week: len(permissions) for week, permissions in found.items()})


if __name__ == "__main__":
    main()
